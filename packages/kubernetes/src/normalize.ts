import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import {
  isObject,
  isWorkloadKind,
  type Json,
  type JsonObject,
  type KubernetesObject,
  objectsIn,
} from './kubernetes-object.ts'
import { drop, foreignAnnotations, foreignLabels, type Loose } from './normalize-parts.ts'
import { workload } from './normalize-workload.ts'
import { podSpecOf } from './workload-layout.ts'

/** What is compared: no cluster-owned field, defaults dropped, keyed lists as maps. Digests are made of this. */
export type Normalized = JsonObject

export interface NormalizeOptions {
  /** Keyed digest of one Secret value; decoded bytes. Needed for Secrets. */
  readonly secretDigest?: ((key: string, value: Buffer) => string) | undefined
}

/** Empty and null mean absent; an empty `emptyDir` means something. */
const prune = (value: unknown, key = ''): Json | undefined => {
  if (value === null || value === undefined) return undefined
  if (Array.isArray(value)) {
    const items = value.map((item) => prune(item) ?? null)
    return items.length === 0 ? undefined : items
  }
  if (!isObject(value)) return value as Json
  const entries: (readonly [string, Json])[] = []
  for (const inner of Object.keys(value)) {
    const pruned = prune(value[inner], inner)
    if (pruned !== undefined) entries.push([inner, pruned])
  }
  if (entries.length === 0 && key !== 'emptyDir') return undefined
  return Object.fromEntries(entries)
}

const secret = (object: KubernetesObject, options: NormalizeOptions): Loose => {
  const digest = options.secretDigest
  if (digest === undefined) throw new Error('A Secret cannot be normalized without a keyed digest')
  const data = isObject(object['data']) ? object['data'] : {}
  return {
    type: object['type'] === 'Opaque' ? undefined : object['type'],
    immutable: object['immutable'] === true ? true : undefined,
    data: Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, digest(key, Buffer.from(String(value), 'base64'))]),
    ),
  }
}

const configMap = (object: KubernetesObject): Loose => ({
  data: object['data'],
  binaryData: object['binaryData'],
  immutable: object['immutable'] === true ? true : undefined,
})

/** Text maps keep empty values: a key with an empty value is a key. */
const keepEmpty = (value: unknown): Json | undefined =>
  isObject(value) && Object.keys(value).length > 0
    ? (Object.fromEntries(Object.entries(value)) as JsonObject)
    : undefined

/** Canonical form of an object: what is compared, and what digests are made of. Secret values are not in it. */
export const normalize = (object: KubernetesObject, options: NormalizeOptions = {}): Normalized => {
  const content = isWorkloadKind(object.kind)
    ? workload(object)
    : object.kind === 'Secret'
      ? secret(object, options)
      : configMap(object)
  const pruned = prune({
    kind: object.kind,
    ...content,
    labels: drop(object.metadata.labels, foreignLabels),
    annotations: drop(object.metadata.annotations, foreignAnnotations),
  })
  const base = isObject(pruned) ? (pruned as JsonObject) : {}
  const data = isWorkloadKind(object.kind) ? undefined : keepEmpty(content['data'])
  return data === undefined ? base : { ...base, data }
}

/** RFC 8785 form of normalized content: equal contents, equal texts. */
export const canonicalText = (normalized: Normalized): string => canonicalize(normalized) ?? ''

/** Digest of a canonical text. */
export const digestOfText = (text: string): string => `sha256:${hash('sha256', text, 'hex')}`

/** Digest of normalized content: SHA-256 over its RFC 8785 form. */
export const digestOf = (normalized: Normalized): string => digestOfText(canonicalText(normalized))

/** Digest of one ConfigMap or Secret value, for lists of keys. Secret values are keyed digests already. */
const keyDigest = (value: Json): string => hash('sha256', String(value), 'buffer').toString('hex', 0, 16)

export interface ObjectContentSummary {
  readonly images: Record<string, string>
  readonly replicas?: number | undefined
  readonly keys: Record<string, string>
}

/** What lists show of an object. `images` are as written in the object, not canonical. */
export const summaryOf = (object: KubernetesObject, normalized: Normalized): ObjectContentSummary => {
  const spec = podSpecOf(object)
  const imagesOf = (list: string, prefix: string) =>
    objectsIn(spec[list]).map(({ name, image }) => [`${prefix}${String(name)}`, String(image ?? '')] as const)
  const replicas = normalized['replicas']
  const entries = (field: string) =>
    Object.entries(isObject(normalized[field]) ? (normalized[field] as JsonObject) : {})
  const keys = isWorkloadKind(object.kind)
    ? []
    : [...entries('data'), ...entries('binaryData')].map(([key, value]) => [key, keyDigest(value)] as const)
  return {
    images: Object.fromEntries([...imagesOf('containers', ''), ...imagesOf('initContainers', 'init:')]),
    ...(typeof replicas === 'number' ? { replicas } : {}),
    keys: Object.fromEntries(keys),
  }
}
