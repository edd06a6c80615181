import {
  isObject,
  isWorkloadKind,
  type JsonObject,
  type KubernetesObject,
  resourceOf,
  type SyncableKind,
} from './kubernetes-object.ts'

const foreign =
  /^(kubectl\.kubernetes\.io\/|deployment\.kubernetes\.io\/|deprecated\.daemonset\.template\.generation|field\.cattle\.io\/|cattle\.io\/|lifecycle\.cattle\.io\/|authz\.|management\.cattle\.io\/|objectset\.rio\.cattle\.io\/|meta\.helm\.sh\/|argocd\.argoproj\.io\/|kustomize\.toolkit\.fluxcd\.io\/|helm\.toolkit\.fluxcd\.io\/)/

const own = (map: Readonly<Record<string, string>> | undefined): JsonObject =>
  Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => !foreign.test(key)))

/** Drops what only the cluster knows from a template: creation time, hashes of controllers. */
const cleanTemplate = (template: unknown): unknown => {
  if (!isObject(template)) return template
  const metadata = isObject(template['metadata']) ? template['metadata'] : {}
  const { creationTimestamp: _, annotations, ...rest } = metadata
  return {
    ...template,
    metadata: {
      ...rest,
      ...(isObject(annotations) ? { annotations: own(annotations as Record<string, string>) } : {}),
    },
  }
}

const cleanSpec = (kind: string, spec: unknown): unknown => {
  if (!isObject(spec)) return spec
  if (kind !== 'CronJob') return { ...spec, template: cleanTemplate(spec['template']) }
  const job = isObject(spec['jobTemplate']) ? spec['jobTemplate'] : {}
  const jobSpec = isObject(job['spec']) ? job['spec'] : {}
  return { ...spec, jobTemplate: { spec: { ...jobSpec, template: cleanTemplate(jobSpec['template']) } } }
}

/**
 * The object to create in another namespace: without uid, status, owners, finalizers, and without annotations of
 * clusters and delivery tools.
 */
export const buildCreate = (source: KubernetesObject, namespace: string): JsonObject => {
  const { metadata, status: _, spec, kind, apiVersion: __, ...rest } = source
  const labels = own(metadata.labels)
  const annotations = own(metadata.annotations)
  return {
    apiVersion: resourceOf(kind as SyncableKind).apiVersion,
    kind,
    metadata: {
      name: metadata.name,
      namespace,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    ...(isWorkloadKind(kind) ? { spec: cleanSpec(kind, spec) } : rest),
  } as JsonObject
}
