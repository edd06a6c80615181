import type { Kind, KindState, SiteProblem } from '@rancher-hub/contracts'
import { type KubernetesObject, leftOutReason } from '@rancher-hub/kubernetes'
import type { z } from 'zod'
import type { OrganizationKeys } from '../credentials/keyring.ts'
import type { WatchSink } from './kind-watcher.ts'
import { hasSameLife, looksSame, type ObservedObject, observe } from './observed-object.ts'

/** What is known of one kind of an instance. */
export interface KindStore extends WatchSink {
  readonly kind: Kind
  readonly objects: ReadonlyMap<string, ObservedObject>
  /** Reasons of objects that are left out, by name. */
  readonly leftOut: ReadonlyMap<string, string>
  state(): z.output<typeof KindState>
  /** True while changes arrive; undefined before the first list. */
  isCurrent(): boolean
  /** Milliseconds since 1970 until which this is right; undefined before the first list. */
  knownUntil(now: number): number | undefined
  problem(): SiteProblem | undefined
}

/** Told what changed. `changed`: what summaries show; `seen`: every version, and whether any list shows it differently. */
export interface StoreListener {
  readonly changed: () => void
  readonly seen: (object: ObservedObject, isShownDifferently: boolean) => void
  readonly gone: (name: string) => void
  readonly stateChanged: () => void
}

/** Makes the store of one kind. Objects are reduced as they come in; raw ones are not kept. */
export const createKindStore = (
  kind: Kind,
  keys: OrganizationKeys,
  now: () => number,
  listener: StoreListener,
): KindStore => {
  const objects = new Map<string, ObservedObject>()
  const leftOut = new Map<string, string>()
  let state: z.output<typeof KindState>['state'] = 'loading'
  let trouble: SiteProblem | undefined
  let current = false
  let knownUntil: number | undefined

  const setState = (next: typeof state, problem: SiteProblem | undefined, isCurrent: boolean): void => {
    const same = state === next && trouble?.code === problem?.code && current === isCurrent
    if (current && !isCurrent) knownUntil = now()
    state = next
    trouble = problem
    current = isCurrent
    if (!same) listener.stateChanged()
  }

  const forget = (name: string): boolean => {
    const wasLeftOut = leftOut.delete(name)
    const wasThere = objects.delete(name)
    if (wasThere) listener.gone(name)
    return wasThere || wasLeftOut
  }

  /** Takes an object in; true when lists would look different. */
  const take = (object: KubernetesObject): boolean => {
    const { name } = object.metadata
    const reason = leftOutReason(object)
    if (reason !== undefined) {
      const before = leftOut.get(name)
      if (before === reason) return false
      forget(name)
      leftOut.set(name, reason)
      return true
    }
    const before = objects.get(name)
    const after = observe(kind, object, keys)
    const wasLeftOut = leftOut.delete(name)
    objects.set(name, after)
    const isSame = before !== undefined && !wasLeftOut && looksSame(before, after)
    listener.seen(after, !isSame || !hasSameLife(before, after))
    return !isSame
  }

  return {
    kind,
    objects,
    leftOut,
    state: () => ({ kind, state, ...(trouble === undefined || state === 'complete' ? {} : { problem: trouble }) }),
    isCurrent: () => current,
    knownUntil: (at) => (current ? at : knownUntil),
    problem: () => trouble,
    replace: (list) => {
      const names = new Set(list.map((object) => object.metadata.name))
      let changed = false
      for (const name of [...objects.keys(), ...leftOut.keys()]) if (!names.has(name)) changed = forget(name) || changed
      for (const object of list) changed = take(object) || changed
      knownUntil = now()
      if (changed) listener.changed()
      setState('complete', undefined, true)
    },
    upsert: (object) => {
      if (take(object)) listener.changed()
    },
    remove: (object) => {
      if (forget(object.metadata.name)) listener.changed()
    },
    connected: () => setState('complete', undefined, true),
    forbidden: (problem) => {
      const had = objects.size + leftOut.size > 0
      for (const name of [...objects.keys(), ...leftOut.keys()]) forget(name)
      if (had) listener.changed()
      setState('forbidden', problem, true)
    },
    lost: (problem) => setState(state === 'complete' ? 'complete' : 'failed', problem, false),
  }
}
