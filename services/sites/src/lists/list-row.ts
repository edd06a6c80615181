import type { AppInstance, Drift, WorkloadRow } from '@rancher-hub/contracts'
import type { Normalized } from '@rancher-hub/kubernetes'
import type { ObservedObject } from '../inventory/observed-object.ts'

/** What lists need of an observed object. */
export type ListedObject = Omit<
  ObservedObject,
  'kind' | 'rollout' | 'generation' | 'content' | 'replicas' | 'digest'
> & {
  readonly kind: string
  /** Of kinds that are only shown: they may be called as others are. */
  readonly apiVersion?: string | undefined
  /** Absent for kinds that are only shown: they are not compared. */
  readonly digest?: string | undefined
  /** What is compared, made anew each time it is asked for; absent as the digest is. */
  readonly content?: Normalized | undefined
}

/** The kind as rows are told apart by. */
export const kindKey = ({ kind, apiVersion }: Pick<ListedObject, 'kind' | 'apiVersion'>): string =>
  apiVersion === undefined ? kind : `${apiVersion} ${kind}`

/** How a workload does. */
export interface WorkloadLife {
  readonly status: WorkloadRow['status']
  readonly ready: number | undefined
  readonly desired: number | undefined
  readonly restarts: number | undefined
  readonly autoscaled: boolean
}
/** What is read from content once: it is made anew each time it is asked for. */
export interface ConfigFacts {
  /** Of Secrets; else ''. */
  readonly type: string
  /** Of ConfigMaps; the size of a Secret is not told. */
  readonly bytes: number | undefined
}
/** An object with what its surroundings and its content say of it. */
export type SeenObject =
  | { readonly object: ListedObject; readonly life: WorkloadLife }
  | { readonly object: ListedObject; readonly config: ConfigFacts }

/** What both lists find, count and order rows by. There are very many: what can be read from the object is not in it. */
export interface ListRow {
  readonly instance: AppInstance
  readonly object: ListedObject
  readonly drift: Drift
}
export interface WorkloadListRow extends ListRow, WorkloadLife {
  /** The first, in lower case. */
  readonly image: string
}
export interface ConfigListRow extends ListRow, ConfigFacts {
  readonly keyCount: number
  /** Workloads that read it; undefined: not known. */
  readonly usedBy: number | undefined
}

/** Status of kinds that nobody knows one of. */
export const unknownStatus: WorkloadRow['status'] = {
  state: 'unknown',
  message: 'How objects of this kind do is not known',
}

/** Bytes of a ConfigMap's data; what is in `binaryData` is Base64. */
const sizeOf = (content: ObservedObject['content']): number => {
  let bytes = 0
  for (const field of ['data', 'binaryData']) {
    for (const [key, value] of Object.entries(content[field] ?? {}))
      bytes += Buffer.byteLength(key) + Buffer.byteLength(String(value), field === 'data' ? 'utf8' : 'base64')
  }
  return bytes
}

/** What the list of config needs of an object's content. */
export const configFacts = ({ kind, content }: Pick<ObservedObject, 'kind' | 'content'>): ConfigFacts =>
  kind === 'Secret'
    ? { type: String(content['type'] ?? 'Opaque'), bytes: undefined }
    : { type: '', bytes: sizeOf(content) }

/** What a row says of its place. */
export interface RowPlace {
  readonly instance: AppInstance
  readonly drift: Drift
}

/** The row of a workload. */
export const workloadRow = (
  { instance, drift }: RowPlace,
  object: ListedObject,
  { status: { state, message }, ready, desired, restarts, autoscaled }: WorkloadLife,
): WorkloadListRow => {
  const image = Object.values(object.images)[0]?.toLowerCase() ?? ''
  return { instance, object, drift, status: { state, message }, ready, desired, restarts, autoscaled, image }
}

/** The row of a ConfigMap or Secret. */
export const configRow = (
  { instance, drift }: RowPlace,
  object: ListedObject,
  { type, bytes }: ConfigFacts,
  usedBy: number | undefined,
): ConfigListRow => {
  const keyCount = Object.keys(object.keys).length
  return { instance, object, drift, type, bytes, keyCount, usedBy }
}
