import { kindInCluster, type ShownKind } from '@rancher-hub/contracts'
import { type KubernetesObject, type LabelSelector, labelsMatch } from '@rancher-hub/kubernetes'
import { type CustomKind, customKinds, kindEndpoints } from '../connection/kinds.ts'
import { type CustomWorkload, type ReducedCustom, reduceCustom, toCustom } from './custom-workload.ts'
import type { LookedAt } from './inventory-state.ts'
import { type Clocks, createKnowledge, type Knowledge } from './knowledge.ts'
import { reducedOr } from './lean-lists.ts'
import { type DiscoveryTimes, type ServedKindsOptions, watchServed } from './served-kinds.ts'
import { type PlacedWorkload, reduceChild, viaOf, type WorkloadSurroundings } from './surroundings.ts'
import type { WatchSink } from './watch-sink.ts'

/** One that lists show differently now; `custom` undefined: it is gone. */
export interface CustomChange {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly custom: CustomWorkload | undefined
}

/** Workloads of kinds that are only shown: those of operators, and Jobs that nobody runs on a schedule. */
export interface CustomWorkloads {
  all(): CustomWorkload[]
  get(ref: { readonly kind: ShownKind; readonly name: string }): CustomWorkload | undefined
  /** How a kind is known; `unknown`: the cluster has not said yet whether it has it. */
  known(kind: CustomKind): Knowledge | 'not-served' | 'unknown'
  /** Kinds that this cluster has. */
  lookedAt(): LookedAt[]
  /** Told of every Job; those of CronJobs are passed over. */
  readonly jobs: WatchSink
  /** Works out those of these uids anew. */
  touched(workloads: ReadonlySet<string> | 'all'): void
  /** The Deployment of this name is another now: what takes its template from it may be, too. */
  templateChanged(deployment: string): void
  /** An autoscaler came to these (`Kind/name`), or left them: lists show that of them too. */
  autoscaled(workloads: readonly string[]): void
  /** Looks which kinds the cluster serves, now and then again, and watches them until the signal aborts. */
  follow(signal: AbortSignal): Promise<void>
}

/** What they are read by, and who is told of them. */
export interface CustomWorkloadsDeps {
  readonly clocks: Clocks
  readonly around: WorkloadSurroundings['around']
  /** Of a Deployment; undefined: there is none. */
  readonly imagesOf: (deployment: string) => CustomWorkload['images'] | undefined
  /** The instance’s: Jobs are read all, and those with other labels are not its own. Undefined: all are. */
  readonly selector?: LabelSelector | undefined
  /** Tells of what the selector of the instance selects. */
  readonly watch: (kind: CustomKind, sink: WatchSink, signal: AbortSignal) => Promise<void>
  /** Plurals that the cluster serves under this path. @throws SiteError */
  readonly served: ServedKindsOptions['served']
  readonly changed: (change: CustomChange) => void
  readonly stateChanged: () => void
  readonly onDefect: (error: unknown) => void
  readonly times?: DiscoveryTimes | undefined
}

interface Entry {
  readonly reduced: ReducedCustom
  readonly via: PlacedWorkload['via']
  shown: CustomWorkload
}

const looksSame = (a: CustomWorkload, b: CustomWorkload): boolean => JSON.stringify(a) === JSON.stringify(b)
const keyOf = ({ apiVersion, kind, name }: Omit<CustomChange, 'custom'>): string => `${apiVersion} ${kind} ${name}`

/** How one kind is told; objects that `reduce` makes nothing of are passed over. */
interface KindTaking {
  readonly reduce: (object: KubernetesObject) => ReducedCustom | undefined
  readonly head: { readonly apiVersion: string; readonly kind: string }
  readonly via: PlacedWorkload['via']
}

