import {
  type JobRun,
  jobRun,
  type KubernetesObject,
  type PodState,
  podState,
  type Surroundings,
  withEarlierReason,
} from '@rancher-hub/kubernetes'
import { type ReducedCustom, reduceCustom } from './custom-workload.ts'
import { type Clocks, createKnowledge, type Knowledge } from './knowledge.ts'
import { reducedOr } from './lean-lists.ts'
import { createPlaced } from './placed.ts'
import type { WatchSink } from './watch-sink.ts'

/** Kinds that the status of workloads is taken from. */
export const surroundingKinds = ['Pod', 'ReplicaSet', 'Job'] as const
export type SurroundingKind = (typeof surroundingKinds)[number]

/** Pods and runs of workloads, reduced to what statuses need, by the uid of the workload. */
export interface WorkloadSurroundings {
  readonly sinks: Readonly<Record<SurroundingKind, WatchSink>>
  readonly knowledge: Readonly<Record<SurroundingKind, Knowledge>>
  /** What is known around a workload: nothing of what may not be seen, or leads to it over something that may not. */
  around(workload: PlacedWorkload): Surroundings
}

/** Whose surroundings are wanted. */
export interface PlacedWorkload {
  readonly uid: string
  /** What stands between it and its pods. */
  readonly via: 'ReplicaSet' | 'Job' | undefined
}

/** What a workload makes its pods by. */
export const viaOf = (kind: string): PlacedWorkload['via'] =>
  kind === 'Deployment' || kind === 'Rollout' ? 'ReplicaSet' : kind === 'CronJob' ? 'Job' : undefined

/** `all`: what is known of whole kinds changed. */
export type SurroundingsListener = (workloads: ReadonlySet<string> | 'all') => void

/** A pod, ReplicaSet or Job: what made it, by uid, and what it says. */
interface ReducedChild {
  readonly controller: string | undefined
  readonly pod?: PodState | undefined
  readonly run?: JobRun | undefined
  /** A Job that nobody runs: a workload by itself. */
  readonly alone?: ReducedCustom | undefined
}

/** The controller of an object, by uid. */
export const controllerOf = (object: KubernetesObject): { readonly uid: string; readonly kind: string } | undefined => {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true)
  const uid = (owner as { readonly uid?: unknown } | undefined)?.uid
  return owner === undefined || typeof uid !== 'string' ? undefined : { uid, kind: owner.kind }
}
const uidOf = ({ metadata }: KubernetesObject): string => metadata.uid ?? metadata.name

const jobHead = { apiVersion: 'batch/v1', kind: 'Job' }

/** Reduces an object of these kinds. */
export const reduceChild = (kind: SurroundingKind, object: KubernetesObject): ReducedChild => {
  const controller = controllerOf(object)?.uid
  if (kind === 'Pod') return { controller, pod: podState(object) }
  if (kind === 'ReplicaSet') return { controller }
  return {
    controller,
    run: jobRun(object),
    alone: controller === undefined ? reduceCustom(jobHead, object) : undefined,
  }
}

/** How one kind is taken in; both return the workloads that are touched. */
interface Taking {
  take(uid: string, child: ReducedChild): (string | undefined)[]
  drop(uid: string): (string | undefined)[]
  uids(): Iterable<string>
}

const sinkOf = (
  kind: SurroundingKind,
  taking: Taking,
  known: Knowledge,
  tell: (touched: ReadonlySet<string>) => void,
): WatchSink => {
  const take = (object: KubernetesObject): (string | undefined)[] =>
    taking.take(
      uidOf(object),
      reducedOr(object, (whole) => reduceChild(kind, whole)),
    )
  const told = (touched: readonly (string | undefined)[]): void => {
    const workloads = new Set(touched.filter((each) => each !== undefined))
    if (workloads.size > 0) tell(workloads)
  }
  const clear = (): (string | undefined)[] => [...taking.uids()].flatMap(taking.drop)
  return {
    replace: (objects) => {
      const there = new Set(objects.map(uidOf))
      const gone = [...taking.uids()].filter((uid) => !there.has(uid))
      told([...gone.flatMap(taking.drop), ...objects.flatMap(take)])
      known.complete()
    },
    upsert: (object) => told(take(object)),
    remove: (object) => told(taking.drop(uidOf(object))),
    connected: known.complete,
    forbidden: (problem) => {
      clear()
      known.forbidden(problem)
    },
    lost: known.lost,
  }
}

