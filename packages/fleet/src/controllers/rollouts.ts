import type { Cluster } from '../api/cluster.ts'
import { isTree, type KubeObject, type Tree, valueAt } from '../api/kube-object.ts'
import { resourceOfKind } from '../api/resources.ts'
import { followOwners } from './owned.ts'
import { isDoomed, isReady, isStarting, isUnschedulable, nodeFor, podStatus } from './pods.ts'
import { createRecorder } from './record-events.ts'
import { countReplicaSet, currentReplicaSet } from './replica-sets.ts'
import { generatedName, hashOf } from './safe-names.ts'
import { tellStart } from './tell-start.ts'
import { type Counted, desiredOf, type Phase, workloadStatus } from './workload-status.ts'

export interface RolloutOptions {
  /** Milliseconds between the steps of a roll-out. */
  readonly stepMs: number
  /** Milliseconds after which a roll-out that cannot succeed has exceeded its deadline. */
  readonly deadlineMs: number
}

const manager = 'kube-controller-manager'
const kinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet'])
const pods = resourceOfKind('Pod')
const templateOf = (object: KubeObject): unknown => valueAt(object, 'spec', 'template')
const revisionLabel = (kind: string): string =>
  kind === 'Deployment' ? 'pod-template-hash' : 'controller-revision-hash'

