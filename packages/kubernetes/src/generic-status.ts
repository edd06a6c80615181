import { jobRun } from './job-run.ts'
import { type KubernetesObject, valueAt } from './kubernetes-object.ts'
import type { PodState } from './pod-state.ts'
import { conditionOf } from './pod-trouble.ts'
import { tellPods } from './pods-told.ts'
import type { WorkloadStatus } from './workload-status.ts'

/** What a workload of any kind says of itself, by the conventions that kinds share. */
export interface GenericFacts {
  readonly desired: number | undefined
  readonly updated: number | undefined
  readonly ready: number | undefined
  /** How it does by its own words. */
  readonly own: WorkloadStatus
}

const numberAt = (object: KubernetesObject, field: 'spec' | 'status', keys: readonly string[]): number | undefined =>
  keys.map((key) => valueAt(object, field, key)).find((value) => typeof value === 'number')
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

interface Counts {
  readonly desired: number | undefined
  readonly updated: number | undefined
  readonly ready: number | undefined
}
const countsOf = (object: KubernetesObject): Counts => {
  const desired = numberAt(object, 'spec', ['replicas']) ?? numberAt(object, 'status', ['desiredNumberScheduled'])
  const ready = numberAt(object, 'status', ['availableReplicas', 'readyReplicas', 'numberAvailable', 'numberReady'])
  return {
    desired,
    updated: numberAt(object, 'status', ['updatedReplicas', 'updatedNumberScheduled']),
    // Counts of zero are left out of statuses.
    ready: ready ?? (desired === undefined || object['status'] === undefined ? undefined : 0),
  }
}

/** Argo Rollouts writes it as text; a hash, as its first versions wrote, says nothing. */
const isUnseen = (object: KubernetesObject): boolean => {
  const observed = Number(valueAt(object, 'status', 'observedGeneration') ?? Number.NaN)
  return observed < (object.metadata.generation ?? 0)
}

/** A condition that has this status, in words: its message, or its reason. */
const conditionInWords = (object: KubernetesObject, type: string, status: 'True' | 'False'): string | undefined => {
  const found = conditionOf(object, type)
  return found?.['status'] === status ? text(found['message']) || text(found['reason']) || type : undefined
}
/** The first of these conditions that has this status, in words. */
const firstInWords = (object: KubernetesObject, types: readonly string[], status: 'True' | 'False') =>
  types.map((type) => conditionInWords(object, type, status)).find((words) => words !== undefined)

const phaseStates: Readonly<Record<string, WorkloadStatus['state']>> = {
  Degraded: 'degraded',
  Failed: 'stalled',
  Error: 'stalled',
  Paused: 'suspended',
  Suspended: 'suspended',
  Progressing: 'progressing',
  Pending: 'progressing',
}

const ofPhase = (object: KubernetesObject): WorkloadStatus | undefined => {
  const phase = text(valueAt(object, 'status', 'phase'))
  const state = phaseStates[phase]
  if (state === undefined) return undefined
  const message = text(valueAt(object, 'status', 'message'))
  return { state, message: message === '' ? phase : `${phase}: ${message}` }
}

const ofCounts = ({ desired, updated, ready }: Counts): WorkloadStatus | undefined => {
  if (desired === undefined) return undefined
  if (desired === 0) return { state: 'healthy', message: 'Scaled to 0: no pods are wanted' }
  if (updated !== undefined && updated < desired)
    return { state: 'progressing', message: `${updated} of ${desired} pods are new` }
  const message = `${ready ?? 0} of ${desired} pods are available`
  return { state: (ready ?? 0) < desired ? 'progressing' : 'healthy', message }
}

const ofJob = (object: KubernetesObject): WorkloadStatus => {
  const { state, message, failedPods } = jobRun(object)
  if (state === 'failed') return { state: 'degraded', message: `Failed: ${message ?? 'no reason given'}` }
  if (state === 'suspended') return { state: 'suspended', message: 'Suspended: no new pods' }
  if (state === 'succeeded') return { state: 'healthy', message: 'Succeeded' }
  return { state: 'progressing', message: failedPods === 0 ? 'Running' : `Running; ${failedPods} pods failed so far` }
}

/**
 * Whether somebody paused it: Argo Rollouts and others keep that in the spec, OpenKruise in the update strategy
 * (CloneSet) or its rolling update (Advanced StatefulSet and DaemonSet).
 */
export const isPaused = (object: KubernetesObject): boolean =>
  [['paused'], ['updateStrategy', 'paused'], ['updateStrategy', 'rollingUpdate', 'paused']].some(
    (path) => valueAt(object, 'spec', ...path) === true,
  )

/**
 * What kstatus reads of any kind (cli-utils `pkg/kstatus`: observedGeneration, then the conditions Stalled,
 * Reconciling and Ready), and besides what operators of workloads write: Available, Progressing, a phase, counts.
 */
const ownStatus = (object: KubernetesObject, counts: Counts): WorkloadStatus => {
  if (object.metadata.deletionTimestamp !== undefined) return { state: 'progressing', message: 'Is being deleted' }
  if (object.kind === 'Job') return ofJob(object)
  if (isUnseen(object)) return { state: 'progressing', message: 'The controller has not seen the change yet' }
  const stalled = firstInWords(object, ['Stalled', 'InvalidSpec', 'Failed'], 'True')
  if (stalled !== undefined) return { state: 'stalled', message: stalled }
  if (conditionOf(object, 'Progressing')?.['reason'] === 'ProgressDeadlineExceeded')
    return { state: 'stalled', message: conditionInWords(object, 'Progressing', 'False') ?? 'ProgressDeadlineExceeded' }
  const failed = firstInWords(object, ['ReplicaFailure', 'FailedScale', 'FailedUpdate'], 'True')
  if (failed !== undefined) return { state: 'degraded', message: failed }
  if (isPaused(object)) return { state: 'suspended', message: 'Paused' }
  const phase = ofPhase(object)
  if (phase !== undefined) return phase
  const reconciling = conditionInWords(object, 'Reconciling', 'True')
  if (reconciling !== undefined) return { state: 'progressing', message: reconciling }
  const unready = firstInWords(object, ['Ready', 'Available'], 'False')
  if (unready !== undefined) return { state: 'progressing', message: unready }
  return (
    ofCounts(counts) ?? { state: 'healthy', message: conditionInWords(object, 'Ready', 'True') ?? 'No trouble told' }
  )
}

/** Reduces a workload of any kind to what its status needs. */
export const genericFacts = (object: KubernetesObject): GenericFacts => {
  const counts = object.kind === 'Job' ? { desired: undefined, updated: undefined, ready: undefined } : countsOf(object)
  return { ...counts, own: ownStatus(object, counts) }
}

/** How a workload of any kind does: by its own words, unless its pods say that they do not work. */
export const genericStatus = (
  { own, desired }: GenericFacts,
  pods?: readonly PodState[] | undefined,
): WorkloadStatus => {
  const told = pods === undefined ? undefined : tellPods(pods, desired ?? 0)
  if (told === undefined || own.state === 'suspended') return own
  if (own.state === 'stalled' || own.state === 'degraded') return { ...own, detail: told.message }
  return told.broken > 0
    ? { state: 'degraded', message: told.message, detail: told.detail ?? own.message }
    : { ...own, detail: told.message }
}
