import type { ClusterEvent } from './cluster-event.ts'
import { type JobRun, jobRun } from './job-run.ts'
import { type KubernetesObject, objectsIn, valueAt } from './kubernetes-object.ts'
import { conditionOf, type PodTrouble, podTrouble, troubleInWords } from './pod-trouble.ts'
import { type RolloutStatus, rolloutStatus } from './rollout.ts'

/**
 * How a workload does. `progressing`: on its way; `healthy`: as it is wanted; `degraded`: it runs, but not as it is
 * wanted; `stalled`: it will not get there by itself; `suspended`: somebody stopped it.
 */
export interface WorkloadStatus {
  readonly state: 'healthy' | 'progressing' | 'degraded' | 'stalled' | 'suspended'
  /** A sentence for a person: «2 of 5 pods: ImagePullBackOff, registry says not found». */
  readonly message: string
  /** Why, where the message alone does not say it: what stands behind the first reason. */
  readonly detail?: string | undefined
}

/** What is known around a workload; absent: not known (not allowed, or not read yet). */
export interface Surroundings {
  readonly pods?: readonly KubernetesObject[] | undefined
  readonly jobs?: readonly KubernetesObject[] | undefined
  readonly events?: readonly ClusterEvent[] | undefined
}

const number = (object: KubernetesObject, ...keys: string[]): number => {
  const value = valueAt(object, ...keys)
  return typeof value === 'number' ? value : 0
}
const isOver = (pod: KubernetesObject): boolean =>
  ['Succeeded', 'Failed'].includes(String(valueAt(pod, 'status', 'phase'))) ||
  pod.metadata.deletionTimestamp !== undefined

interface Told {
  readonly message: string
  readonly detail?: string | undefined
  readonly broken: number
}

/** Troubles of pods, the most frequent first, in one sentence. */
const tell = (
  pods: readonly KubernetesObject[],
  events: readonly ClusterEvent[],
  desired: number,
): Told | undefined => {
  const alive = pods.filter((pod) => !isOver(pod))
  const byPod = Map.groupBy(events, ({ object }) => object.uid)
  const groups = new Map<string, { trouble: PodTrouble; count: number }>()
  for (const pod of alive) {
    const trouble = podTrouble(pod, byPod.get(pod.metadata.uid ?? '') ?? [])
    if (trouble === undefined) continue
    const words = troubleInWords(trouble)
    groups.set(words, { trouble, count: (groups.get(words)?.count ?? 0) + 1 })
  }
  const rank = ({ trouble, count }: { trouble: PodTrouble; count: number }): number =>
    (trouble.severity === 'broken' ? 1_000_000 : 0) + count
  const ordered = [...groups].sort(([, a], [, b]) => rank(b) - rank(a))
  const [first] = ordered
  if (first === undefined) return undefined
  const total = Math.max(desired, alive.length)
  const broken = ordered.reduce((sum, [, { trouble, count }]) => sum + (trouble.severity === 'broken' ? count : 0), 0)
  const shown = ordered
    .slice(0, 3)
    .map(([words, { count }], index) => (index === 0 ? `${count} of ${total} pods: ${words}` : `${count}: ${words}`))
  return { message: shown.join('; '), detail: first[1].trouble.message || undefined, broken }
}

const desiredOf = (object: KubernetesObject, rollout: RolloutStatus): number =>
  rollout.desired ?? number(object, 'spec', 'replicas')

/** Why a controller cannot make pods: quota, admission, a missing service account. */
const creationProblem = (object: KubernetesObject, events: readonly ClusterEvent[]): string | undefined => {
  const failure = conditionOf(object, 'ReplicaFailure')
  if (failure?.['status'] === 'True') return String(failure['message'] ?? failure['reason'] ?? '')
  return events.find(({ type, reason }) => type === 'Warning' && reason === 'FailedCreate')?.message
}

/** A Deployment whose roll-out is over lost pods; one that rolls out is on its way. */
const isRolledOut = (object: KubernetesObject, rollout: RolloutStatus): boolean => {
  if (number(object, 'status', 'observedGeneration') < (object.metadata.generation ?? 0)) return false
  if (object.kind === 'Deployment') {
    const progress = conditionOf(object, 'Progressing')
    return (
      progress?.['reason'] === 'NewReplicaSetAvailable' &&
      number(object, 'status', 'updatedReplicas') >= (rollout.desired ?? 0)
    )
  }
  if (object.kind === 'StatefulSet') {
    const { currentRevision, updateRevision } = (object['status'] ?? {}) as Readonly<Record<string, unknown>>
    return currentRevision === updateRevision && number(object, 'status', 'currentReplicas') >= (rollout.desired ?? 0)
  }
  return false
}

