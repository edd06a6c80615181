import type { Kind } from '@rancher-hub/contracts'
import {
  type ConfigReference,
  configReferences,
  isWorkloadKind,
  type KubernetesObject,
  leftOutReason,
  ownedBy,
  summaryOf,
  type WorkloadFacts,
  workloadFacts,
} from '@rancher-hub/kubernetes'
import type { OrganizationKeys } from '../credentials/keyring.ts'
import { canonicalBy } from './normalized-by.ts'

/** An object that is compared, without anything that nobody asks for. Secret values are keyed digests in it. */
export interface ReducedObject {
  readonly name: string
  readonly uid: string
  readonly generation: number | undefined
  readonly digest: string
  /** Its normal form, as canonical text. */
  readonly json: string
  readonly images: Readonly<Record<string, string>>
  readonly replicas: number | undefined
  readonly keys: Readonly<Record<string, string>>
  readonly managedBy: string | undefined
  readonly references: readonly ConfigReference[]
  readonly labels: Readonly<Record<string, string>>
  readonly createdAt: string | undefined
  /** Workloads only. */
  readonly facts: WorkloadFacts | undefined
}

/** One that is not shown; nothing else is known of it. */
export interface LeftOutObject {
  readonly leftOut: string
}

/** Reduces an object that was just read. */
export const reduceObject = (
  kind: Kind,
  object: KubernetesObject,
  keys: OrganizationKeys,
): ReducedObject | LeftOutObject => {
  const leftOut = leftOutReason(object)
  if (leftOut !== undefined) return { leftOut }
  const { content, json, digest } = canonicalBy(keys, object)
  const { images, replicas, keys: dataKeys } = summaryOf(object, content)
  const { name, uid, generation, labels, creationTimestamp } = object.metadata
  const isWorkload = isWorkloadKind(kind)
  return {
    name,
    uid: uid ?? '',
    generation,
    digest,
    json,
    images,
    replicas,
    keys: dataKeys,
    managedBy: ownedBy(object),
    references: isWorkload ? configReferences(object) : [],
    labels: labels ?? {},
    createdAt: creationTimestamp ?? undefined,
    facts: isWorkload ? workloadFacts(object) : undefined,
  }
}
