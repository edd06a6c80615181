import type { Kind, Part } from '@rancher-hub/contracts'
import type { InstanceInventory } from './instance-inventory.ts'

/** How much is known of one kind of an instance. Undefined: nobody reads that instance now. */
export const kindPart = (inventory: InstanceInventory | undefined, kind: Kind): Part => {
  const found = inventory?.state().kinds.find((each) => each.kind === kind)
  if (inventory === undefined || found === undefined) return { state: 'loading', stale: false }
  const isStale = found.state === 'complete' && !inventory.isCurrent(kind)
  const problem = found.problem ?? (isStale ? inventory.state().problem : undefined)
  return { state: found.state, stale: isStale, ...(problem === undefined ? {} : { problem }) }
}
