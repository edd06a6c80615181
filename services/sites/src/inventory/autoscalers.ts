import { isSameGroup, type KubernetesObject, valueAt } from '@rancher-hub/kubernetes'
import { refKey } from './inventory-listeners.ts'
import type { WatchSink } from './watch-sink.ts'

/** A workload by the kind as its cluster calls it. */
export interface WorkloadName {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
}

/** Workloads that an autoscaler owns. */
export interface Autoscalers {
  readonly sink: WatchSink
  owns(workload: WorkloadName): boolean
}

interface Target {
  /** `Kind/name`. */
  readonly key: string
  /** As it was written: it may lack. */
  readonly apiVersion: unknown
}

const targetOf = (object: KubernetesObject): Target => {
  const of = (field: string): unknown => valueAt(object, 'spec', 'scaleTargetRef', field)
  return { key: refKey({ kind: String(of('kind')), name: String(of('name')) }), apiVersion: of('apiVersion') }
}

/**
 * Follows HorizontalPodAutoscalers; not being allowed to see them is fine. `changed` gets the workloads (`Kind/name`)
 * to which one may have come, or from which one may have gone.
 */
export const createAutoscalers = (changed: (workloads: readonly string[]) => void): Autoscalers => {
  let targets: ReadonlyMap<string, Target> = new Map()
  let byKey = new Map<string, Target[]>()
  const become = (next: ReadonlyMap<string, Target>): void => {
    const before = targets
    targets = next
    byKey = Map.groupBy(next.values(), ({ key }) => key)
    const isAsBefore = ([name, { key, apiVersion }]: readonly [string, Target], other: typeof next): boolean =>
      other.get(name)?.key === key && other.get(name)?.apiVersion === apiVersion
    const different = [
      ...[...before].filter((each) => !isAsBefore(each, next)),
      ...[...next].filter((each) => !isAsBefore(each, before)),
    ]
    if (different.length > 0) changed([...new Set(different.map(([, { key }]) => key))])
  }
  const ignore = (): void => {}
  return {
    owns: ({ apiVersion, ...ref }) =>
      byKey.get(refKey(ref))?.some((target) => isSameGroup(target.apiVersion, apiVersion)) ?? false,
    sink: {
      replace: (objects) => become(new Map(objects.map((object) => [object.metadata.name, targetOf(object)]))),
      upsert: (object) => become(new Map(targets).set(object.metadata.name, targetOf(object))),
      remove: (object) => {
        const next = new Map(targets)
        next.delete(object.metadata.name)
        become(next)
      },
      connected: ignore,
      forbidden: ignore,
      lost: ignore,
    },
  }
}
