import { createHash, randomUUID } from 'node:crypto'
import type { Cluster } from '../api/cluster.ts'
import { isTree, type KubeObject, type Tree, valueAt } from '../api/kube-object.ts'
import { resourceOfKind } from '../api/resources.ts'

export interface RolloutOptions {
  /** Milliseconds between the steps of a roll-out. */
  readonly stepMs: number
  /** Milliseconds after which a roll-out that cannot succeed has exceeded its deadline. */
  readonly deadlineMs: number
}

const manager = 'kube-controller-manager'
const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 10)
const desiredOf = (object: KubeObject): number =>
  object.kind === 'DaemonSet' ? 3 : Number(valueAt(object, 'spec', 'replicas') ?? 1)
const isBroken = (object: KubeObject): boolean =>
  JSON.stringify(valueAt(object, 'spec', 'template') ?? '').includes('broken')
const condition = (type: string, status: string, reason: string, message: string) => ({
  type,
  status,
  reason,
  message,
  lastUpdateTime: new Date().toISOString().replace(/\.\d+/, ''),
})

/** Steps of a roll-out: seen, old and new side by side, new ones ready. */
type Phase = 'observed' | 'updated' | 'available' | 'stuck'

const deploymentStatus = (object: KubeObject, phase: Phase, desired: number): Tree => {
  const old = phase === 'available' ? 0 : desired
  const updated = phase === 'observed' ? 0 : desired
  const available = phase === 'available' ? desired : old
  const ready = phase === 'available' || old > 0
  const progress =
    phase === 'stuck'
      ? condition(
          'Progressing',
          'False',
          'ProgressDeadlineExceeded',
          `ReplicaSet "${object.metadata.name}" has timed out progressing.`,
        )
      : condition(
          'Progressing',
          'True',
          phase === 'available' ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated',
          phase === 'available' ? 'ReplicaSet has successfully progressed.' : 'ReplicaSet is progressing.',
        )
  return {
    observedGeneration: object.metadata.generation,
    replicas: phase === 'updated' || phase === 'stuck' ? desired + (desired > 0 ? 1 : 0) : desired,
    updatedReplicas: updated,
    readyReplicas: available,
    availableReplicas: available,
    conditions: [
      condition(
        'Available',
        ready ? 'True' : 'False',
        ready ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
        '',
      ),
      progress,
    ],
  }
}

const statefulStatus = (object: KubeObject, phase: Phase, desired: number, revision: string): Tree => ({
  observedGeneration: object.metadata.generation,
  replicas: desired,
  readyReplicas: phase === 'available' ? desired : Math.max(desired - 1, 0),
  availableReplicas: phase === 'available' ? desired : Math.max(desired - 1, 0),
  currentReplicas: phase === 'available' ? desired : 0,
  updatedReplicas: phase === 'observed' ? 0 : desired,
  updateRevision: revision,
  currentRevision: phase === 'available' ? revision : String(valueAt(object, 'status', 'currentRevision') ?? revision),
})

const daemonStatus = (object: KubeObject, phase: Phase, desired: number): Tree => ({
  observedGeneration: object.metadata.generation,
  desiredNumberScheduled: desired,
  currentNumberScheduled: desired,
  numberMisscheduled: 0,
  updatedNumberScheduled: phase === 'observed' ? 0 : desired,
  numberReady: phase === 'available' ? desired : desired - 1,
  numberAvailable: phase === 'available' ? desired : desired - 1,
})

const statusOf = (object: KubeObject, phase: Phase, hash: string): Tree => {
  const desired = desiredOf(object)
  if (object.kind === 'StatefulSet') return statefulStatus(object, phase, desired, `${object.metadata.name}-${hash}`)
  return object.kind === 'DaemonSet' ? daemonStatus(object, phase, desired) : deploymentStatus(object, phase, desired)
}

