import { isCustomKind, kindInCluster, type WorkloadRef } from '@rancher-hub/contracts'
import { type ClusterEvent, type KubernetesObject, readEvent, tellsOf } from '@rancher-hub/kubernetes'
import { kindEndpoints } from '../connection/kinds.ts'
import type { KubeApi, Select, WatchedKind } from '../connection/kube-api.ts'
import { type WatchSink, type WatchTiming, watchKind } from '../inventory/kind-watcher.ts'
import { controllerOf, viaOf } from '../inventory/surroundings.ts'
import { podSelectorOf } from './pod-template.ts'
import { watchWhereServed } from './watch-where-served.ts'
import { createWatchedList, type WatchedList } from './watched-list.ts'

/** What is watched of one workload while somebody looks at it. */
export interface WorkloadView extends AsyncDisposable {
  readonly ref: WorkloadRef
  readonly workload: WatchedList<KubernetesObject>
  readonly pods: WatchedList<KubernetesObject>
  /** Deployments and Rollouts only; of others it stays as it is. */
  readonly replicaSets: WatchedList<KubernetesObject>
  /** CronJobs only. */
  readonly jobs: WatchedList<KubernetesObject>
  readonly events: WatchedList<ClusterEvent>
  /** The workload itself, when it is there. */
  object(): KubernetesObject | undefined
  ownPods(): readonly KubernetesObject[]
  ownReplicaSets(): readonly KubernetesObject[]
  ownJobs(): readonly KubernetesObject[]
  ownEvents(): readonly ClusterEvent[]
  /** Resolves when these parts are known, forbidden or failed, or after `timeoutMs`. */
  settled(parts: readonly PartName[], timeoutMs: number, signal?: AbortSignal): Promise<void>
}
export type PartName = 'workload' | 'pods' | 'replicaSets' | 'jobs' | 'events'

export interface WorkloadViewOptions {
  readonly ref: WorkloadRef
  readonly namespace: string
  readonly api: () => Promise<KubeApi>
  readonly timing: WatchTiming
  readonly onChanged: () => void
  readonly onDefect: (error: unknown) => void
}

/** Pods of jobs carry the job's name under this label, in every version. */
const JOB_LABEL = 'job-name'

const uidOf = ({ metadata }: KubernetesObject): string => metadata.uid ?? ''

