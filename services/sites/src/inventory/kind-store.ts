import type { Kind } from '@rancher-hub/contracts'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import type { OrganizationKeys } from '../credentials/keyring.ts'
import { type Clocks, createKnowledge, type Knowledge } from './knowledge.ts'
import { reducedOr } from './lean-lists.ts'
import { hasSameLabels, type KeptObject, keep, looksSame } from './observed-object.ts'
import { reduceObject } from './reduced-object.ts'
import type { SharedContents } from './shared-contents.ts'
import type { WatchSink } from './watch-sink.ts'

/** What is known of one kind of an instance. */
export interface KindStore extends WatchSink {
  readonly kind: Kind
  readonly known: Knowledge
  readonly objects: ReadonlyMap<string, KeptObject>
  /** Reasons of objects that are left out, by name. */
  readonly leftOut: ReadonlyMap<string, string>
  /** Gives back what it shares with others, once. What is here stays readable; nothing may be told any more. */
  end(): void
}

export interface KindStoreOptions {
  readonly keys: OrganizationKeys
  readonly contents: SharedContents
  readonly clocks: Clocks
}

/** Told what changed. */
export interface StoreListener {
  /** What summaries show. */
  readonly changed: () => void
  /** Every version of an object; whether lists show it differently now, and who bore its name before. */
  readonly seen: (object: KeptObject, isShownDifferently: boolean, before: KeptObject | undefined) => void
  readonly gone: (object: KeptObject) => void
  /** One that is left out came, went, or is so for another reason; no object of this name was or is shown. */
  readonly leftOutChanged: (name: string) => void
  readonly stateChanged: () => void
}

/** Makes the store of one kind. Objects are reduced as they come in; raw ones are not kept. */
export const createKindStore = (
  kind: Kind,
  { keys, contents, clocks }: KindStoreOptions,
  listener: StoreListener,
): KindStore => {
  const objects = new Map<string, KeptObject>()
  const leftOut = new Map<string, string>()
  const known = createKnowledge(clocks, listener.stateChanged)

  const drop = (name: string): boolean => {
    const object = objects.get(name)
    if (object === undefined) return false
    objects.delete(name)
    listener.gone(object)
    contents.release(object.shared)
    return true
  }
  const forget = (name: string): boolean => {
    const wasLeftOut = leftOut.delete(name)
    if (drop(name)) return true
    if (wasLeftOut) listener.leftOutChanged(name)
    return wasLeftOut
  }

  /** Takes an object in; true when summaries would look different. */
  const take = (object: KubernetesObject): boolean => {
    const { name } = object.metadata
    const reduced = reducedOr(object, (whole) => reduceObject(kind, whole, keys))
    if ('leftOut' in reduced) {
      const before = leftOut.get(name)
      if (before === reduced.leftOut) return false
      // First: whoever hears that the object is gone may ask whether there is one of its name.
      leftOut.set(name, reduced.leftOut)
      if (!drop(name)) listener.leftOutChanged(name)
      return true
    }
    const before = objects.get(name)
    const after = keep(kind, reduced, contents)
    const wasLeftOut = leftOut.delete(name)
    objects.set(name, after)
    const isSame = before !== undefined && !wasLeftOut && looksSame(before, after)
    listener.seen(after, !isSame || !hasSameLabels(before, after), before)
    if (before !== undefined) contents.release(before.shared)
    return !isSame
  }

  const forgetAll = (): void => {
    let had = false
    for (const name of [...objects.keys(), ...leftOut.keys()]) had = forget(name) || had
    if (had) listener.changed()
  }

  return {
    kind,
    objects,
    leftOut,
    known,
    replace: (list) => {
      const names = new Set(list.map((object) => object.metadata.name))
      let changed = false
      for (const name of [...objects.keys(), ...leftOut.keys()]) if (!names.has(name)) changed = forget(name) || changed
      for (const object of list) changed = take(object) || changed
      if (changed) listener.changed()
      known.complete()
    },
    upsert: (object) => {
      if (take(object)) listener.changed()
    },
    remove: (object) => {
      if (forget(object.metadata.name)) listener.changed()
    },
    connected: known.complete,
    forbidden: (problem) => {
      forgetAll()
      known.forbidden(problem)
    },
    lost: known.lost,
    end: () => {
      for (const { shared } of objects.values()) contents.release(shared)
    },
  }
}