const podStatus = (object: KubeObject): Tree => {
  const containers = valueAt(object, 'spec', 'template', 'spec', 'containers')
  const broken = isBroken(object)
  const statuses = (Array.isArray(containers) ? containers : []).filter(isTree).map(({ name, image }) => {
    const stuck = broken && String(image).includes('broken')
    const state = stuck
      ? { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${String(image)}"` } }
      : { running: { startedAt: new Date().toISOString() } }
    return { name, image, ready: !stuck, restartCount: 0, state }
  })
  return {
    phase: broken ? 'Pending' : 'Running',
    conditions: [{ type: 'Ready', status: broken ? 'False' : 'True' }],
    containerStatuses: statuses,
  }
}

const replacePods = (cluster: Cluster, object: KubeObject, hash: string): void => {
  const pods = resourceOfKind('Pod')
  const { namespace, name } = object.metadata
  const owner = {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name,
    uid: object.metadata.uid ?? '',
    controller: true,
  }
  for (const pod of cluster.list(pods, namespace)) {
    if (pod.metadata.ownerReferences?.some(({ uid }) => uid === owner.uid) === true)
      cluster.delete(pods, namespace, pod.metadata.name)
  }
  const template = valueAt(object, 'spec', 'template')
  const labels = valueAt(template, 'metadata', 'labels')
  const spec = valueAt(template, 'spec')
  for (let index = 0; index < desiredOf(object); index += 1) {
    const podName = object.kind === 'StatefulSet' ? `${name}-${index}` : `${name}-${hash}-${randomUUID().slice(0, 5)}`
    const metadata = {
      name: podName,
      labels: { ...(isTree(labels) ? (labels as Record<string, string>) : {}), 'pod-template-hash': hash },
      ownerReferences: [owner],
    }
    cluster.create(
      pods,
      namespace,
      { apiVersion: 'v1', kind: 'Pod', metadata, spec: structuredClone(spec), status: podStatus(object) },
      { manager },
    )
  }
}

/** Makes roll-outs happen: status and pods follow every change of a spec, step by step. */
export const startRollouts = (cluster: Cluster, options: RolloutOptions): Disposable => {
  const timers = new Map<string, NodeJS.Timeout>()

  const write = (object: KubeObject, status: Tree): void => {
    const resource = resourceOfKind(object.kind)
    cluster.update(
      resource,
      object.metadata.namespace,
      object.metadata.name,
      (before) => ({ ...before, status: { ...(isTree(before['status']) ? before['status'] : {}), ...status } }),
      { manager, subresource: 'status' },
    )
  }

  const bumpRevision = (object: KubeObject): void => {
    if (object.kind !== 'Deployment') return
    const change = (before: KubeObject): KubeObject => {
      const revision = Number(before.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0) + 1
      return {
        ...before,
        metadata: {
          ...before.metadata,
          annotations: { ...before.metadata.annotations, 'deployment.kubernetes.io/revision': String(revision) },
        },
      }
    }
    cluster.update(resourceOfKind('Deployment'), object.metadata.namespace, object.metadata.name, change, { manager })
  }

  const later = (key: string, ms: number, work: () => void): void => {
    clearTimeout(timers.get(key))
    const timer = setTimeout(() => {
      timers.delete(key)
      work()
    }, ms)
    timers.set(key, timer)
  }

  const step = (key: string, uid: string, phase: Phase, isNewTemplate: boolean): void => {
    const [kind = '', namespace = '', name = ''] = key.split('/')
    const object = cluster.find(resourceOfKind(kind), namespace, name)
    if (object === undefined || object.metadata.uid !== uid) return
    const hash = hashOf(valueAt(object, 'spec', 'template'))
    if (phase === 'observed' && isNewTemplate) bumpRevision(object)
    write(
      cluster.get(resourceOfKind(kind), namespace, name),
      statusOf(cluster.get(resourceOfKind(kind), namespace, name), phase, hash),
    )
    if (phase === 'observed') later(key, options.stepMs, () => step(key, uid, 'updated', isNewTemplate))
    else if (phase === 'updated') {
      if (isNewTemplate) replacePods(cluster, cluster.get(resourceOfKind(kind), namespace, name), hash)
      if (!isBroken(object)) later(key, options.stepMs, () => step(key, uid, 'available', isNewTemplate))
      else if (object.kind === 'Deployment') later(key, options.deadlineMs, () => step(key, uid, 'stuck', false))
    }
  }

  const templates = new Map<string, string>()
  const stop = cluster.onChange(({ type, object }) => {
    if (object.kind !== 'Deployment' && object.kind !== 'StatefulSet' && object.kind !== 'DaemonSet') return
    const key = `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`
    if (type === 'DELETED') return void templates.delete(key)
    if (valueAt(object, 'status', 'observedGeneration') === object.metadata.generation) return
    const spec = `${object.metadata.generation}`
    const template = hashOf(valueAt(object, 'spec', 'template'))
    const [seen, before] = (templates.get(key) ?? '/').split('/')
    if (seen === spec) return
    templates.set(key, `${spec}/${template}`)
    later(key, options.stepMs, () => step(key, object.metadata.uid ?? '', 'observed', before !== template))
  })

  return {
    [Symbol.dispose]: () => {
      stop()
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}
