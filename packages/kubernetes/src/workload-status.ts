import type { ClusterEvent } from './cluster-event.ts'
import type { JobRun } from './job-run.ts'
import type { KubernetesObject } from './kubernetes-object.ts'
import type { PodState } from './pod-state.ts'
import { type PodsTold, tellPods } from './pods-told.ts'
import { type ScheduleFacts, type WorkloadFacts, workloadFacts } from './workload-facts.ts'

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
  readonly pods?: readonly PodState[] | undefined
  readonly jobs?: readonly JobRun[] | undefined
  /** Those of the workload itself; what its pods' say is in their states. */
  readonly events?: readonly ClusterEvent[] | undefined
}

/** Why a controller cannot make pods: quota, admission, a missing service account. */
const creationProblem = (facts: WorkloadFacts, events: readonly ClusterEvent[]): string | undefined =>
  facts.rollout.state === 'complete'
    ? undefined
    : (facts.creationFailure ??
      events.find(({ type, reason }) => type === 'Warning' && reason === 'FailedCreate')?.message)

const rolling = (facts: WorkloadFacts, { pods, events = [] }: Surroundings): WorkloadStatus => {
  const { rollout } = facts
  const told = pods === undefined ? undefined : tellPods(pods, facts.desired)
  const creation = creationProblem(facts, events)
  if (facts.isPaused)
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
    const lost = facts.isRolledOut && (pods === undefined || told !== undefined)
    return {
      state: lost ? 'degraded' : 'progressing',
      message: told?.message ?? rollout.message,
      detail: told === undefined ? undefined : rollout.message,
    }
  }
  return settled(facts, told)
}

/** As it was wanted, by its controller; what pods say may differ where the controller does not look (OnDelete). */
const settled = ({ kind, desired, rollout, isShort, misplaced }: WorkloadFacts, told: PodsTold | undefined) => {
  const { message } = rollout
  if (desired === 0) {
    const none = kind === 'DaemonSet' ? 'No node matches: no pods are wanted' : 'Scaled to 0: no pods are wanted'
    return { state: 'healthy', message: none } as const
  }
  if (isShort) return { state: 'degraded', message: told?.message ?? message, detail: told?.detail } as const
  return misplaced > 0
    ? ({
        state: 'healthy',
        message: `${message}; ${misplaced} run where they should not (numberMisscheduled)`,
      } as const)
    : ({ state: 'healthy', message } as const)
}

const afterRuns = (
  { schedule, lastAt, lastSuccessAt }: ScheduleFacts,
  runs: readonly JobRun[] | undefined,
  told: PodsTold | undefined,
): WorkloadStatus => {
  const last = runs?.find(({ state }) => state !== 'running')
  if (last?.state === 'failed')
    return {
      state: 'degraded',
      message: `The last run failed: ${last.message ?? 'no reason given'}`,
      detail: told?.message,
    }
  const missed = lastAt !== undefined && (lastSuccessAt === undefined || lastSuccessAt < lastAt)
  if (runs === undefined && missed) return { state: 'degraded', message: 'No success since the last run began' }
  if (lastAt === undefined) return { state: 'healthy', message: `Waits for its first run (${schedule})` }
  return {
    state: 'healthy',
    message:
      last === undefined
        ? `Waits for its next run (${schedule})`
        : `The last run succeeded; waits for the next (${schedule})`,
  }
}

const scheduled = (schedule: ScheduleFacts, { pods, jobs }: Surroundings): WorkloadStatus => {
  const { active, isSuspended } = schedule
  const told = pods === undefined ? undefined : tellPods(pods, 0)
  if (isSuspended)
    return { state: 'suspended', message: active > 0 ? `Suspended; ${active} still running` : 'Suspended: no new runs' }
  if (active > 0) {
    if (told !== undefined && told.broken > 0) return { state: 'degraded', message: told.message, detail: told.detail }
    return { state: 'progressing', message: active === 1 ? 'Running now' : `${active} runs at the same time` }
  }
  return afterRuns(
    schedule,
    jobs?.toSorted((a, b) => (b.startedAt ?? '').localeCompare(a.startedAt ?? '')),
    told,
  )
}

/** The status of a workload that was reduced to its facts: see {@link workloadStatus}. */
export const statusOfFacts = (facts: WorkloadFacts, around: Surroundings = {}): WorkloadStatus => {
  if (facts.isDeleting) return { state: 'progressing', message: 'Is being deleted' }
  return facts.schedule === undefined ? rolling(facts, around) : scheduled(facts.schedule, around)
}

/**
 * How a workload does, by the rules of `kubectl rollout status` and kstatus, with the reason that its pods, jobs and
 * events give.
 */
export const workloadStatus = (object: KubernetesObject, around: Surroundings = {}): WorkloadStatus =>
  statusOfFacts(workloadFacts(object), around)
