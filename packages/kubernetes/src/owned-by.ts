import type { KubernetesObject } from './kubernetes-object.ts'

/** The delivery tool that owns an object and may undo foreign changes, if one does. */
export const ownedBy = (object: KubernetesObject): string | undefined => {
  const labels = object.metadata.labels ?? {}
  const annotations = object.metadata.annotations ?? {}
  const has = (prefix: string): boolean =>
    [...Object.keys(labels), ...Object.keys(annotations)].some((key) => key.startsWith(prefix))
  if (has('argocd.argoproj.io/')) return 'Argo CD'
  if (has('kustomize.toolkit.fluxcd.io/') || has('helm.toolkit.fluxcd.io/')) return 'Flux'
  if (has('fleet.cattle.io/') || annotations['objectset.rio.cattle.io/owner-gvk']?.includes('fleet') === true)
    return 'Rancher Fleet'
  if (labels['app.kubernetes.io/managed-by'] === 'Helm' || 'meta.helm.sh/release-name' in annotations) return 'Helm'
  if (has('reconcile.external-secrets.io/')) return 'External Secrets'
  if (has('sealedsecrets.bitnami.com/')) return 'Sealed Secrets'
  if (has('cert-manager.io/')) return 'cert-manager'
  const controller = object.metadata.ownerReferences?.find((owner) => owner.controller === true)
  return controller === undefined ? undefined : `${controller.kind} ${controller.name}`
}
