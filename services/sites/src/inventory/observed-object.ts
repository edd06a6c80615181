import type { Kind, ObjectSummary } from '@rancher-hub/contracts'
import {
  type ConfigReference,
  configReferences,
  digestOf,
  isWorkloadKind,
  type KubernetesObject,
  type Normalized,
  normalize,
  ownedBy,
  type RolloutStatus,
  rolloutStatus,
  summaryOf,
  type WorkloadStatus,
  workloadStatus,
} from '@rancher-hub/kubernetes'
import type { OrganizationKeys } from '../credentials/keyring.ts'

/** What the inventory keeps of an object: no raw content, and of Secrets only keyed digests. */
export interface ObservedObject {
  readonly kind: Kind
  readonly name: string
  readonly uid: string
  readonly generation: number | undefined
  readonly digest: string
  readonly content: Normalized
  readonly images: Readonly<Record<string, string>>
  readonly replicas: number | undefined
  readonly keys: Readonly<Record<string, string>>
  readonly rollout: RolloutStatus
  readonly managedBy: string | undefined
  readonly references: readonly ConfigReference[]
  readonly labels: Readonly<Record<string, string>>
  readonly createdAt: string | undefined
  /** Workloads only; what pods say is not in it. */
  readonly status: WorkloadStatus | undefined
}

/** Keyed digest of one Secret value: the same value gives the same digest in every site of the organization. */
export const secretDigestBy =
  (keys: OrganizationKeys) =>
  (_key: string, value: Buffer): string =>
    `hmac:${keys.digest('secret-value', value)}`

/** Normal form and digest of an object that was just read. Secret values do not outlive this call. */
export const normalizedBy = (
  keys: OrganizationKeys,
  object: KubernetesObject,
): { readonly content: Normalized; readonly digest: string } => {
  const content = normalize(object, { secretDigest: secretDigestBy(keys) })
  return { content, digest: digestOf(content) }
}

/** Reduces an object to what the inventory keeps. */
export const observe = (kind: Kind, object: KubernetesObject, keys: OrganizationKeys): ObservedObject => {
  const { content, digest } = normalizedBy(keys, object)
  return {
    kind,
    name: object.metadata.name,
    uid: object.metadata.uid ?? '',
    generation: object.metadata.generation,
    digest,
    content,
    replicas: undefined,
    ...summaryOf(object, content),
    rollout: rolloutStatus(object),
    managedBy: ownedBy(object),
    references: isWorkloadKind(kind) ? configReferences(object) : [],
    labels: object.metadata.labels ?? {},
    createdAt: object.metadata.creationTimestamp ?? undefined,
    status: isWorkloadKind(kind) ? workloadStatus(object) : undefined,
  }
}

const healthOf: Readonly<Record<RolloutStatus['state'], ObjectSummary['health']>> = {
  none: 'healthy',
  complete: 'healthy',
  progressing: 'progressing',
  failed: 'degraded',
}

/** More keys than this do not fit into messages beside others; the object's digest still tells a difference. */
const MAX_KEYS = 4000
const shownKeys = (keys: Readonly<Record<string, string>>): Record<string, string> => {
  const entries = Object.entries(keys)
  return Object.fromEntries(entries.length > MAX_KEYS ? entries.slice(0, MAX_KEYS) : entries)
}

/** What lists show of an object. */
export const toSummary = (object: ObservedObject, autoscaled: boolean): ObjectSummary => ({
  kind: object.kind,
  name: object.name,
  uid: object.uid,
  digest: object.digest,
  images: { ...object.images },
  replicas: object.replicas,
  keys: shownKeys(object.keys),
  health: healthOf[object.rollout.state],
  healthMessage: object.rollout.state === 'none' ? undefined : object.rollout.message,
  managedBy: object.managedBy,
  autoscaled,
})

/** Whether two versions that summaries show alike are also shown alike where labels and the status stand. */
export const hasSameLife = (a: ObservedObject, b: ObservedObject): boolean =>
  a.status?.state === b.status?.state &&
  a.status?.message === b.status?.message &&
  JSON.stringify(a.labels) === JSON.stringify(b.labels)

/** Whether summaries would show the two alike. */
export const looksSame = (a: ObservedObject, b: ObservedObject): boolean =>
  a.digest === b.digest &&
  a.uid === b.uid &&
  a.managedBy === b.managedBy &&
  a.rollout.state === b.rollout.state &&
  a.rollout.message === b.rollout.message &&
  JSON.stringify(a.images) === JSON.stringify(b.images)
