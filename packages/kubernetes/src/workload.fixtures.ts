import { isObject, type Json, type JsonObject, type KubernetesObject } from './kubernetes-object.ts'

/** A Deployment as a person would write it; give the containers that matter. */
export const deployment = (
  containers: readonly object[],
  spec: JsonObject = {},
  metadata: JsonObject = {},
): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'cart', namespace: 'shop', uid: 'u-1', resourceVersion: '7', ...metadata },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'cart' } },
    template: { metadata: { labels: { app: 'cart' } }, spec: { containers } },
    ...spec,
  },
})

export const configMap = (data: Record<string, string>, extra: JsonObject = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'shop-settings', uid: 'u-2', resourceVersion: '8' },
  data,
  ...extra,
})

export const secret = (data: Record<string, string>, extra: JsonObject = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'Opaque',
  metadata: { name: 'shop-db', uid: 'u-3', resourceVersion: '9' },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  ...extra,
})

const mergeKeys: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  volumes: 'name',
  imagePullSecrets: 'name',
  env: 'name',
  ports: 'containerPort',
  volumeMounts: 'mountPath',
}

const mergeList = (list: readonly Json[], patch: readonly Json[], key: string): Json[] => {
  const merged = [...list]
  for (const element of patch) {
    if (!isObject(element)) continue
    const index = merged.findIndex((each) => isObject(each) && each[key] === element[key])
    if (index < 0) merged.push(applyMerge({}, element as JsonObject))
    else merged[index] = applyMerge(merged[index] as JsonObject, element as JsonObject)
  }
  return merged
}

/** What an API server does with our strategic merge patches (merge keys only) and JSON merge patches. */
export const applyMerge = (object: JsonObject, patch: JsonObject): JsonObject => {
  const result: Record<string, Json> = { ...object }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$setElementOrder/')) continue
    const before = result[key]
    const listKey = mergeKeys[key]
    if (value === null) delete result[key]
    else if (Array.isArray(value) && listKey !== undefined)
      result[key] = mergeList(Array.isArray(before) ? before : [], value, listKey)
    else if (isObject(value))
      result[key] = applyMerge(isObject(before) ? (before as JsonObject) : {}, value as JsonObject)
    else result[key] = value
  }
  return result
}
