import { isObject, type KubernetesObject, valueAt } from './kubernetes-object.ts'

/** Where the pod template of a workload is. */
export const templatePath = (kind: string): readonly string[] =>
  kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template'] : ['spec', 'template']

/** The pod spec of a workload; empty when there is none. */
export const podSpecOf = (object: KubernetesObject): Readonly<Record<string, unknown>> => {
  const spec = valueAt(object, ...templatePath(object.kind), 'spec')
  return isObject(spec) ? spec : {}
}

/** Keyed lists of a pod spec with the keys that strategic merge patches use. */
export const podLists: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  imagePullSecrets: 'name',
}
/** Keyed lists of a container. */
export const containerLists: Readonly<Record<string, string>> = {
  env: 'name',
  ports: 'containerPort',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
}

/** Key of a list element as paths show it: ports of other protocols than TCP carry theirs. */
export const elementKey = (list: string, element: Readonly<Record<string, unknown>>): string => {
  const key = String(element[podLists[list] ?? containerLists[list] ?? 'name'] ?? '')
  if (list !== 'ports') return key
  const protocol = element['protocol'] ?? 'TCP'
  return protocol === 'TCP' ? key : `${key}/${String(protocol)}`
}
