import type { Cluster } from '../api/cluster.ts'
import { isTree, type KubeObject, type Tree, valueAt } from '../api/kube-object.ts'
import { resourceOfKind } from '../api/resources.ts'

const manager = 'kube-controller-manager'
const REVISION = 'deployment.kubernetes.io/revision'
const sets = resourceOfKind('ReplicaSet')

const revisionOf = (object: KubeObject): number => Number(object.metadata.annotations?.[REVISION] ?? 0)

const withRevision = (before: KubeObject, revision: number): KubeObject => ({
  ...before,
  metadata: { ...before.metadata, annotations: { ...before.metadata.annotations, [REVISION]: String(revision) } },
})

const make = (cluster: Cluster, deployment: KubeObject, hash: string, revision: number): KubeObject => {
  const { namespace, name, uid = '', labels = {} } = deployment.metadata
  const template = valueAt(deployment, 'spec', 'template')
  const podLabels = valueAt(template, 'metadata', 'labels')
  const own: Record<string, string> = {
    ...(isTree(podLabels) ? (podLabels as Record<string, string>) : labels),
    'pod-template-hash': hash,
  }
  const matchLabels = valueAt(deployment, 'spec', 'selector', 'matchLabels')
  const object: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      labels: own,
      annotations: { [REVISION]: String(revision) },
      ownerReferences: [{ apiVersion: deployment.apiVersion, kind: 'Deployment', name, uid, controller: true }],
    },
    spec: {
      replicas: 0,
      selector: { matchLabels: { ...(isTree(matchLabels) ? matchLabels : {}), 'pod-template-hash': hash } },
      template: { ...(isTree(template) ? structuredClone(template) : {}), metadata: { labels: own } },
    },
  }
  return cluster.create(sets, namespace, object, { manager })
}

/** The ReplicaSet of a Deployment's template with the newest revision number, made when there is none. `all`: those it has. */
export const currentReplicaSet = (
  cluster: Cluster,
  deployment: KubeObject,
  hash: string,
  all: readonly KubeObject[],
): KubeObject => {
  const newest = Math.max(0, ...all.map(revisionOf))
  const { namespace, name } = deployment.metadata
  const found = all.find((each) => each.metadata.name === `${name}-${hash}`)
  const revision = found !== undefined && revisionOf(found) === newest ? newest : newest + 1
  const set = (kind: 'ReplicaSet' | 'Deployment', object: string): void =>
    void cluster.update(resourceOfKind(kind), namespace, object, (before) => withRevision(before, revision), {
      manager,
    })
  const current = found ?? make(cluster, deployment, hash, revision)
  set('ReplicaSet', current.metadata.name)
  set('Deployment', name)
  prune(cluster, deployment, all)
  return cluster.get(sets, namespace, current.metadata.name)
}

/** Old ReplicaSets over the history limit go. */
const prune = (cluster: Cluster, deployment: KubeObject, all: readonly KubeObject[]): void => {
  const limit = Number(valueAt(deployment, 'spec', 'revisionHistoryLimit') ?? 10)
  const old = all.toSorted((a, b) => revisionOf(b) - revisionOf(a)).slice(limit + 1)
  for (const each of old)
    if (valueAt(each, 'status', 'replicas') === 0) cluster.delete(sets, each.metadata.namespace, each.metadata.name)
}

/** Writes wanted and counted pods of a ReplicaSet. */
export const countReplicaSet = (cluster: Cluster, set: KubeObject, total: number, ready: number): void => {
  const { namespace, name } = set.metadata
  const scale = (before: KubeObject): KubeObject => ({
    ...before,
    spec: { ...(before['spec'] as Tree), replicas: total },
  })
  const scaled = cluster.update(sets, namespace, name, scale, { manager })
  const status = {
    replicas: total,
    fullyLabeledReplicas: total,
    readyReplicas: ready,
    availableReplicas: ready,
    observedGeneration: scaled.metadata.generation,
  }
  cluster.update(sets, namespace, name, (before) => ({ ...before, status }), { manager, subresource: 'status' })
}
