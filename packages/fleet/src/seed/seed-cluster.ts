import type { Cluster } from '../api/cluster.ts'
import type { KubeObject } from '../api/kube-object.ts'
import { resourceOfKind } from '../api/resources.ts'
import { seedPast } from './runs.ts'
import { manyWorkloads, type Stage, shopObjects } from './shop.ts'

/** Makes a namespace, in a Rancher project when one is given. */
export const makeNamespace = (cluster: Cluster, name: string, projectId?: string): void => {
  const metadata = {
    name,
    ...(projectId === undefined ? {} : { annotations: { 'field.cattle.io/projectId': projectId } }),
  }
  cluster.create(
    resourceOfKind('Namespace'),
    undefined,
    { apiVersion: 'v1', kind: 'Namespace', metadata },
    { manager: 'rancher' },
  )
}

/** Puts objects into a namespace as `kubectl apply` would. */
export const applyAll = (cluster: Cluster, namespace: string, objects: readonly KubeObject[]): void => {
  for (const object of objects)
    cluster.create(resourceOfKind(object.kind), namespace, object, { manager: 'kubectl-client-side-apply' })
}

/** Somebody's hand edit, as drift that nobody planned. */
const editByHand = (cluster: Cluster, namespace: string): void => {
  const change = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, 'hotfix-by': 'night-shift' } },
  })
  cluster.update(resourceOfKind('Deployment'), namespace, 'reviews', change, { manager: 'kubectl-edit' })
}

/** The shop in one stage of one cluster, with its drift. */
export const seedShop = (
  cluster: Cluster,
  namespace: string,
  stage: Stage,
  options: { readonly projectId?: string | undefined; readonly workloads?: number | undefined } = {},
): void => {
  makeNamespace(cluster, namespace, options.projectId)
  applyAll(cluster, namespace, [...shopObjects(stage), ...manyWorkloads(options.workloads ?? 0, stage)])
  seedPast(cluster, namespace, Date.now())
  if (stage === 'production') editByHand(cluster, namespace)
}
