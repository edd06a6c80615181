import { type KubernetesObject, objectsIn, valueAt } from './kubernetes-object.ts'
import { conditionOf } from './pod-trouble.ts'
import { type RolloutStatus, rolloutStatus } from './rollout.ts'

/** What a CronJob says of its runs. Times are RFC 3339. */
export interface ScheduleFacts {
  readonly schedule: string
  readonly isSuspended: boolean
  /** Runs at this moment. */
  readonly active: number
  readonly lastAt?: string | undefined
  readonly lastSuccessAt?: string | undefined
}

/** What a workload says of itself, as far as its status needs it. */
export interface WorkloadFacts {
  readonly kind: string
  readonly isDeleting: boolean
  readonly isPaused: boolean
  readonly rollout: RolloutStatus
  readonly desired: number
  /** Its last roll-out is over: what is missing now was lost since. */
  readonly isRolledOut: boolean
  /** Fewer pods are ready than wanted, where the roll-out does not look (update strategy OnDelete). */
  readonly isShort: boolean
  /** Pods of a DaemonSet on nodes where none belongs. */
  readonly misplaced: number
  /** Why its controller cannot make pods, where it says so itself. */
  readonly creationFailure?: string | undefined
  /** CronJobs only. */
  readonly schedule?: ScheduleFacts | undefined
}

const number = (object: KubernetesObject, ...keys: string[]): number => {
  const value = valueAt(object, ...keys)
  return typeof value === 'number' ? value : 0
}
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

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

const isShort = (object: KubernetesObject, desired: number): boolean =>
  (object.kind === 'StatefulSet' && number(object, 'status', 'readyReplicas') < desired) ||
  (object.kind === 'DaemonSet' && number(object, 'status', 'numberReady') < desired)

const creationFailure = (object: KubernetesObject): string | undefined => {
  const failure = conditionOf(object, 'ReplicaFailure')
  return failure?.['status'] === 'True' ? String(failure['message'] ?? failure['reason'] ?? '') : undefined
}

const scheduleFacts = (object: KubernetesObject): ScheduleFacts => ({
  schedule: String(valueAt(object, 'spec', 'schedule') ?? ''),
  isSuspended: valueAt(object, 'spec', 'suspend') === true,
  active: objectsIn(valueAt(object, 'status', 'active')).length,
  lastAt: text(valueAt(object, 'status', 'lastScheduleTime')),
  lastSuccessAt: text(valueAt(object, 'status', 'lastSuccessfulTime')),
})

/** Reduces a workload to what its status needs. */
export const workloadFacts = (object: KubernetesObject): WorkloadFacts => {
  const rollout = rolloutStatus(object)
  const desired = rollout.desired ?? number(object, 'spec', 'replicas')
  return {
    kind: object.kind,
    isDeleting: object.metadata.deletionTimestamp !== undefined,
    isPaused: object.kind === 'Deployment' && valueAt(object, 'spec', 'paused') === true,
    rollout,
    desired,
    isRolledOut: isRolledOut(object, rollout),
    isShort: isShort(object, desired),
    misplaced: number(object, 'status', 'numberMisscheduled'),
    creationFailure: creationFailure(object),
    schedule: object.kind === 'CronJob' ? scheduleFacts(object) : undefined,
  }
}