/** Makes an empty index. A change of a pod costs what its workload has of pods, however many there are besides. */
export const createSurroundings = (clocks: Clocks, listener: SurroundingsListener): WorkloadSurroundings => {
  /** Pods stand at their workload; as long as it is not known what made their maker, at that. */
  const pods = createPlaced<ReducedChild>()
  const runs = createPlaced<JobRun>()
  /** What made ReplicaSets and Jobs, by their uid. */
  const sets = new Map<string, string>()
  const jobs = new Map<string, string>()
  const workloadOf = (controller: string): string => sets.get(controller) ?? jobs.get(controller) ?? controller

  /** Pods may come before what made them. */
  const setMaker = (makers: Map<string, string>, uid: string, maker: string): (string | undefined)[] => {
    const before = makers.get(uid) ?? uid
    if (before === maker) return []
    makers.set(uid, maker)
    pods.move(before, maker, ({ controller }) => controller === uid)
    return [before, maker]
  }
  /** Pods that are left behind belong to nobody until somebody takes them on. */
  const forgetMaker = (makers: Map<string, string>, uid: string): (string | undefined)[] => {
    const before = makers.get(uid)
    if (before === undefined) return []
    makers.delete(uid)
    pods.move(before, uid, ({ controller }) => controller === uid)
    return [before]
  }

  const takings: Readonly<Record<SurroundingKind, Taking>> = {
    Pod: {
      take: (uid, child) => {
        const { controller, pod } = child
        if (controller === undefined || pod === undefined) return [pods.remove(uid)]
        const place = workloadOf(controller)
        const known = { controller, pod: withEarlierReason(pod, () => pods.get(uid)?.pod) }
        return [place, pods.put(uid, place, known)]
      },
      drop: (uid) => [pods.remove(uid)],
      uids: pods.keys,
    },
    ReplicaSet: {
      take: (uid, { controller }) =>
        controller === undefined ? forgetMaker(sets, uid) : setMaker(sets, uid, controller),
      drop: (uid) => forgetMaker(sets, uid),
      uids: () => sets.keys(),
    },
    Job: {
      take: (uid, { controller, run }) => {
        if (controller === undefined || run === undefined) return [...forgetMaker(jobs, uid), runs.remove(uid)]
        return [...setMaker(jobs, uid, controller), controller, runs.put(uid, controller, run)]
      },
      drop: (uid) => [...forgetMaker(jobs, uid), runs.remove(uid)],
      uids: () => jobs.keys(),
    },
  }

  const know = (): Knowledge => createKnowledge(clocks, () => listener('all'))
  const knowledge = { Pod: know(), ReplicaSet: know(), Job: know() }
  const isKnown = (kind: SurroundingKind): boolean => knowledge[kind].state() === 'complete'
  const sink = (kind: SurroundingKind): WatchSink => sinkOf(kind, takings[kind], knowledge[kind], listener)

  return {
    sinks: { Pod: sink('Pod'), ReplicaSet: sink('ReplicaSet'), Job: sink('Job') },
    knowledge,
    around: ({ uid, via }) => ({
      pods:
        isKnown('Pod') && (via === undefined || isKnown(via))
          ? pods.at(uid).flatMap(({ pod }) => pod ?? [])
          : undefined,
      jobs: via === 'Job' && isKnown('Job') ? runs.at(uid) : undefined,
    }),
  }
}