/** Makes an empty one. */
export const createCustomWorkloads = (deps: CustomWorkloadsDeps): CustomWorkloads => {
  const entries = new Map<string, Entry>()
  const byUid = new Map<string, Entry>()
  const kinds = new Map<CustomKind, Knowledge>()

  /** Roots whose kinds the cluster has told. */
  const told = new Set<string>()

  /** Keys of those that take their template from a Deployment, by its name. */
  const byTemplate = new Map<string, Set<string>>()

  const show = ({ reduced, via }: Pick<Entry, 'reduced' | 'via'>): CustomWorkload => {
    const template = reduced.templateOf === undefined ? undefined : deps.imagesOf(reduced.templateOf)
    return toCustom(reduced, deps.around({ uid: reduced.uid, via }), template)
  }
  const unlink = ({ reduced }: Entry): void => {
    const { uid, templateOf = '' } = reduced
    byUid.delete(uid)
    const keys = byTemplate.get(templateOf)
    if (keys?.delete(keyOf(reduced)) === true && keys.size === 0) byTemplate.delete(templateOf)
  }
  const link = (entry: Entry): void => {
    const { uid, templateOf } = entry.reduced
    byUid.set(uid, entry)
    if (templateOf === undefined) return
    byTemplate.set(templateOf, (byTemplate.get(templateOf) ?? new Set()).add(keyOf(entry.reduced)))
  }
  const tell = ({ apiVersion, kind, name }: Omit<CustomChange, 'custom'>, custom: CustomWorkload | undefined): void =>
    deps.changed({ apiVersion, kind, name, custom })

  const drop = (key: string): void => {
    const entry = entries.get(key)
    if (entry === undefined) return
    entries.delete(key)
    unlink(entry)
    tell(entry.reduced, undefined)
  }
  const take = (reduced: ReducedCustom, via: PlacedWorkload['via']): void => {
    const key = keyOf(reduced)
    const before = entries.get(key)
    const entry = { reduced, via, shown: show({ reduced, via }) }
    entries.set(key, entry)
    if (before !== undefined) unlink(before)
    link(entry)
    if (before === undefined || !looksSame(before.shown, entry.shown)) tell(reduced, entry.shown)
  }

  const sinkOf = ({ reduce, head, via }: KindTaking, known: Knowledge | undefined): WatchSink => {
    const ofKind = (): string[] =>
      [...entries].filter(([key]) => key.startsWith(`${head.apiVersion} ${head.kind} `)).map(([key]) => key)
    const one = (object: KubernetesObject): string | undefined => {
      const reduced = reduce(object)
      // It may have been one before: labels change, and Jobs are adopted.
      if (reduced === undefined) return void drop(keyOf({ ...head, name: object.metadata.name }))
      take(reduced, via)
      return keyOf(reduced)
    }
    return {
      replace: (objects) => {
        const there = new Set(objects.map(one))
        for (const key of ofKind()) if (!there.has(key)) drop(key)
        known?.complete()
      },
      upsert: (object) => void one(object),
      remove: (object) => drop(keyOf({ ...head, name: object.metadata.name })),
      connected: () => known?.complete(),
      forbidden: (problem) => {
        for (const key of ofKind()) drop(key)
        known?.forbidden(problem)
      },
      lost: (problem) => known?.lost(problem),
    }
  }

  /** Watches a kind until `signal` aborts; then there are none of it any more, unless all ends: then nobody is told. */
  const watchKind = async (kind: CustomKind, signal: AbortSignal, all: AbortSignal): Promise<void> => {
    const known = createKnowledge(deps.clocks, deps.stateChanged)
    kinds.set(kind, known)
    const head = { apiVersion: kindEndpoints[kind].apiVersion, kind: kindInCluster(kind) }
    const via = viaOf(kind)
    const sink = sinkOf({ head, via, reduce: (object) => reduceCustom(head, object) }, known)
    await deps.watch(kind, sink, signal)
    if (all.aborted) return
    sink.replace([])
    kinds.delete(kind)
    deps.stateChanged()
  }

  const renew = (entry: Entry): void => {
    const before = entry.shown
    entry.shown = show(entry)
    if (!looksSame(before, entry.shown)) tell(entry.reduced, entry.shown)
  }

  return {
    all: () => [...entries.values()].map(({ shown }) => shown),
    get: ({ kind, name }) =>
      entries.get(keyOf({ apiVersion: kindEndpoints[kind].apiVersion, kind: kindInCluster(kind), name }))?.shown,
    known: (kind) => kinds.get(kind) ?? (told.has(kindEndpoints[kind].root) ? 'not-served' : 'unknown'),
    lookedAt: () =>
      [...kinds].map(([kind, known]) => ({
        kind: kindInCluster(kind),
        apiVersion: kindEndpoints[kind].apiVersion,
        known,
      })),
    jobs: sinkOf(
      {
        head: { apiVersion: kindEndpoints.Job.apiVersion, kind: 'Job' },
        via: undefined,
        reduce: (object) => {
          const { alone } = reducedOr(object, (whole) => reduceChild('Job', whole))
          return alone !== undefined && labelsMatch(deps.selector ?? [], alone.labels) ? alone : undefined
        },
      },
      undefined,
    ),
    touched: (workloads) => {
      for (const uid of workloads === 'all' ? [...byUid.keys()] : workloads) {
        const entry = byUid.get(uid)
        if (entry !== undefined) renew(entry)
      }
    },
    templateChanged: (deployment) => {
      for (const key of byTemplate.get(deployment) ?? []) {
        const entry = entries.get(key)
        if (entry !== undefined) renew(entry)
      }
    },
    autoscaled: (workloads) => {
      const named = new Set(workloads)
      for (const { reduced, shown } of entries.values())
        if (named.has(`${reduced.kind}/${reduced.name}`)) tell(reduced, shown)
    },
    follow: async (signal) => {
      const roots = new Set(customKinds.map((kind) => kindEndpoints[kind].root))
      await Promise.all(
        [...roots].map(async (root) => {
          const kindsThere = customKinds.filter((kind) => kindEndpoints[kind].root === root)
          const watch = async (kind: CustomKind, each: AbortSignal) => await watchKind(kind, each, signal)
          const served: typeof deps.served = async (...asked) => {
            const plurals = await deps.served(...asked)
            told.add(root)
            return plurals
          }
          await watchServed({ ...deps, served, root, kinds: kindsThere, watch }, signal)
        }),
      )
    },
  }
}
