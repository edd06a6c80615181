import {
  type AppInstance,
  type Elsewhere,
  isShownKind,
  type Part,
  type ShownKind,
  type WorkloadRef,
} from '@rancher-hub/contracts'
import type { z } from 'zod'
import type { InstanceInventory } from '../inventory/instance-inventory.ts'
import type { Inventories } from '../inventory/inventories.ts'
import { kindPart } from '../inventory/kind-part.ts'

type Found = Omit<z.input<typeof Elsewhere>, 'instance'>

/** How much is known of a kind that is only shown; a cluster that does not have it has none of them. */
const shownPart = (inventory: InstanceInventory | undefined, kind: ShownKind): Part => {
  const known = inventory?.customKnown(kind) ?? 'unknown'
  if (known === 'unknown') return { state: 'loading', stale: false }
  if (known === 'not-served') return { state: 'complete', stale: false }
  const problem = known.problem()
  const stale = known.state() === 'complete' && !known.isCurrent()
  return { state: known.state(), stale, ...(problem === undefined ? {} : { problem }) }
}

const shownThere = (
  inventory: InstanceInventory | undefined,
  { kind, name }: { readonly kind: ShownKind; readonly name: string },
): Found => {
  const part = shownPart(inventory, kind)
  const found = inventory?.custom({ kind, name })
  if (found !== undefined) return { part, state: 'found', images: { ...found.images }, replicas: found.counts.desired }
  return { part, state: part.state === 'complete' && !part.stale ? 'missing' : 'not-read', images: {} }
}

const thereIn = (inventory: InstanceInventory | undefined, ref: WorkloadRef, own: InstanceInventory): Found => {
  const { kind, name } = ref
  if (isShownKind(kind)) return shownThere(inventory, { kind, name })
  const part = kindPart(inventory, kind)
  const found = inventory?.get({ kind, name })
  if (found === undefined)
    return { part, state: inventory?.exists({ kind, name }) === false ? 'missing' : 'not-read', images: {} }
  const digest = own.get({ kind, name })?.digest
  return {
    part,
    state: 'found',
    images: { ...found.images },
    replicas: found.replicas,
    same: digest === undefined ? undefined : found.digest === digest,
  }
}

/** The same workload in the other instances, from what is known of them now. */
export const workloadElsewhere = (
  inventories: Inventories,
  others: readonly AppInstance[],
  ref: WorkloadRef,
  own: InstanceInventory,
): z.input<typeof Elsewhere>[] =>
  others.map((instance) => ({ instance, ...thereIn(inventories.peek(instance.id), ref, own) }))
