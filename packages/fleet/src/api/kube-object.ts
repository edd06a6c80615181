/** A Kubernetes object inside the simulator: plain JSON. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: KubeMeta
  [key: string]: unknown
}
export interface KubeMeta {
  name: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[]
  managedFields?: ManagedEntry[]
  [key: string]: unknown
}
export interface ManagedEntry {
  manager: string
  operation: 'Update'
  apiVersion: string
  time: string
  fieldsType: 'FieldsV1'
  fieldsV1: Tree
  subresource?: string
}
export type Tree = { [key: string]: unknown }

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
export const clone = <T>(value: T): T => structuredClone(value)
/** Inner object at a key, made when it is missing. */
export const childAt = (tree: Tree, key: string): Tree => {
  const child = tree[key]
  if (isTree(child)) return child
  const made: Tree = {}
  tree[key] = made
  return made
}
/** Value at a list of keys. */
export const valueAt = (value: unknown, ...keys: string[]): unknown =>
  keys.reduce<unknown>((inner, key) => (isTree(inner) ? inner[key] : undefined), value)

/** Merge keys of built-in lists (`patchMergeKey` in the API's own types). */
export const mergeKeys: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  imagePullSecrets: 'name',
  env: 'name',
  ports: 'containerPort',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  hostAliases: 'ip',
  conditions: 'type',
  ownerReferences: 'uid',
}
