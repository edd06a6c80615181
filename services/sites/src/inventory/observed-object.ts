import type { Kind, ObjectSummary } from '@rancher-hub/contracts'
import {
  type ConfigReference,
  type Normalized,
  type RolloutStatus,
  rolloutStatus,
  type WorkloadFacts,
} from '@rancher-hub/kubernetes'
import type { ReducedObject } from './reduced-object.ts'
import type { SharedContent, SharedContents } from './shared-contents.ts'

export { normalizedBy } from './normalized-by.ts'

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

/** On the prototype: a getter of its own would cost an object more memory than all its fields. */
const prototype: object = Object.create(Object.prototype, {
  content: {
    get(this: KeptObject): Normalized {
      return this.shared.read()
    },
  },
})
const withContent = (own: Omit<KeptObject, 'content'>): KeptObject =>
  Object.assign(Object.create(prototype) as Pick<KeptObject, 'content'>, own)

/**
 * What the inventory keeps of an object. What others with the same content have too is taken from `contents`, and given
 * back with `release`.
 */
export const keep = (kind: Kind, reduced: ReducedObject, contents: SharedContents): KeptObject => {
  const { digest, json, images, keys, labels, references, facts, ...own } = reduced
  const shared = contents.take(digest, () => ({ json, images, keys, labels, references }))
  return withContent({
    ...own,
    shared,
    kind,
    digest: shared.digest,
    images: shareTexts(images, shared.images),
    keys: shared.keys,
    rollout: facts?.rollout ?? nothingToWaitFor,
    references: shared.references,
    labels: shareTexts(labels, shared.labels),
    facts,
  })
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
