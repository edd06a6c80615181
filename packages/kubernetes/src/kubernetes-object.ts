/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** One entry of `metadata.managedFields`. */
export interface ManagedFieldsEntry {
  readonly manager?: string | undefined
  readonly operation?: string | undefined
  readonly time?: string | undefined
  readonly subresource?: string | undefined
  readonly fieldsV1?: JsonObject | undefined
}

export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string | undefined
  readonly uid?: string | undefined
  readonly resourceVersion?: string | undefined
  readonly generation?: number | undefined
  readonly creationTimestamp?: string | null | undefined
  readonly deletionTimestamp?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
  readonly ownerReferences?:
    | readonly { readonly kind: string; readonly name: string; readonly controller?: boolean | undefined }[]
    | undefined
  readonly managedFields?: readonly ManagedFieldsEntry[] | undefined
  readonly [key: string]: unknown
}

/** A Kubernetes object as its API server sends it. */
export interface KubernetesObject {
  readonly apiVersion?: string | undefined
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [key: string]: unknown
}

export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'] as const
export const configKinds = ['ConfigMap', 'Secret'] as const
export type WorkloadKind = (typeof workloadKinds)[number]
export type ConfigKind = (typeof configKinds)[number]
export type SyncableKind = WorkloadKind | ConfigKind

export const isWorkloadKind = (kind: string): kind is WorkloadKind =>
  (workloadKinds as readonly string[]).includes(kind)
export const isConfigKind = (kind: string): kind is ConfigKind => (configKinds as readonly string[]).includes(kind)

/** Where a kind lives in the API. */
export interface Resource {
  readonly apiVersion: string
  readonly plural: string
  /** Path of the list in a namespace, or of one object. */
  path(namespace: string, name?: string): string
}

const resource = (apiVersion: string, plural: string): Resource => ({
  apiVersion,
  plural,
  path: (namespace, name) => {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
    const list = `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
    return name === undefined ? list : `${list}/${encodeURIComponent(name)}`
  },
})

const resources: Readonly<Record<SyncableKind, Resource>> = {
  Deployment: resource('apps/v1', 'deployments'),
  StatefulSet: resource('apps/v1', 'statefulsets'),
  DaemonSet: resource('apps/v1', 'daemonsets'),
  CronJob: resource('batch/v1', 'cronjobs'),
  ConfigMap: resource('v1', 'configmaps'),
  Secret: resource('v1', 'secrets'),
}

/** Where a kind lives in the API. */
export const resourceOf = (kind: SyncableKind): Resource => resources[kind]

/** Narrowing for JSON that came from an API server. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Value at a list of keys; undefined where the way ends. */
export const valueAt = (value: unknown, ...keys: readonly string[]): unknown =>
  keys.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value)

const groupOf = (apiVersion: string): string => apiVersion.split('/')[0] ?? ''

/** Whether two kinds of one name may be the same: versions of a group are; a group that is not told may be any. */
export const isSameGroup = (a: unknown, b: unknown): boolean =>
  typeof a !== 'string' || typeof b !== 'string' || groupOf(a) === groupOf(b)

/** Objects of a list; anything else is left out. */
export const objectsIn = (value: unknown): Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter(isObject) : []
