import { isCustomKind, type Kind, ShownKind } from '@rancher-hub/contracts'

/** Where a kind lives in the Kubernetes API. */
export interface KindEndpoint {
  readonly apiVersion: string
  /** Path of the group version. */
  readonly root: string
  readonly plural: string
}

const core = { apiVersion: 'v1', root: '/api/v1' }
const apps = { apiVersion: 'apps/v1', root: '/apis/apps/v1' }

/** Kinds that are only looked at, around workloads. */
export type NeighbourKind =
  | 'HorizontalPodAutoscaler'
  | 'Pod'
  | 'ReplicaSet'
  | 'Job'
  | 'Event'
  | 'Service'
  | 'ServiceAccount'
  | 'PersistentVolumeClaim'
  | 'Ingress'
  | 'PodDisruptionBudget'

/** Kinds of workloads that clusters have only where somebody installed them. */
export const customKinds = ShownKind.options.filter(isCustomKind)
export type CustomKind = (typeof customKinds)[number]

const argo = { apiVersion: 'argoproj.io/v1alpha1', root: '/apis/argoproj.io/v1alpha1' }
const kruise = { apiVersion: 'apps.kruise.io/v1alpha1', root: '/apis/apps.kruise.io/v1alpha1' }
const kruiseBeta = { apiVersion: 'apps.kruise.io/v1beta1', root: '/apis/apps.kruise.io/v1beta1' }

export const kindEndpoints: Readonly<Record<Kind | NeighbourKind | CustomKind, KindEndpoint>> = {
  Deployment: { ...apps, plural: 'deployments' },
  StatefulSet: { ...apps, plural: 'statefulsets' },
  DaemonSet: { ...apps, plural: 'daemonsets' },
  CronJob: { apiVersion: 'batch/v1', root: '/apis/batch/v1', plural: 'cronjobs' },
  ConfigMap: { ...core, plural: 'configmaps' },
  Secret: { ...core, plural: 'secrets' },
  HorizontalPodAutoscaler: {
    apiVersion: 'autoscaling/v2',
    root: '/apis/autoscaling/v2',
    plural: 'horizontalpodautoscalers',
  },
  Pod: { ...core, plural: 'pods' },
  ReplicaSet: { ...apps, plural: 'replicasets' },
  Job: { apiVersion: 'batch/v1', root: '/apis/batch/v1', plural: 'jobs' },
  Event: { ...core, plural: 'events' },
  Service: { ...core, plural: 'services' },
  ServiceAccount: { ...core, plural: 'serviceaccounts' },
  PersistentVolumeClaim: { ...core, plural: 'persistentvolumeclaims' },
  Ingress: { apiVersion: 'networking.k8s.io/v1', root: '/apis/networking.k8s.io/v1', plural: 'ingresses' },
  PodDisruptionBudget: { apiVersion: 'policy/v1', root: '/apis/policy/v1', plural: 'poddisruptionbudgets' },
  Rollout: { ...argo, plural: 'rollouts' },
  CloneSet: { ...kruise, plural: 'clonesets' },
  AdvancedStatefulSet: { ...kruiseBeta, plural: 'statefulsets' },
  // Also served as v1beta1 by the newest versions; this one by all.
  AdvancedDaemonSet: { ...kruise, plural: 'daemonsets' },
}

/** The kinds that the hub compares and syncs. */
export const syncedKinds: readonly Kind[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'ConfigMap', 'Secret']

/** Path of all objects of a kind in a namespace (undefined: in the whole cluster), or of one of them. */
export const objectPath = (
  kind: keyof typeof kindEndpoints,
  namespace: string | undefined,
  name?: string | undefined,
): string => {
  const { root, plural } = kindEndpoints[kind]
  const within = namespace === undefined ? root : `${root}/namespaces/${encodeURIComponent(namespace)}`
  const collection = `${within}/${plural}`
  return name === undefined ? collection : `${collection}/${encodeURIComponent(name)}`
}