/** Only managed fields take more room than everything else, and nobody shows them. */
const lean = (object: KubernetesObject): KubernetesObject => {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** Starts to watch a workload and what belongs to it. What depends on its selector begins once that is known. */
export const startWorkloadView = (options: WorkloadViewOptions): WorkloadView => {
  const { ref, namespace, api, timing } = options
  const abort = new AbortController()
  const waiting = new Set<() => void>()
  const running: Promise<void>[] = []
  const via = viaOf(ref.kind)
  let selector: string | undefined
  let selected: AbortController | undefined

  const changed = (): void => {
    options.onChanged()
    for (const check of waiting) check()
  }
  const watch = (kind: WatchedKind, sink: WatchSink, select: Select | undefined, signal: AbortSignal): void =>
    void running.push(watchKind({ kind, namespace, select, api, timing, signal, sink }, options.onDefect))

  const pods = createWatchedList(lean, changed)
  const replicaSets = createWatchedList(lean, changed)
  const jobs = createWatchedList(lean, changed)
  const events = createWatchedList(readEvent, changed)

  /** Pods and ReplicaSets are watched by the workload's selector; another one (it was made again) starts anew. */
  const select = (object: KubernetesObject | undefined): void => {
    if (object === undefined) return
    const wanted = podSelectorOf(object)
    // One that selects nothing yet has no pods, which is known.
    if (wanted === undefined && selector === undefined && !pods.isSettled())
      for (const list of [pods, replicaSets]) list.replace([])
    if (wanted === undefined || wanted === selector) return
    selector = wanted
    selected?.abort()
    selected = new AbortController()
    const signal = AbortSignal.any([abort.signal, selected.signal])
    pods.clear()
    replicaSets.clear()
    watch('Pod', pods, { labels: wanted }, signal)
    if (via === 'ReplicaSet') watch('ReplicaSet', replicaSets, { labels: wanted }, signal)
  }

  const called = { kind: kindInCluster(ref.kind), apiVersion: kindEndpoints[ref.kind].apiVersion }
  // Objects in lists carry neither.
  const asCalled = (each: KubernetesObject): KubernetesObject => ({ ...lean(each), ...called })
  const workload = createWatchedList(asCalled, () => {
    if (via !== 'Job') select(workload.values()[0])
    changed()
  })
  const itself = { fields: `metadata.name=${ref.name}` }
  const watchIt = (signal: AbortSignal): Promise<void> =>
    watchKind({ kind: ref.kind, namespace, select: itself, api, timing, signal, sink: workload }, options.onDefect)
  running.push(
    isCustomKind(ref.kind)
      ? watchWhereServed({ ...options, kind: ref.kind, select: itself, watch: watchIt, sink: workload }, abort.signal)
      : watchIt(abort.signal),
  )
  watch('Event', events, undefined, abort.signal)
  if (via === 'Job') {
    watch('Job', jobs, undefined, abort.signal)
    watch('Pod', pods, { labels: JOB_LABEL }, abort.signal)
  }

  const object = (): KubernetesObject | undefined => workload.values()[0]
  const ownedBy =
    (owners: ReadonlySet<string>) =>
    (each: KubernetesObject): boolean => {
      const controller = controllerOf(each)?.uid
      return controller === undefined ? via !== 'Job' : owners.has(controller)
    }
  const own = (list: WatchedList<KubernetesObject>): readonly KubernetesObject[] => {
    const found = object()
    return found === undefined ? [] : list.values().filter(ownedBy(new Set([uidOf(found)])))
  }
  const ownReplicaSets = () => own(replicaSets)
  const ownJobs = () => own(jobs)
  const ownPods = (): readonly KubernetesObject[] => {
    const found = object()
    if (found === undefined) return []
    const between = via === 'ReplicaSet' ? replicaSets : via === 'Job' ? jobs : undefined
    // Where what stands between may not be seen, the selector decides alone.
    if (between !== undefined && between.known() === undefined) return via === 'Job' ? [] : pods.values()
    const owners = between === undefined ? [] : own(between).map(uidOf)
    return pods.values().filter(ownedBy(new Set([uidOf(found), ...owners])))
  }
  const ownEvents = (): readonly ClusterEvent[] => {
    const known = [...ownPods(), ...ownReplicaSets(), ...ownJobs()].map(uidOf)
    return events.values().filter(tellsOf({ ...called, name: ref.name }, new Set(known)))
  }

  const lists = { workload, pods, replicaSets, jobs, events }
  /** A part that waits for a workload which is not there has nothing to wait for. */
  const isSettled = (part: PartName): boolean => {
    if (lists[part].isSettled()) return true
    const depends = via !== 'Job' && (part === 'pods' || part === 'replicaSets')
    return depends && workload.isSettled() && (object() === undefined || selector === undefined)
  }

  return {
    ref,
    ...lists,
    object,
    ownPods,
    ownReplicaSets,
    ownJobs,
    ownEvents,
    settled: async (parts, timeoutMs, signal) => {
      const isDone = (): boolean => abort.signal.aborted || parts.every(isSettled)
      if (isDone()) return
      await new Promise<void>((resolve) => {
        const end = (): void => {
          clearTimeout(timer)
          waiting.delete(check)
          signal?.removeEventListener('abort', end)
          resolve()
        }
        const check = (): void => {
          if (isDone()) end()
        }
        const timer = setTimeout(end, timeoutMs)
        waiting.add(check)
        signal?.addEventListener('abort', end, { once: true })
      })
    },
    [Symbol.asyncDispose]: async () => {
      abort.abort()
      selected?.abort()
      for (const check of waiting) check()
      await Promise.all(running)
    },
  }
}
