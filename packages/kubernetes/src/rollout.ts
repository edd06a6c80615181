import { type KubernetesObject, valueAt } from './kubernetes-object.ts'
import { conditionOf, podTrouble } from './pod-trouble.ts'

/** Progress of a roll-out. `none`: this kind has nothing to wait for. */
export interface RolloutStatus {
  readonly state: 'none' | 'progressing' | 'complete' | 'failed'
  readonly message: string
  readonly updated?: number | undefined
  readonly ready?: number | undefined
  readonly desired?: number | undefined
}

const number = (object: KubernetesObject, ...keys: string[]): number => {
  const value = valueAt(object, ...keys)
  return typeof value === 'number' ? value : 0
}

const isObserved = (object: KubernetesObject): boolean =>
  number(object, 'status', 'observedGeneration') >= (object.metadata.generation ?? 0)

const deployment = (object: KubernetesObject): RolloutStatus => {
  const replicas = valueAt(object, 'spec', 'replicas')
  const desired = typeof replicas === 'number' ? replicas : 1
  const updated = number(object, 'status', 'updatedReplicas')
  const total = number(object, 'status', 'replicas')
  const available = number(object, 'status', 'availableReplicas')
  const counts = { updated, ready: available, desired }
  if (!isObserved(object))
    return { state: 'progressing', message: 'The controller has not seen the change yet', ...counts }
  const progress = conditionOf(object, 'Progressing')
  if (progress?.['reason'] === 'ProgressDeadlineExceeded') {
    return {
      state: 'failed',
      message: `The roll-out exceeded its deadline: ${String(progress['message'] ?? '')}`,
      ...counts,
    }
  }
  const failure = conditionOf(object, 'ReplicaFailure')
  if (updated < desired) {
    const why = failure?.['status'] === 'True' ? `: ${String(failure['message'] ?? '')}` : ''
    return { state: 'progressing', message: `${updated} of ${desired} pods are new${why}`, ...counts }
  }
  if (total > updated)
    return { state: 'progressing', message: `${total - updated} old pods are still ending`, ...counts }
  if (available < updated)
    return { state: 'progressing', message: `${available} of ${updated} new pods are available`, ...counts }
  return { state: 'complete', message: `${available} of ${desired} pods are available`, ...counts }
}

const statefulSet = (object: KubernetesObject): RolloutStatus => {
  const replicas = valueAt(object, 'spec', 'replicas')
  const desired = typeof replicas === 'number' ? replicas : 1
  const updated = number(object, 'status', 'updatedReplicas')
  const ready = number(object, 'status', 'readyReplicas')
  const counts = { updated, ready, desired }
  if (valueAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete') {
    return { state: 'complete', message: 'Pods change when they are deleted (update strategy OnDelete)', ...counts }
  }
  const observed = number(object, 'status', 'observedGeneration')
  if (observed === 0 || !isObserved(object))
    return { state: 'progressing', message: 'The controller has not seen the change yet', ...counts }
  if (ready < desired) return { state: 'progressing', message: `${ready} of ${desired} pods are ready`, ...counts }
  const partition = number(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition')
  if (partition > 0) {
    const wanted = Math.max(desired - partition, 0)
    if (updated < wanted)
      return {
        state: 'progressing',
        message: `${updated} of ${wanted} pods are new (partition ${partition})`,
        ...counts,
      }
    return {
      state: 'complete',
      message: `${updated} pods are new, the rest is held by partition ${partition}`,
      ...counts,
    }
  }
  if (
    updated < desired ||
    valueAt(object, 'status', 'updateRevision') !== valueAt(object, 'status', 'currentRevision')
  ) {
    return { state: 'progressing', message: `${updated} of ${desired} pods are new`, ...counts }
  }
  return { state: 'complete', message: `${ready} of ${desired} pods are ready`, ...counts }
}

const daemonSet = (object: KubernetesObject): RolloutStatus => {
  const desired = number(object, 'status', 'desiredNumberScheduled')
  const updated = number(object, 'status', 'updatedNumberScheduled')
  const available = number(object, 'status', 'numberAvailable')
  const counts = { updated, ready: available, desired }
  if (valueAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete') {
    return { state: 'complete', message: 'Pods change when they are deleted (update strategy OnDelete)', ...counts }
  }
  if (!isObserved(object))
    return { state: 'progressing', message: 'The controller has not seen the change yet', ...counts }
  if (updated < desired) return { state: 'progressing', message: `${updated} of ${desired} pods are new`, ...counts }
  if (available < desired)
    return { state: 'progressing', message: `${available} of ${desired} pods are available`, ...counts }
  return { state: 'complete', message: `${available} of ${desired} pods are available`, ...counts }
}

/** Where a roll-out stands, by the rules of `kubectl rollout status` (kubectl `polymorphichelpers/rollout_status.go`). */
export const rolloutStatus = (object: KubernetesObject): RolloutStatus => {
  if (object.kind === 'Deployment') return deployment(object)
  if (object.kind === 'StatefulSet') return statefulSet(object)
  if (object.kind === 'DaemonSet') return daemonSet(object)
  return {
    state: 'none',
    message: object.kind === 'CronJob' ? 'Takes effect with its next job' : 'Nothing to wait for',
  }
}

/** First reason why a pod does not get ready, in words for people; init containers count too. */
export const podProblem = (pod: KubernetesObject): string | undefined => {
  const trouble = podTrouble(pod)
  if (trouble === undefined || trouble.severity === 'waiting') return undefined
  const { container, reason, message } = trouble
  if (reason === 'OOMKilled') return `${String(container)}: out of memory (OOMKilled)`
  if (container !== undefined)
    return `${container}: ${reason}${message === undefined || message === '' ? '' : ` (${message})`}`
  return reason === 'Unschedulable' || reason === 'SchedulingGated'
    ? `cannot be scheduled: ${message || reason}`
    : `${reason}: ${message ?? ''}`
}
