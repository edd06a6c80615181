import type { SiteProblem } from '@rancher-hub/contracts'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import { isBefore } from './resource-versions.ts'
import type { WatchSink } from './watch-sink.ts'

/** A change of one object, as watches tell them. */
export interface ObjectChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: KubernetesObject
}

/** What lists and watches feed: it remembers how far everything is known. */
export interface WatchTrack {
  /** The version up to which every change has been told; undefined: a list comes first. */
  version(): string | undefined
  /** Which cluster at the address that version is of, see ClusterHistory. */
  epoch(): number
  /** Whether there ever was a list. */
  wasListed(): boolean
  /** Whether a list is to collect this object. */
  wants(object: KubernetesObject): boolean
  listed(objects: readonly KubernetesObject[], version: string, epoch: number): void
  changed(change: ObjectChange): void
  /** Nothing happened up to this version but what was told. */
  passed(version: string): void
  /** What is known cannot be carried on: a list comes first. */
  forget(): void
  connected(): void
  forbidden(problem: SiteProblem): void
  lost(problem: SiteProblem): void
  /** Not open after a while: what is known may be old. How the connection ends is told besides. */
  late(problem: SiteProblem): void
}

/** The track of one sink. */
export interface SinkTrack extends WatchTrack {
  /** How many objects there are; 0 before the first list. */
  count(): number
}

/** Makes the track of a sink. `progressed` is called whenever `version` has become another one. */
export const createSinkTrack = (sink: WatchSink, progressed: () => void = () => {}): SinkTrack => {
  let known: string | undefined
  let count = 0
  let cluster = 0
  let wasListed = false
  const reach = (version: string | undefined): void => {
    if (version === undefined || version === '' || (known !== undefined && isBefore(version, known))) return
    known = version
    progressed()
  }
  return {
    version: () => known,
    epoch: () => cluster,
    count: () => count,
    wasListed: () => wasListed,
    wants: () => true,
    listed: (objects, version, epoch) => {
      wasListed = true
      sink.replace(objects)
      count = objects.length
      cluster = epoch
      known = version
      progressed()
    },
    changed: ({ type, object }) => {
      if (type === 'DELETED') sink.remove(object)
      else sink.upsert(object)
      if (type !== 'MODIFIED') count = Math.max(0, count + (type === 'ADDED' ? 1 : -1))
      reach(object.metadata.resourceVersion)
    },
    passed: reach,
    forget: () => {
      known = undefined
    },
    connected: () => sink.connected(),
    forbidden: (problem) => {
      known = undefined
      count = 0
      sink.forbidden(problem)
    },
    lost: (problem) => sink.lost(problem),
    late: (problem) => sink.lost(problem),
  }
}
