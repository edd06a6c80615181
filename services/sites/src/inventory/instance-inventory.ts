import type { InventoryState, Kind, ObjectRef, ObjectSummary, ShownKind } from '@rancher-hub/contracts'
import { isWorkloadKind, type LabelSelector, type WorkloadStatus } from '@rancher-hub/kubernetes'
import type { z } from 'zod'
import { kindEndpoints, syncedKinds } from '../connection/kinds.ts'
import type { WatchedKind } from '../connection/kube-api.ts'
import type { OrganizationKeys } from '../credentials/keyring.ts'
import { createAutoscalers, type WorkloadName } from './autoscalers.ts'
import type { CustomWorkload } from './custom-workload.ts'
import { type CustomChange, type CustomWorkloads, createCustomWorkloads } from './custom-workloads.ts'
import { createInventoryListeners, type InventoryChange, type ObjectListener } from './inventory-listeners.ts'
import { describeInventory } from './inventory-state.ts'
import { createKindStore, type KindStore } from './kind-store.ts'
import type { Clocks, Knowledge } from './knowledge.ts'
import { type ObservedObject, toSummary } from './observed-object.ts'
import type { DiscoveryTimes } from './served-kinds.ts'
import { createSettling } from './settling.ts'
import { createSharedContents, type SharedContents } from './shared-contents.ts'
import { createSurroundings, surroundingKinds } from './surroundings.ts'
import { bothSinks, type WatchSink } from './watch-sink.ts'
import type { WorkloadCounts } from './workload-counts.ts'
import { createWorkloadLives } from './workload-lives.ts'

export type { InventoryChange, ObjectListener } from './inventory-listeners.ts'

/** The live state of one app instance. */
export interface InstanceInventory extends AsyncDisposable {
  /** Changes whenever lists would show anything else. */
  readonly revision: string
  state(): z.output<typeof InventoryState>
  /** Resolves when every kind is known, forbidden or failed, or after `timeoutMs`. */
  settled(timeoutMs: number, signal?: AbortSignal): Promise<void>
  /** The same, and what the status of workloads is taken from too. */
  livesSettled(timeoutMs: number, signal?: AbortSignal): Promise<void>
  get(ref: ObjectRef): ObservedObject | undefined
  /** Whether a kind is known completely; what is left out counts as there. */
  exists(ref: ObjectRef): boolean | 'unknown'
  objects(kinds?: readonly Kind[]): ObservedObject[]
  summary(object: ObservedObject): ObjectSummary
  /** How a workload does, with what its pods and runs say where they may be seen; undefined: it is none. */
  status(object: ObservedObject): WorkloadStatus | undefined
  /** Its pods, their restarts and how many are wanted; undefined: it is no workload. */
  counts(object: ObservedObject): WorkloadCounts | undefined
  /** By the kind as its cluster calls it; without `apiVersion`: a kind that is compared. */
  isAutoscaled(ref: Omit<WorkloadName, 'apiVersion'> & { readonly apiVersion?: string | undefined }): boolean
  /** Workloads of kinds that are only shown: Argo Rollouts, OpenKruise, Jobs that nobody runs on a schedule. */
  customs(): CustomWorkload[]
  /** The same as `observe`, for those. */
  custom: CustomWorkloads['get']
  /** How much of a kind that is only shown is known. */
  customKnown(kind: ShownKind): Knowledge | 'not-served' | 'unknown'
  observeCustoms(listener: (change: CustomChange) => void): () => void
  /** Every observed version of one object, until the returned function is called. */
  follow(ref: ObjectRef, listener: ObjectListener): () => void
  /**
   * Every change of what lists show, until the returned function is called: whoever takes `objects()` in the same turn
   * and applies what is told keeps an index at the cost of the changes alone. Listeners must not throw.
   */
  observe(listener: (change: InventoryChange) => void): () => void
  isCurrent(kind: Kind): boolean
  /** Aborts when the inventory stops. */
  readonly stopped: AbortSignal
}

export interface InstanceInventoryOptions {
  /** Keeps the sink told of all objects of a kind until the signal aborts. */
  readonly watch: (kind: WatchedKind, sink: WatchSink, signal: AbortSignal) => Promise<void>
  /** Plurals that the cluster serves under a path. Absent: only what every cluster has is looked at. @throws SiteError */
  readonly served?: ((root: string, signal: AbortSignal) => Promise<ReadonlySet<string>>) | undefined
  readonly discoveryTimes?: DiscoveryTimes | undefined
  readonly onDefect: (error: unknown) => void
  /** Of the instance; undefined: everything of the namespace belongs to it. */
  readonly selector?: LabelSelector | undefined
  readonly keys: OrganizationKeys
  /** Where contents are held once for all inventories; default: for this one alone. */
  readonly contents?: SharedContents | undefined
  readonly now: () => number
  /** Makes revisions of another run of the process different. */
  readonly runId: string
  readonly onChanged: () => void
}

/** Of a kind that is compared. */
const apiVersionOf = (kind: string): string | undefined => {
  const compared = syncedKinds.find((each) => each === kind)
  return compared && kindEndpoints[compared].apiVersion
}

