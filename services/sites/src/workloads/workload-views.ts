import type { WorkloadRef } from '@rancher-hub/contracts'
import type { Logger } from '@rancher-hub/service-kit'
import { LRUCache } from 'lru-cache'
import type { KubeApi } from '../connection/kube-api.ts'
import type { WatchTiming } from '../inventory/kind-watcher.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import { startWorkloadView, type WorkloadView } from './workload-view.ts'

/** Views of workloads: one for all who look at the same, started by the first question, stopped soon after the last. */
export interface WorkloadViews extends AsyncDisposable {
  use(instance: InstanceDoc, ref: WorkloadRef): WorkloadView
  /** How many are running. */
  count(): number
}

export interface WorkloadViewsDeps {
  readonly apiOf: (instance: InstanceDoc) => Promise<KubeApi>
  readonly timing: WatchTiming
  readonly log: Logger
  /** Milliseconds without a question after which a view stops. */
  readonly idleMs: number
  /** At most one hint per view in this many milliseconds. */
  readonly hintMs: number
  readonly hint: (organization: string, id: string) => void
}

/** At most so many at the same time; the one nobody asked for longest goes first. */
const MAX_VIEWS = 200

interface Running {
  readonly view: WorkloadView
  idle: NodeJS.Timeout | undefined
  hint: NodeJS.Timeout | undefined
}

/** Id of a workload in live hints. */
const viewId = (instanceId: string, { kind, name }: WorkloadRef): string => `${instanceId}/${kind}/${name}`

export const createWorkloadViews = (deps: WorkloadViewsDeps): WorkloadViews => {
  const stopping = new Set<Promise<void>>()

  const stop = ({ view, idle, hint }: Running): void => {
    clearTimeout(idle)
    clearTimeout(hint)
    const stopped = Promise.resolve(view[Symbol.asyncDispose]())
      .catch((error: unknown) => deps.log.error({ err: error }, 'stopping the watches of a workload failed'))
      .finally(() => stopping.delete(stopped))
    stopping.add(stopped)
  }
  const running = new LRUCache<string, Running>({ max: MAX_VIEWS, dispose: stop })

  const start = (instance: InstanceDoc, ref: WorkloadRef, id: string, key: string): Running => {
    const hintSoon = (): void => {
      const entry = running.peek(key)
      if (entry === undefined || entry.hint !== undefined) return
      entry.hint = setTimeout(() => {
        entry.hint = undefined
        deps.hint(instance.org, id)
      }, deps.hintMs)
    }
    const view = startWorkloadView({
      ref,
      namespace: instance.namespace,
      api: async () => await deps.apiOf(instance),
      timing: deps.timing,
      onChanged: hintSoon,
      onDefect: (error) => deps.log.error({ err: error, workload: id }, 'watching a workload failed unexpectedly'),
    })
    return { view, idle: undefined, hint: undefined }
  }

  return {
    count: () => running.size,
    use: (instance, ref) => {
      // The place is part of the key: an instance that was bound elsewhere is another thing to watch.
      const id = viewId(instance._id, ref)
      const key = `${id} ${instance.siteId} ${instance.clusterId} ${instance.namespace}`
      const entry = running.get(key) ?? start(instance, ref, id, key)
      running.set(key, entry)
      clearTimeout(entry.idle)
      entry.idle = setTimeout(() => running.delete(key), deps.idleMs)
      entry.idle.unref()
      return entry.view
    },
    [Symbol.asyncDispose]: async () => {
      running.clear()
      await Promise.all(stopping)
    },
  }
}
