import { type InventoryState, type ObjectSummary, readInventory } from '@rancher-hub/contracts'
import type { CallContext } from '@rancher-hub/service-kit'
import { LRUCache } from 'lru-cache'

/** What is known of one instance at one revision. */
export interface Snapshot {
  readonly inventory: InventoryState
  /** By `Kind/name`. */
  readonly objects: ReadonlyMap<string, ObjectSummary>
}

const MAX_SNAPSHOTS = 200

/** Name of an object in a comparison. */
export const keyOf = ({ kind, name }: { readonly kind: string; readonly name: string }): string => `${kind}/${name}`

/** Snapshots by instance, read anew only when their revision changed. */
export const createSnapshots = () => {
  const known = new LRUCache<string, Snapshot>({ max: MAX_SNAPSHOTS })

  return async (instanceId: string, ctx: CallContext): Promise<Snapshot> => {
    const key = `${ctx.organization}/${instanceId}`
    const before = known.get(key)
    let inventory: InventoryState | undefined
    const objects = new Map<string, ObjectSummary>()
    for await (const chunk of ctx.callStream(readInventory, { instanceId, ifRevision: before?.inventory.revision })) {
      if (chunk.kind === 'unchanged' && before !== undefined) {
        const same = { inventory: chunk.inventory, objects: before.objects }
        known.set(key, same)
        return same
      }
      if (chunk.kind === 'objects') for (const object of chunk.objects) objects.set(keyOf(object), object)
      else inventory = chunk.inventory
    }
    if (inventory === undefined) throw new Error(`The inventory of ${instanceId} came without its state`)
    const snapshot = { inventory, objects }
    known.set(key, snapshot)
    return snapshot
  }
}
export type Snapshots = ReturnType<typeof createSnapshots>
