import { type AppInstance, type Drift, NO_OWNER, type WorkloadRow } from '@rancher-hub/contracts'
import type { ObservedObject } from '../inventory/observed-object.ts'

/** An object with what its surroundings say of it. */
export interface SeenObject {
  readonly object: ListedObject
  /** Workloads only. */
  readonly status: WorkloadRow['status'] | undefined
  readonly ready: number | undefined
  readonly desired: number | undefined
  readonly restarts: number | undefined
  readonly autoscaled: boolean
  /** ConfigMaps and Secrets only. */
  readonly config: ConfigFacts | undefined
}
/** What is read from content once: it is made anew each time it is asked for. */
export interface ConfigFacts {
  /** Of Secrets; else ''. */
  readonly type: string
  /** Of ConfigMaps; the size of a Secret is not told. */
  readonly bytes: number | undefined
}
/** What lists need of an observed object; custom kinds have names of their own. */
export type ListedObject = Omit<ObservedObject, 'kind' | 'rollout' | 'generation' | 'content' | 'replicas'> & {
  readonly kind: string
}

/** What both lists find, count and order rows by. Worked out once for each version of an object. */
export interface ListRow {
  readonly id: string
  readonly instance: AppInstance
  readonly object: ListedObject
  /** Name, images and keys in lower case, one below the other. */
  readonly text: string
  readonly owner: string
  readonly drift: Drift
  /** Milliseconds since 1970; 0: not known. */
  readonly createdAt: number
}
export interface WorkloadListRow extends ListRow {
  readonly status: WorkloadRow['status']
  /** 0 is worst. */
  readonly severity: number
  readonly images: readonly string[]
  readonly ready: number | undefined
  readonly desired: number | undefined
  readonly restarts: number | undefined
  readonly autoscaled: boolean
}
export interface ConfigListRow extends ListRow, ConfigFacts {
  readonly keyCount: number
  /** Workloads that read it; undefined: not known. */
  readonly usedBy: number | undefined
}

const severities: readonly WorkloadRow['status']['state'][] = [
  'stalled',
  'degraded',
  'progressing',
  'unknown',
  'suspended',
  'healthy',
]

export const rowId = (instanceId: string, kind: string, name: string): string => `${instanceId}/${kind}/${name}`

/** What a row says of its place. */
export interface RowPlace {
  readonly instance: AppInstance
  readonly drift: Drift
}

const baseOf = ({ instance, drift }: RowPlace, object: ListedObject, words: readonly string[]): ListRow => {
  const created = Date.parse(object.createdAt ?? '')
  return {
    id: rowId(instance.id, object.kind, object.name),
    instance,
    object,
    text: [object.name, ...words].join('\n').toLowerCase(),
    owner: object.managedBy ?? NO_OWNER,
    drift,
    createdAt: Number.isNaN(created) ? 0 : created,
  }
}

/** The row of a workload. */
export const workloadRow = (place: RowPlace, seen: SeenObject): WorkloadListRow => {
  const images = Object.values(seen.object.images)
  const { state, message } = seen.status ?? {
    state: 'unknown' as const,
    message: 'The status of this kind is not known',
  }
  return {
    ...baseOf(place, seen.object, images),
    status: { state, message },
    severity: severities.indexOf(state),
    images: images.map((image) => image.toLowerCase()),
    ready: seen.ready,
    desired: seen.desired,
    restarts: seen.restarts,
    autoscaled: seen.autoscaled,
  }
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

/** The row of a ConfigMap or Secret. */
export const configRow = (
  place: RowPlace,
  { object, config }: SeenObject,
  usedBy: number | undefined,
): ConfigListRow => {
  const keys = Object.keys(object.keys)
  return {
    ...baseOf(place, object, keys),
    type: config?.type ?? '',
    bytes: config?.bytes,
    keyCount: keys.length,
    usedBy,
  }
}
