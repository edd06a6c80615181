import { type AppInstance, type ConfigElsewhere, type ConfigKind, configLimits } from '@rancher-hub/contracts'
import type { Inventories } from '../inventory/inventories.ts'
import { kindPart } from '../inventory/kind-part.ts'
import type { ConfigFacts } from './config-facts.ts'

/** How each key of this object is in the other one, and what only that one has. */
const keyStates = (
  facts: ConfigFacts,
  other: Readonly<Record<string, string>>,
): Pick<ConfigElsewhere, 'keys' | 'extraKeys' | 'extraCount'> => {
  const own = new Set(facts.keys.map(({ key }) => key))
  // Of the keys past the limit nobody knows here whether they are extra there.
  const extra = facts.keyCount > own.size ? [] : Object.keys(other).filter((key) => !own.has(key))
  return {
    keys: facts.keys.map(({ key, digest }) =>
      other[key] === undefined ? 'missing' : other[key] === digest ? 'same' : 'differs',
    ),
    extraKeys: extra.sort().slice(0, configLimits.extraKeys),
    extraCount: extra.length,
  }
}

const unknown = { keys: [], extraKeys: [], extraCount: 0 }

/** The same object in the other instances, from what is known of them now. */
export const configElsewhere = (
  inventories: Inventories,
  others: readonly AppInstance[],
  ref: { readonly kind: ConfigKind; readonly name: string },
  facts: ConfigFacts | undefined,
): ConfigElsewhere[] =>
  others.map((instance) => {
    const inventory = inventories.peek(instance.id)
    const part = kindPart(inventory, ref.kind)
    const found = inventory?.get(ref)
    if (found === undefined)
      return { instance, part, state: inventory?.exists(ref) === false ? 'missing' : 'not-read', ...unknown }
    if (facts === undefined) return { instance, part, state: 'found', ...unknown }
    return { instance, part, state: 'found', same: found.digest === facts.digest, ...keyStates(facts, found.keys) }
  })
