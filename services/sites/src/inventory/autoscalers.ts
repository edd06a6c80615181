import { type KubernetesObject, valueAt } from '@rancher-hub/kubernetes'
import type { WatchSink } from './watch-sink.ts'

/** Workloads that an autoscaler owns, as `Kind/name`. */
export interface Autoscalers {
  readonly sink: WatchSink
  owned(): ReadonlySet<string>
}

const targetOf = (object: KubernetesObject): string =>
  `${String(valueAt(object, 'spec', 'scaleTargetRef', 'kind'))}/${String(valueAt(object, 'spec', 'scaleTargetRef', 'name'))}`

/**
 * Follows HorizontalPodAutoscalers; not being allowed to see them is fine. `changed` gets the workloads that have come
 * under one, or are under none any more.
 */
export const createAutoscalers = (changed: (workloads: readonly string[]) => void): Autoscalers => {
  const targets = new Map<string, string>()
  let owned: ReadonlySet<string> = new Set()
  const update = (): void => {
    const next = new Set(targets.values())
    const different = [...next.symmetricDifference(owned)]
    owned = next
    if (different.length > 0) changed(different)
  }
  const ignore = (): void => {}
  return {
    owned: () => owned,
    sink: {
      replace: (objects) => {
        targets.clear()
        for (const object of objects) targets.set(object.metadata.name, targetOf(object))
        update()
      },
      upsert: (object) => {
        targets.set(object.metadata.name, targetOf(object))
        update()
      },
      remove: (object) => {
        targets.delete(object.metadata.name)
        update()
      },
      connected: ignore,
      forbidden: ignore,
      lost: ignore,
    },
  }
}
