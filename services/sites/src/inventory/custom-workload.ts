import {
  type GenericFacts,
  genericFacts,
  genericStatus,
  type KubernetesObject,
  ownedBy,
  type Surroundings,
  summaryOf,
  valueAt,
  type WorkloadStatus,
} from '@rancher-hub/kubernetes'
import { countsOf, type WorkloadCounts } from './workload-counts.ts'

/** A workload of a kind that is shown, and neither compared nor synced. */
export interface CustomWorkload {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly images: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly managedBy: string | undefined
  readonly createdAt: string | undefined
  readonly status: WorkloadStatus
  readonly counts: WorkloadCounts
}

/** What is kept of it: its status and counts depend on its pods too. */
export interface ReducedCustom extends Omit<CustomWorkload, 'status' | 'counts'> {
  readonly facts: GenericFacts
  /** Name of the Deployment that it takes its template from; undefined: it has its own. */
  readonly templateOf: string | undefined
}

/** Rollouts alone have it: https://argo-rollouts.readthedocs.io/en/stable/migrating/ */
const templateOf = (object: KubernetesObject): string | undefined => {
  const ref = valueAt(object, 'spec', 'workloadRef')
  const name = valueAt(ref, 'name')
  return valueAt(ref, 'kind') === 'Deployment' && typeof name === 'string' ? name : undefined
}

/** Reduces an object of a kind that is called so there; list items do not carry their kind. */
export const reduceCustom = (
  of: { readonly apiVersion: string; readonly kind: string },
  object: KubernetesObject,
): ReducedCustom => {
  const whole = { ...object, ...of }
  const { name, uid, labels, creationTimestamp } = object.metadata
  return {
    ...of,
    name,
    uid: uid ?? name,
    images: summaryOf(whole, {}).images,
    labels: labels ?? {},
    managedBy: ownedBy(whole),
    createdAt: creationTimestamp ?? undefined,
    facts: genericFacts(whole),
    templateOf: templateOf(object),
  }
}

/** How it does, with its pods where they are known. `template`: images of the one that it takes from elsewhere. */
export const toCustom = (
  { facts, templateOf: _, images, ...own }: ReducedCustom,
  { pods }: Surroundings,
  template: CustomWorkload['images'] | undefined,
): CustomWorkload => ({
  ...own,
  images: template ?? images,
  status: genericStatus(facts, pods),
  counts: countsOf(facts, pods),
})