const rolling = (object: KubernetesObject, { pods, events = [] }: Surroundings): WorkloadStatus => {
  const rollout = rolloutStatus(object)
  const desired = desiredOf(object, rollout)
  const told = pods === undefined ? undefined : tell(pods, events, desired)
  const creation = rollout.state === 'complete' ? undefined : creationProblem(object, events)
  if (object.kind === 'Deployment' && valueAt(object, 'spec', 'paused') === true)
    return {
      state: 'suspended',
      message: `Paused: changes are not rolled out. ${rollout.message}`,
      detail: told?.message,
    }
  if (rollout.state === 'failed')
    return {
      state: 'stalled',
      message: told?.message ?? rollout.message,
      detail: told === undefined ? undefined : `${rollout.message} ${told.detail ?? ''}`.trim(),
    }
  if (creation !== undefined)
    return { state: 'degraded', message: `Pods cannot be made: ${creation.slice(0, 300)}`, detail: told?.message }
  if (told !== undefined && told.broken > 0) return { state: 'degraded', message: told.message, detail: told.detail }
  if (rollout.state === 'progressing') {
    // Pods that are only starting are no loss: after a scale-up the condition still says that the roll-out is over.
    const lost = isRolledOut(object, rollout) && (pods === undefined || told !== undefined)
    return {
      state: lost ? 'degraded' : 'progressing',
      message: told?.message ?? rollout.message,
      detail: told === undefined ? undefined : rollout.message,
    }
  }
  return settled(object, desired, rollout.message, told)
}

/** As it was wanted, by its controller; what pods say may differ where the controller does not look (OnDelete). */
const settled = (
  object: KubernetesObject,
  desired: number,
  message: string,
  told: Told | undefined,
): WorkloadStatus => {
  if (desired === 0) {
    const none = object.kind === 'DaemonSet' ? 'No node matches: no pods are wanted' : 'Scaled to 0: no pods are wanted'
    return { state: 'healthy', message: none }
  }
  const isShort = number(object, 'status', 'readyReplicas') < desired && object.kind === 'StatefulSet'
  const isShortDaemon = object.kind === 'DaemonSet' && number(object, 'status', 'numberReady') < desired
  if (isShort || isShortDaemon) return { state: 'degraded', message: told?.message ?? message, detail: told?.detail }
  const misplaced = number(object, 'status', 'numberMisscheduled')
  return misplaced > 0
    ? { state: 'healthy', message: `${message}; ${misplaced} run where they should not (numberMisscheduled)` }
    : { state: 'healthy', message }
}

const afterRuns = (
  object: KubernetesObject,
  runs: readonly JobRun[] | undefined,
  told: Told | undefined,
): WorkloadStatus => {
  const last = runs?.find(({ state }) => state !== 'running')
  const schedule = String(valueAt(object, 'spec', 'schedule') ?? '')
  if (last?.state === 'failed')
    return {
      state: 'degraded',
      message: `The last run failed: ${last.message ?? 'no reason given'}`,
      detail: told?.message,
    }
  const scheduledAt = valueAt(object, 'status', 'lastScheduleTime')
  const succeededAt = valueAt(object, 'status', 'lastSuccessfulTime')
  const missed = typeof scheduledAt === 'string' && (typeof succeededAt !== 'string' || succeededAt < scheduledAt)
  if (runs === undefined && missed) return { state: 'degraded', message: 'No success since the last run began' }
  if (typeof scheduledAt !== 'string') return { state: 'healthy', message: `Waits for its first run (${schedule})` }
  return {
    state: 'healthy',
    message:
      last === undefined
        ? `Waits for its next run (${schedule})`
        : `The last run succeeded; waits for the next (${schedule})`,
  }
}

const scheduled = (object: KubernetesObject, { pods, jobs, events = [] }: Surroundings): WorkloadStatus => {
  const active = objectsIn(valueAt(object, 'status', 'active')).length
  const told = pods === undefined ? undefined : tell(pods, events, 0)
  if (valueAt(object, 'spec', 'suspend') === true)
    return { state: 'suspended', message: active > 0 ? `Suspended; ${active} still running` : 'Suspended: no new runs' }
  if (active > 0) {
    if (told !== undefined && told.broken > 0) return { state: 'degraded', message: told.message, detail: told.detail }
    return { state: 'progressing', message: active === 1 ? 'Running now' : `${active} runs at the same time` }
  }
  return afterRuns(
    object,
    jobs?.map(jobRun).toSorted((a, b) => (b.startedAt ?? '').localeCompare(a.startedAt ?? '')),
    told,
  )
}

/**
 * How a workload does, by the rules of `kubectl rollout status` and kstatus, with the reason that its pods, jobs and
 * events give.
 */
export const workloadStatus = (object: KubernetesObject, around: Surroundings = {}): WorkloadStatus => {
  if (object.metadata.deletionTimestamp !== undefined) return { state: 'progressing', message: 'Is being deleted' }
  return object.kind === 'CronJob' ? scheduled(object, around) : rolling(object, around)
}
