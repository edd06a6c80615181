import type { Kind } from '@rancher-hub/contracts'
import { syncedKinds } from '../connection/kinds.ts'
import type { OrganizationKeys } from '../credentials/keyring.ts'
import type { Reduce } from './lean-lists.ts'
import { reduceObject } from './reduced-object.ts'
import { reduceChild, type SurroundingKind, surroundingKinds } from './surroundings.ts'

const isOneOf = <T extends string>(kinds: readonly T[], kind: string): kind is T =>
  (kinds as readonly string[]).includes(kind)

/** What inventories of an organization make of an object; objects of the other kinds, which are few, stay whole. */
export const reduceBy =
  (keys: OrganizationKeys): Reduce =>
  (kind, object) => {
    if (isOneOf<Kind>(syncedKinds, kind)) return reduceObject(kind, object, keys)
    if (isOneOf<SurroundingKind>(surroundingKinds, kind)) return reduceChild(kind, object)
    return undefined
  }