/** Starts to list and watch everything of an instance that the hub compares, and what the status of workloads needs. */
export const startInstanceInventory = (options: InstanceInventoryOptions): InstanceInventory => {
  const abort = new AbortController()
  const listeners = createInventoryListeners()
  const clocks: Clocks = { now: options.now, elapsed: () => performance.now() }
  const contents = options.contents ?? createSharedContents()
  let counter = 0
  const revision = (): string => `${options.runId}.${counter}`
  const changed = (): void => {
    counter += 1
    options.onChanged()
  }

  const surroundings = createSurroundings(clocks, (workloads) => {
    lives.touched(workloads)
    customs.touched(workloads)
    if (workloads !== 'all') return
    changed()
    livesSettling.check()
  })
  const lives = createWorkloadLives(surroundings.around, (object) => listeners.tellObservers(object, object))

  const customObservers = new Set<(change: CustomChange) => void>()
  const { served = async () => new Set<string>() } = options
  const customs = createCustomWorkloads({
    clocks,
    around: surroundings.around,
    imagesOf: (deployment) => stores.get('Deployment')?.objects.get(deployment)?.images,
    selector: options.selector,
    watch: options.watch,
    served,
    changed: (change) => {
      for (const observer of customObservers) observer(change)
    },
    stateChanged: changed,
    onDefect: options.onDefect,
    times: options.discoveryTimes,
  })

  const storeOf = (kind: Kind): KindStore =>
    createKindStore(
      kind,
      { keys: options.keys, contents, clocks },
      {
        changed,
        seen: (object, isShownDifferently, before) => {
          const livesDifferently = lives.seen(object, before)
          listeners.tellFollowers(object, object)
          if (isShownDifferently || livesDifferently) listeners.tellObservers(object, object)
          if (isShownDifferently && kind === 'Deployment') customs.templateChanged(object.name)
        },
        gone: (object) => {
          lives.gone(object)
          listeners.tellFollowers(object, undefined)
          listeners.tellObservers(object, undefined)
          if (kind === 'Deployment') customs.templateChanged(object.name)
        },
        leftOutChanged: (name) => listeners.tellObservers({ kind, name }, undefined),
        stateChanged: () => {
          changed()
          settling.check()
          livesSettling.check()
        },
      },
    )
  const stores = new Map(syncedKinds.map((kind) => [kind, storeOf(kind)]))
  const areStoresSettled = (): boolean =>
    abort.signal.aborted || [...stores.values()].every(({ known }) => known.state() !== 'loading')
  const settling = createSettling(areStoresSettled)
  const livesSettling = createSettling(
    () =>
      abort.signal.aborted ||
      (areStoresSettled() && surroundingKinds.every((kind) => surroundings.knowledge[kind].state() !== 'loading')),
  )

  const autoscalers = createAutoscalers((workloads) => {
    changed()
    customs.autoscaled(workloads)
    for (const key of workloads) {
      const [kind = '', name = ''] = key.split('/')
      const object = isWorkloadKind(kind) ? stores.get(kind)?.objects.get(name) : undefined
      if (object !== undefined) listeners.tellObservers(object, object)
    }
  })
  const isAutoscaled: InstanceInventory['isAutoscaled'] = ({ kind, name, apiVersion = apiVersionOf(kind) }) =>
    apiVersion !== undefined && autoscalers.owns({ apiVersion, kind, name })

  const { signal } = abort
  const running = [
    ...[...stores.values()].map(async (store) => await options.watch(store.kind, store, signal)),
    options.watch('Pod', surroundings.sinks.Pod, signal),
    options.watch('ReplicaSet', surroundings.sinks.ReplicaSet, signal),
    options.watch('Job', bothSinks(surroundings.sinks.Job, customs.jobs), signal),
    customs.follow(signal),
    options.watch('HorizontalPodAutoscaler', autoscalers.sink, signal),
  ]

  return {
    get revision() {
      return revision()
    },
    state: () =>
      describeInventory(
        revision(),
        [...stores.values()],
        [...surroundingKinds.map((kind) => ({ kind, known: surroundings.knowledge[kind] })), ...customs.lookedAt()],
      ),
    settled: settling.settled,
    livesSettled: livesSettling.settled,
    get: ({ kind, name }) => stores.get(kind)?.objects.get(name),
    exists: ({ kind, name }) => {
      const store = stores.get(kind)
      if (store?.objects.has(name) === true || store?.leftOut.has(name) === true) return true
      return store?.known.state() === 'complete' && store.known.isCurrent() ? false : 'unknown'
    },
    objects: (kinds = syncedKinds) => kinds.flatMap((kind) => [...(stores.get(kind)?.objects.values() ?? [])]),
    summary: (object) => toSummary(object, isAutoscaled(object)),
    status: ({ uid }) => lives.status(uid),
    counts: ({ uid }) => lives.counts(uid),
    isAutoscaled,
    customs: customs.all,
    custom: customs.get,
    customKnown: (kind) => (kind === 'Job' ? surroundings.knowledge.Job : customs.known(kind)),
    observeCustoms: (listener) => {
      customObservers.add(listener)
      return () => void customObservers.delete(listener)
    },
    follow: listeners.follow,
    observe: listeners.observe,
    isCurrent: (kind) => stores.get(kind)?.known.isCurrent() ?? false,
    stopped: signal,
    [Symbol.asyncDispose]: async () => {
      if (signal.aborted) return
      abort.abort()
      settling.check()
      livesSettling.check()
      await Promise.all(running)
      for (const store of stores.values()) store.end()
    },
  }
}
