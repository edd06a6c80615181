import type { SiteProblem } from '@rancher-hub/contracts'
import { reaches } from './resource-versions.ts'
import type { SharedMember } from './shared-member.ts'
import type { WatchTrack } from './watch-track.ts'

/** What a cluster-wide watch feeds: it hands on to its members what it is told, by namespace. */
export interface ClusterTrack extends WatchTrack {
  /** Takes a member over when nothing is lost by it: all that was passed of its namespace is known there. */
  take(member: SharedMember): void
  remove(member: SharedMember): void
  members(): readonly SharedMember[]
}

/** Where a cluster-wide watch begins, and what the one that runs it is asked and told. */
export interface ClusterTrackOptions {
  /** Where the watch begins. */
  readonly from: { readonly version: string; readonly epoch: number }
  readonly opened: () => void
  /** The cluster-wide watch is refused. */
  readonly forbidden: () => void
  readonly lost: (problem: SiteProblem) => void
  /** Not open after a while; how the connection ends is told besides. */
  readonly late: (problem: SiteProblem) => void
  /** A list is needed. False: none is read here; the watch has been ended instead. */
  readonly needsList: () => boolean
}

/** Each member has a version of its own, up to which it knows everything; what is older is not told again. */
export const createClusterTrack = (options: ClusterTrackOptions): ClusterTrack => {
  const taken = new Map<string, Set<SharedMember>>()
  /** The last change of each namespace since `base`. */
  const last = new Map<string, string>()
  let at: string | undefined = options.from.version
  let base = options.from.version
  let cluster = options.from.epoch
  let isOpen = false

  const members = (): SharedMember[] => [...taken.values()].flatMap((each) => [...each])
  const canTake = ({ namespace, track }: SharedMember): boolean => {
    const known = track.version()
    return isOpen && known !== undefined && track.epoch() === cluster && reaches(known, last.get(namespace) ?? base)
  }

  return {
    members,
    take: (member) => {
      if (member.isTaken() || !canTake(member)) return
      const there = taken.get(member.namespace) ?? new Set()
      taken.set(member.namespace, there.add(member))
      member.take()
    },
    remove: (member) => {
      const there = taken.get(member.namespace)
      there?.delete(member)
      if (there?.size === 0) taken.delete(member.namespace)
    },
    version: () => at,
    epoch: () => cluster,
    wasListed: () => true,
    wants: ({ metadata }) => taken.has(metadata.namespace ?? ''),
    listed: (objects, version, epoch) => {
      at = version
      base = version
      cluster = epoch
      last.clear()
      const byNamespace = Map.groupBy(objects, ({ metadata }) => metadata.namespace ?? '')
      for (const { namespace, track } of members()) track.listed(byNamespace.get(namespace) ?? [], version, epoch)
    },
    changed: (change) => {
      const { namespace = '', resourceVersion = '' } = change.object.metadata
      if (resourceVersion !== '') at = resourceVersion
      last.set(namespace, resourceVersion)
      for (const { track } of taken.get(namespace) ?? [])
        if (!reaches(track.version() ?? '', resourceVersion)) track.changed(change)
    },
    passed: (version) => {
      at = version
      for (const { track } of members()) track.passed(version)
    },
    forget: () => {
      isOpen = false
      if (options.needsList()) at = undefined
    },
    connected: () => {
      isOpen = true
      for (const { track } of members()) track.connected()
      options.opened()
    },
    forbidden: () => {
      isOpen = false
      options.forbidden()
    },
    lost: (problem) => {
      isOpen = false
      options.lost(problem)
    },
    late: (problem) => {
      isOpen = false
      options.late(problem)
    },
  }
}
