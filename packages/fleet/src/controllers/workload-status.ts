import { isTree, type KubeObject, type Tree, valueAt } from '../api/kube-object.ts'
import { isReady } from './pods.ts'

/** Steps of a roll-out: seen, old and new side by side, new ones ready, given up. */
export type Phase = 'observed' | 'updated' | 'available' | 'stuck'

/** Pods of a workload, told apart by revision. */
export interface Counted {
  readonly fresh: readonly KubeObject[]
  readonly old: readonly KubeObject[]
}

/** How many pods a workload wants; DaemonSets one on each of three nodes. */
export const desiredOf = (object: KubeObject): number =>
  object.kind === 'DaemonSet' ? 3 : Number(valueAt(object, 'spec', 'replicas') ?? 1)

const condition = (type: string, status: string, reason: string, message: string): Tree => {
  const at = new Date().toISOString().replace(/\.\d+/, '')
  return { type, status, reason, message, lastUpdateTime: at, lastTransitionTime: at }
}
const readyOf = (pods: readonly KubeObject[]): number => pods.filter(isReady).length

const progressOf = (object: KubeObject, phase: Phase, replicaSet: string): Tree => {
  if (phase === 'stuck')
    return condition(
      'Progressing',
      'False',
      'ProgressDeadlineExceeded',
      `ReplicaSet "${replicaSet}" has timed out progressing.`,
    )
  // Scaling does not begin a roll-out: the condition of the finished one stays.
  const conditions = valueAt(object, 'status', 'conditions')
  const before = (Array.isArray(conditions) ? conditions : []).filter(isTree).find(({ type }) => type === 'Progressing')
  if (phase === 'available')
    return condition(
      'Progressing',
      'True',
      'NewReplicaSetAvailable',
      `ReplicaSet "${replicaSet}" has successfully progressed.`,
    )
  return before?.['reason'] === 'NewReplicaSetAvailable' && String(before['message']).includes(`"${replicaSet}"`)
    ? before
    : condition('Progressing', 'True', 'ReplicaSetUpdated', `ReplicaSet "${replicaSet}" is progressing.`)
}

const deploymentStatus = (object: KubeObject, phase: Phase, { fresh, old }: Counted, replicaSet: string): Tree => {
  const desired = desiredOf(object)
  const ready = readyOf(fresh) + readyOf(old)
  const isAvailable = ready >= desired - Math.floor(desired / 4)
  return {
    observedGeneration: object.metadata.generation,
    replicas: fresh.length + old.length,
    updatedReplicas: fresh.length,
    readyReplicas: ready,
    availableReplicas: ready,
    unavailableReplicas: Math.max(desired - ready, 0),
    conditions: [
      condition(
        'Available',
        isAvailable ? 'True' : 'False',
        isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
        isAvailable ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
      ),
      progressOf(object, phase, replicaSet),
    ],
  }
}

const statefulStatus = (object: KubeObject, { fresh, old }: Counted, revision: string): Tree => {
  const ready = readyOf(fresh) + readyOf(old)
  const isDone = old.length === 0 && readyOf(fresh) >= desiredOf(object)
  return {
    observedGeneration: object.metadata.generation,
    replicas: fresh.length + old.length,
    readyReplicas: ready,
    availableReplicas: ready,
    currentReplicas: isDone ? fresh.length : old.length,
    updatedReplicas: fresh.length,
    updateRevision: revision,
    currentRevision: isDone ? revision : String(valueAt(object, 'status', 'currentRevision') ?? revision),
    collisionCount: 0,
  }
}

const daemonStatus = (object: KubeObject, { fresh, old }: Counted): Tree => {
  const desired = desiredOf(object)
  const ready = readyOf(fresh) + readyOf(old)
  return {
    observedGeneration: object.metadata.generation,
    desiredNumberScheduled: desired,
    currentNumberScheduled: fresh.length + old.length,
    numberMisscheduled: 0,
    updatedNumberScheduled: fresh.length,
    numberReady: ready,
    numberAvailable: ready,
    numberUnavailable: Math.max(desired - ready, 0),
  }
}

/** Status of a workload as its controller writes it, counted from its pods. */
export const workloadStatus = (object: KubeObject, phase: Phase, counted: Counted, hash: string): Tree => {
  const revision = `${object.metadata.name}-${hash}`
  if (object.kind === 'StatefulSet') return statefulStatus(object, counted, revision)
  return object.kind === 'DaemonSet'
    ? daemonStatus(object, counted)
    : deploymentStatus(object, phase, counted, revision)
}
