import {
  type getWorkload,
  isShownKind,
  type ReturnOf,
  type ShownKind,
  type WorkloadKind,
  type WorkloadRef,
} from '@rancher-hub/contracts'
import type { InstanceInventory } from '../inventory/instance-inventory.ts'
import { stateOfKind } from '../inventory/inventory-state.ts'

type LastKnown = NonNullable<ReturnOf<typeof getWorkload>['lastKnown']>

const ofShown = (inventory: InstanceInventory, kind: ShownKind, name: string): LastKnown | undefined => {
  const found = inventory.custom({ kind, name })
  const known = inventory.customKnown(kind)
  if (found === undefined || typeof known === 'string') return undefined
  const { status, counts, images } = found
  return { asOf: stateOfKind(known).asOf, status, counts, images: { ...images } }
}

const ofCompared = (inventory: InstanceInventory, kind: WorkloadKind, name: string): LastKnown | undefined => {
  const found = inventory.get({ kind, name })
  const [status, counts] = found === undefined ? [] : [inventory.status(found), inventory.counts(found)]
  if (found === undefined || status === undefined || counts === undefined) return undefined
  const { asOf } = inventory.state().kinds.find((each) => each.kind === kind) ?? {}
  return { asOf, status, counts, images: { ...found.images } }
}

/** What lists know of a workload that its page cannot read now: how it did, and what it ran. */
export const lastKnownOf = (inventory: InstanceInventory, { kind, name }: WorkloadRef): LastKnown | undefined =>
  isShownKind(kind) ? ofShown(inventory, kind, name) : ofCompared(inventory, kind, name)
