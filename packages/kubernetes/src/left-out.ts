import { isConfigKind, type KubernetesObject } from './kubernetes-object.ts'

/** Why an object is left out of inventory and comparison by default. */
export type LeftOutReason =
  | 'cluster-certificate'
  | 'service-account-token'
  | 'helm-release'
  | 'bootstrap-token'
  | 'owned-by-controller'
  | 'being-deleted'

const clusterCertificates = new Set(['kube-root-ca.crt', 'istio-ca-root-cert', 'openshift-service-ca.crt'])
const secretTypes: Readonly<Record<string, LeftOutReason>> = {
  'kubernetes.io/service-account-token': 'service-account-token',
  'helm.sh/release.v1': 'helm-release',
  'bootstrap.kubernetes.io/token': 'bootstrap-token',
}

/** Why this object is no subject of a sync, if it is not: the cluster or a controller makes it. */
export const leftOutReason = (object: KubernetesObject): LeftOutReason | undefined => {
  const { metadata } = object
  if (object.kind === 'ConfigMap' && clusterCertificates.has(metadata.name)) return 'cluster-certificate'
  if (object.kind === 'Secret' && typeof object['type'] === 'string') {
    const reason = secretTypes[object['type']]
    if (reason !== undefined) return reason
  }
  if (
    isConfigKind(object.kind) &&
    metadata.labels?.['owner'] === 'helm' &&
    metadata.name.startsWith('sh.helm.release.v1.')
  )
    return 'helm-release'
  if (metadata.ownerReferences?.some((owner) => owner.controller === true) === true) return 'owned-by-controller'
  if (metadata.deletionTimestamp !== undefined) return 'being-deleted'
  return undefined
}
