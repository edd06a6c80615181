import { isConfigKind } from '@rancher-hub/kubernetes'
import type { CustomWorkload } from '../inventory/custom-workload.ts'
import type { InstanceInventory } from '../inventory/instance-inventory.ts'
import type { ObservedObject } from '../inventory/observed-object.ts'
import type { ListIndex } from './list-index.ts'
import { configFacts, kindKey, type SeenObject, unknownStatus } from './list-row.ts'

/** How an object does in its inventory. */
const seenIn = (inventory: InstanceInventory, object: ObservedObject): SeenObject => {
  if (isConfigKind(object.kind)) return { object, config: configFacts(object) }
  const { ready, desired, restarts } = inventory.counts(object) ?? {}
  const status = inventory.status(object) ?? unknownStatus
  return { object, life: { status, ready, desired, restarts, autoscaled: inventory.isAutoscaled(object) } }
}

const nothing: Readonly<Record<string, string>> = {}
const seenCustom = (inventory: InstanceInventory, custom: CustomWorkload): SeenObject => {
  const { status, counts, ...own } = custom
  const { ready, desired, restarts } = counts
  const autoscaled = inventory.isAutoscaled(custom)
  return {
    object: { ...own, keys: nothing, references: [] },
    life: { status, ready, desired, restarts, autoscaled },
  }
}

/** Puts what an inventory has into an index, and what changes from now on; until the returned function is called. */
export const observeFor = (
  index: ListIndex,
  id: string,
  inventory: InstanceInventory,
  changed: () => void,
): (() => void) => {
  for (const object of inventory.objects()) index.put(id, seenIn(inventory, object))
  for (const custom of inventory.customs()) index.put(id, seenCustom(inventory, custom))
  const stops = [
    inventory.observe(({ kind, name, object }) => {
      if (object === undefined) index.remove(id, kind, name)
      else index.put(id, seenIn(inventory, object))
      changed()
    }),
    inventory.observeCustoms(({ custom, ...of }) => {
      if (custom === undefined) index.remove(id, kindKey(of), of.name)
      else index.put(id, seenCustom(inventory, custom))
      changed()
    }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
