import type { Kind, ObjectRef } from '@rancher-hub/contracts'
import type { ObservedObject } from './observed-object.ts'

/** What happened to one object; `undefined`: it is gone. */
export type ObjectListener = (object: ObservedObject | undefined) => void

/** An object that lists show differently now, by itself or by what its pods say. */
export interface InventoryChange {
  readonly kind: Kind
  readonly name: string
  /** undefined: it is gone, or there is one now or no more that is not shown. */
  readonly object: ObservedObject | undefined
}

/** Who is told of an inventory's objects. */
export interface InventoryListeners {
  follow(ref: ObjectRef, listener: ObjectListener): () => void
  observe(listener: (change: InventoryChange) => void): () => void
  /** Every version of an object goes to its followers. */
  tellFollowers(ref: ObjectRef, object: ObservedObject | undefined): void
  tellObservers(ref: ObjectRef, object: ObservedObject | undefined): void
}

/** Names an object within an instance. */
export const refKey = ({ kind, name }: { readonly kind: string; readonly name: string }): string => `${kind}/${name}`

export const createInventoryListeners = (): InventoryListeners => {
  const followers = new Map<string, Set<ObjectListener>>()
  const observers = new Set<(change: InventoryChange) => void>()
  return {
    follow: (ref, listener) => {
      const key = refKey(ref)
      const set = followers.get(key) ?? new Set()
      followers.set(key, set.add(listener))
      return () => {
        set.delete(listener)
        if (set.size === 0) followers.delete(key)
      }
    },
    observe: (listener) => {
      observers.add(listener)
      return () => void observers.delete(listener)
    },
    tellFollowers: (ref, object) => {
      for (const listener of followers.get(refKey(ref)) ?? []) listener(object)
    },
    tellObservers: ({ kind, name }, object) => {
      for (const observer of observers) observer({ kind, name, object })
    },
  }
}
