import { type getWorkload, isShownKind, type ReturnOf, type WorkloadRef } from '@rancher-hub/contracts'
import type { InstanceInventory } from '../inventory/instance-inventory.ts'
import { stateOfKind } from '../inventory/inventory-state.ts'

type LastKnown = NonNullable<ReturnOf<typeof getWorkload>['lastKnown']>

const ofShown = (inventory: InstanceInventory, ref: WorkloadRef): LastKnown | undefined => {
  if (!isShownKind(ref.kind)) return undefined
  const found = inventory.custom({ kind: ref.kind, name: ref.name })
  const known = inventory.customKnown(ref.kind)
  if (found === undefined || typeof known === 'string') return undefined
  const { desired, updated, ready } = found.counts
  return {
    asOf: stateOfKind(known).asOf,
    status: found.status,
    counts: { desired, updated, ready },
    images: { ...found.images },
  }
}

const ofCompared = (inventory: InstanceInventory, ref: WorkloadRef): LastKnown | undefined => {
  if (isShownKind(ref.kind)) return undefined
  const found = inventory.get({ kind: ref.kind, name: ref.name })
  const status = found && inventory.status(found)
  if (found === undefined || status === undefined) return undefined
  const { desired, updated, ready } = inventory.counts(found) ?? {}
  return {
    asOf: inventory.state().kinds.find(({ kind }) => kind === ref.kind)?.asOf,
    status,
    counts: { desired, updated, ready },
    images: { ...found.images },
  }
}

/** What lists know of a workload that its page cannot read now: how it did, and what it ran. */
export const lastKnownOf = (inventory: InstanceInventory, ref: WorkloadRef): LastKnown | undefined =>
  ofShown(inventory, ref) ?? ofCompared(inventory, ref)