/** Makes roll-outs happen: ReplicaSets, pods, events and status follow every change of a spec, step by step. */
export const startRollouts = (cluster: Cluster, options: RolloutOptions): Disposable => {
  const timers = new Map<string, NodeJS.Timeout>()
  const record = createRecorder(cluster)
  const owned = followOwners(cluster)
  const setsOf = (object: KubeObject): KubeObject[] =>
    object.kind === 'Deployment' ? owned.of('ReplicaSet', object.metadata.uid) : []

  /** Value of the revision label of new pods. */
  const revisionOf = (object: KubeObject): string => {
    const hash = hashOf(templateOf(object))
    return object.kind === 'StatefulSet' ? `${object.metadata.name}-${hash}` : hash
  }

  const podsOf = (object: KubeObject): Counted => {
    const owners = [object, ...setsOf(object)]
    const own = owners.flatMap(({ metadata }) => owned.of('Pod', metadata.uid))
    const isFresh = (pod: KubeObject): boolean =>
      pod.metadata.labels?.[revisionLabel(object.kind)] === revisionOf(object)
    return { fresh: own.filter(isFresh), old: own.filter((pod) => !isFresh(pod)) }
  }

  const write = (object: KubeObject, phase: Phase): void => {
    const counted = podsOf(object)
    const status = workloadStatus(object, phase, counted, hashOf(templateOf(object)))
    const { namespace, name } = object.metadata
    const changed = (before: KubeObject): KubeObject => ({
      ...before,
      status: { ...(isTree(before['status']) ? before['status'] : {}), ...status },
    })
    cluster.update(resourceOfKind(object.kind), namespace, name, changed, { manager, subresource: 'status' })
    for (const set of setsOf(object)) {
      const own = owned.of('Pod', set.metadata.uid)
      countReplicaSet(cluster, set, own.length, own.filter(isReady).length)
    }
  }

  const makePod = (object: KubeObject, owner: KubeObject, name: string): void => {
    const template = templateOf(object)
    const labels = valueAt(template, 'metadata', 'labels')
    const spec = structuredClone(valueAt(template, 'spec')) as Tree
    const { kind, apiVersion } = owner
    const nodeName = nodeFor(name, spec)
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        labels: {
          ...(isTree(labels) ? (labels as Record<string, string>) : {}),
          [revisionLabel(object.kind)]: revisionOf(object),
        },
        ownerReferences: [
          { apiVersion, kind, name: owner.metadata.name, uid: owner.metadata.uid ?? '', controller: true },
        ],
      },
      spec: { ...spec, ...(nodeName === undefined ? {} : { nodeName }) },
    }
    const made = cluster.create(pods, object.metadata.namespace, { ...pod, status: podStatus(pod, false) }, { manager })
    record(owner, { reason: 'SuccessfulCreate', message: `Created pod: ${name}`, source: 'replicaset-controller' })
    if (isUnschedulable(spec)) {
      record(made, {
        type: 'Warning',
        reason: 'FailedScheduling',
        message: '0/3 nodes are available: 3 Insufficient cpu.',
        source: 'default-scheduler',
      })
    } else
      record(made, {
        reason: 'Scheduled',
        message: `Successfully assigned ${object.metadata.namespace}/${name} to ${nodeName}`,
        source: 'default-scheduler',
      })
  }

  const remove = (pod: KubeObject): void => void cluster.delete(pods, pod.metadata.namespace, pod.metadata.name)

  /** What of the new revision is made before the old goes: all of it, or as much as a bad one may take. */
  const share = (object: KubeObject, isFirst: boolean): number => {
    const desired = desiredOf(object)
    if (isFirst || !isDoomed(templateOf(object))) return desired
    return object.kind === 'Deployment'
      ? Math.min(desired, Math.ceil(desired / 4) + Math.floor(desired / 4))
      : Math.min(desired, 1)
  }

  const makePods = (object: KubeObject): void => {
    const { name } = object.metadata
    const { fresh, old } = podsOf(object)
    const wanted = share(object, old.length === 0)
    for (const pod of fresh.slice(desiredOf(object))) remove(pod)
    if (object.kind === 'Deployment') {
      const set = currentReplicaSet(cluster, object, hashOf(templateOf(object)), setsOf(object))
      if (fresh.length < wanted)
        record(object, {
          reason: 'ScalingReplicaSet',
          message: `Scaled up replica set ${set.metadata.name} from ${fresh.length} to ${wanted}`,
          source: 'deployment-controller',
        })
      for (let index = fresh.length; index < wanted; index += 1) makePod(object, set, generatedName(set.metadata.name))
      const kept = isDoomed(templateOf(object)) ? desiredOf(object) - Math.floor(desiredOf(object) / 4) : old.length
      for (const pod of old.slice(kept)) remove(pod)
      return
    }
    const names = Array.from({ length: desiredOf(object) }, (_, index) => `${name}-${index}`).reverse()
    for (let index = fresh.length; index < wanted; index += 1) {
      const place = names[index] ?? ''
      const replaced = object.kind === 'StatefulSet' ? old.find((pod) => pod.metadata.name === place) : old[index]
      if (replaced !== undefined) remove(replaced)
      makePod(object, object, object.kind === 'StatefulSet' ? place : generatedName(name))
    }
  }

  /** Containers had time to start: each becomes what its image lets it. */
  const startPods = (object: KubeObject): void => {
    const { fresh, old } = podsOf(object)
    for (const pod of [...fresh, ...old].filter(isStarting)) {
      const { namespace, name } = pod.metadata
      const status = podStatus(pod, true)
      cluster.update(pods, namespace, name, (before) => ({ ...before, status }), {
        manager: 'kubelet',
        subresource: 'status',
      })
      for (const told of tellStart(pod, status)) record(pod, told)
    }
  }

  const retireOld = (object: KubeObject): void => {
    const { old } = podsOf(object)
    for (const pod of old) remove(pod)
    if (old.length > 0 && object.kind === 'Deployment')
      record(object, {
        reason: 'ScalingReplicaSet',
        message: `Scaled down old replica sets from ${old.length} to 0`,
        source: 'deployment-controller',
      })
  }

  const later = (key: string, ms: number, work: () => void): void => {
    clearTimeout(timers.get(key))
    const timer = setTimeout(() => {
      timers.delete(key)
      work()
    }, ms)
    timers.set(key, timer)
  }

  const step = (key: string, uid: string, phase: Phase): void => {
    const [kind = '', namespace = '', name = ''] = key.split('/')
    const find = (): KubeObject | undefined => cluster.find(resourceOfKind(kind), namespace, name)
    const object = find()
    if (object === undefined || object.metadata.uid !== uid) return
    if (phase === 'updated') makePods(object)
    if (phase === 'available') startPods(object)
    const isGood = !isDoomed(templateOf(object))
    if (phase === 'available' && isGood) retireOld(object)
    write(find() ?? object, phase === 'available' && !isGood ? 'updated' : phase)
    if (phase === 'observed') later(key, options.stepMs, () => step(key, uid, 'updated'))
    else if (phase === 'updated') later(key, options.stepMs, () => step(key, uid, 'available'))
    else if (phase === 'available' && !isGood && kind === 'Deployment')
      later(key, options.deadlineMs, () => step(key, uid, 'stuck'))
  }

  const end = (object: KubeObject): void => {
    const sets = setsOf(object)
    for (const each of [object, ...sets].flatMap(({ metadata }) => owned.of('Pod', metadata.uid))) remove(each)
    for (const { metadata } of sets) cluster.delete(resourceOfKind('ReplicaSet'), metadata.namespace, metadata.name)
  }

  const makeAccount = (namespace: string): void => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
    cluster.create(resourceOfKind('ServiceAccount'), namespace, account, { manager })
  }

  const seen = new Map<string, number>()
  const stop = cluster.onChange(({ type, object }) => {
    if (object.kind === 'Namespace' && type === 'ADDED') return makeAccount(object.metadata.name)
    if (!kinds.has(object.kind)) return
    const key = `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`
    if (type === 'DELETED') {
      seen.delete(key)
      // With its namespace everything goes anyway.
      if (cluster.find(resourceOfKind('Namespace'), undefined, object.metadata.namespace ?? '') !== undefined)
        end(object)
      return
    }
    const generation = object.metadata.generation ?? 0
    if (valueAt(object, 'status', 'observedGeneration') === generation || seen.get(key) === generation) return
    seen.set(key, generation)
    later(key, options.stepMs, () => step(key, object.metadata.uid ?? '', 'observed'))
  })

  return {
    [Symbol.dispose]: () => {
      stop()
      owned[Symbol.dispose]()
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}
