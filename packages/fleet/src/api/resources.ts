/** A kind that the simulated API serves. */
export interface Resource {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
}
const of = (groupVersion: string, plural: string, kind: string, namespaced = true): Resource => {
  const [first = '', second] = groupVersion.split('/')
  return { group: second === undefined ? '' : first, version: second ?? first, plural, kind, namespaced }
}

export const resources: readonly Resource[] = [
  of('v1', 'namespaces', 'Namespace', false),
  of('v1', 'nodes', 'Node', false),
  of('v1', 'configmaps', 'ConfigMap'),
  of('v1', 'secrets', 'Secret'),
  of('v1', 'services', 'Service'),
  of('v1', 'serviceaccounts', 'ServiceAccount'),
  of('v1', 'pods', 'Pod'),
  of('v1', 'events', 'Event'),
  of('v1', 'persistentvolumeclaims', 'PersistentVolumeClaim'),
  of('apps/v1', 'deployments', 'Deployment'),
  of('apps/v1', 'statefulsets', 'StatefulSet'),
  of('apps/v1', 'daemonsets', 'DaemonSet'),
  of('apps/v1', 'replicasets', 'ReplicaSet'),
  of('batch/v1', 'cronjobs', 'CronJob'),
  of('batch/v1', 'jobs', 'Job'),
  of('networking.k8s.io/v1', 'ingresses', 'Ingress'),
  of('policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget'),
  of('autoscaling/v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler'),
  // As where Argo Rollouts is installed; nothing acts on them.
  of('argoproj.io/v1alpha1', 'rollouts', 'Rollout'),
]

export const groupVersionOf = (resource: Resource): string =>
  resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
/** `deployments.apps`, as error messages name resources. */
export const qualifiedName = (resource: Resource): string =>
  resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`
export const resourceOfKind = (kind: string): Resource => {
  const found = resources.find((each) => each.kind === kind)
  if (found === undefined) throw new Error(`The simulator serves no ${kind}`)
  return found
}

/** What a request path names. */
export interface Target {
  readonly resource: Resource
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly subresource?: string | undefined
}

/** Reads an API path; undefined when nothing is served there. */
export const parsePath = (path: string): Target | undefined => {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent)
  const group = parts[0] === 'apis' ? parts[1] : ''
  const rest = parts[0] === 'apis' ? parts.slice(2) : parts.slice(1)
  if (parts[0] !== 'api' && parts[0] !== 'apis') return undefined
  const [version, ...inner] = rest
  const scoped = inner[0] === 'namespaces' && inner.length > 2
  const namespace = scoped ? inner[1] : undefined
  const [plural, name, subresource] = scoped ? inner.slice(2) : inner
  const resource = resources.find((each) => each.group === group && each.version === version && each.plural === plural)
  if (resource === undefined || (scoped && !resource.namespaced)) return undefined
  if (resource.namespaced && namespace === undefined && name !== undefined) return undefined
  return { resource, namespace, name, subresource }
}
