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
  type WorkloadFacts,
  workloadFacts,
} from '@rancher-hub/kubernetes'
import type { OrganizationKeys } from '../credentials/keyring.ts'
import type { SharedContent, SharedContents } from './shared-contents.ts'

/** What the inventory keeps of an object: no raw content, and of Secrets only keyed digests. */
export interface ObservedObject {
  readonly kind: Kind
  readonly name: string
  readonly uid: string
  readonly generation: number | undefined
  readonly digest: string
  /** Made anew each time it is asked for. */
  readonly content: Normalized
  readonly images: Readonly<Record<string, string>>
  readonly replicas: number | undefined
  readonly keys: Readonly<Record<string, string>>
  readonly rollout: RolloutStatus
  readonly managedBy: string | undefined
  readonly references: readonly ConfigReference[]
  readonly labels: Readonly<Record<string, string>>
  readonly createdAt: string | undefined
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

/** An object as the inventory holds it. */
export interface KeptObject extends ObservedObject {
  readonly shared: SharedContent
  /** Workloads only. */
  readonly facts: WorkloadFacts | undefined
}

const sameTexts = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean => {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}
/** The same texts held once. */
const shareTexts = (own: Readonly<Record<string, string>>, shared: Readonly<Record<string, string>>) =>
  sameTexts(own, shared) ? shared : own

const nothingToWaitFor = rolloutStatus({ kind: 'ConfigMap', metadata: { name: '' } })

/**
 * Reduces an object to what the inventory keeps. What other objects with the same content have too is taken from
 * `contents`, and given back with `release`.
 */
export const observe = (
  kind: Kind,
  object: KubernetesObject,
  keys: OrganizationKeys,
  contents: SharedContents,
): KeptObject => {
  const { content, digest } = normalizedBy(keys, object)
  const summary = summaryOf(object, content)
  const labels = object.metadata.labels ?? {}
  const shared = contents.take(digest, () => ({
    content,
    images: summary.images,
    keys: summary.keys,
    labels,
    references: isWorkloadKind(kind) ? configReferences(object) : [],
  }))
  const facts = isWorkloadKind(kind) ? workloadFacts(object) : undefined
  return {
    kind,
    name: object.metadata.name,
    uid: object.metadata.uid ?? '',
    generation: object.metadata.generation,
    digest: shared.digest,
    get content() {
      return shared.read()
    },
    images: shareTexts(summary.images, shared.images),
    replicas: summary.replicas,
    keys: shared.keys,
    rollout: facts?.rollout ?? nothingToWaitFor,
    managedBy: ownedBy(object),
    references: shared.references,
    labels: shareTexts(labels, shared.labels),
    createdAt: object.metadata.creationTimestamp ?? undefined,
    shared,
    facts,
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

/** Whether summaries would show the two alike. */
export const looksSame = (a: ObservedObject, b: ObservedObject): boolean =>
  a.digest === b.digest &&
  a.uid === b.uid &&
  a.managedBy === b.managedBy &&
  a.rollout.state === b.rollout.state &&
  a.rollout.message === b.rollout.message &&
  sameTexts(a.images, b.images)

/** Whether two versions that summaries show alike have the same labels too: lists are searched by them. */
export const hasSameLabels = (a: ObservedObject, b: ObservedObject): boolean => sameTexts(a.labels, b.labels)
