import type { InventoryState, Kind, ObjectRef, ObjectSummary, SiteProblem } from '@rancher-hub/contracts'
import { type KubernetesObject, valueAt, type WorkloadStatus } from '@rancher-hub/kubernetes'
import type { z } from 'zod'
import { syncedKinds } from '../connection/kinds.ts'
import type { WatchedKind } from '../connection/kube-api.ts'
import type { OrganizationKeys } from '../credentials/keyring.ts'
import { createKindStore, type KindStore } from './kind-store.ts'
import type { WatchSink } from './kind-watcher.ts'
import { type ObservedObject, toSummary } from './observed-object.ts'

/** What happened to one object; `undefined`: it is gone. */
export type ObjectListener = (object: ObservedObject | undefined) => void

/** An object that lists show differently now, by itself or by what its pods say. */
export interface InventoryChange {
  readonly kind: Kind
  readonly name: string
  /** undefined: it is gone. */
  readonly object: ObservedObject | undefined
}

/** The live state of one app instance. */
export interface InstanceInventory extends AsyncDisposable {
  /** Changes whenever lists would show anything else. */
  readonly revision: string
  state(): z.output<typeof InventoryState>
  /** Resolves when every kind is known, forbidden or failed, or after `timeoutMs`. */
  settled(timeoutMs: number, signal?: AbortSignal): Promise<void>
  get(ref: ObjectRef): ObservedObject | undefined
  /** Whether a kind is known completely; what is left out counts as there. */
  exists(ref: ObjectRef): boolean | 'unknown'
  objects(kinds?: readonly Kind[]): ObservedObject[]
  summary(object: ObservedObject): ObjectSummary
  /** How a workload does, with what its pods say where they are known; undefined: it is none. */
  status(object: ObservedObject): WorkloadStatus | undefined
  isAutoscaled(ref: ObjectRef): boolean
  /** Every observed version of one object, until the returned function is called. */
  follow(ref: ObjectRef, listener: ObjectListener): () => void
  /**
   * Every change of what lists show, until the returned function is called: whoever takes `objects()` in the same turn
   * and applies what is told keeps an index at the cost of the changes alone. Listeners must not throw.
   */
  observe(listener: (change: InventoryChange) => void): () => void
  isCurrent(kind: Kind): boolean
  /** Aborts when the inventory stops. */
  readonly stopped: AbortSignal
}

export interface InstanceInventoryOptions {
  /** Keeps the sink told of all objects of a kind until the signal aborts. */
  readonly watch: (kind: WatchedKind, sink: WatchSink, signal: AbortSignal) => Promise<void>
  readonly keys: OrganizationKeys
  readonly now: () => number
  /** Makes revisions of another run of the process different. */
  readonly runId: string
  readonly onChanged: () => void
}

const refKey = ({ kind, name }: ObjectRef): string => `${kind}/${name}`

/** Names of workloads that an autoscaler owns, from HorizontalPodAutoscalers. Not being allowed to see them is fine. */
const createAutoscalerSink = (
  onChanged: () => void,
): { readonly sink: WatchSink; readonly owned: () => ReadonlySet<string> } => {
  const targets = new Map<string, string>()
  const targetOf = (object: KubernetesObject): string =>
    `${String(valueAt(object, 'spec', 'scaleTargetRef', 'kind'))}/${String(valueAt(object, 'spec', 'scaleTargetRef', 'name'))}`
  let owned: ReadonlySet<string> = new Set()
  const update = () => {
    const next = new Set(targets.values())
    const same = next.size === owned.size && [...next].every((key) => owned.has(key))
    owned = next
    if (!same) onChanged()
  }
  const ignore = () => {}
  return {
    owned: () => owned,
    sink: {
      replace: (objects) => {
        targets.clear()
        for (const object of objects) targets.set(object.metadata.name, targetOf(object))
        update()
      },
      upsert: (object) => {
        targets.set(object.metadata.name, targetOf(object))
        update()
      },
      remove: (object) => {
        targets.delete(object.metadata.name)
        update()
      },
      connected: ignore,
      forbidden: ignore,
      lost: ignore,
    },
  }
}

/** Starts to list and watch everything of an instance that the hub compares. */
export const startInstanceInventory = (options: InstanceInventoryOptions): InstanceInventory => {
  const abort = new AbortController()
  const listeners = new Map<string, Set<ObjectListener>>()
  const observers = new Set<(change: InventoryChange) => void>()
  const waiting = new Set<() => void>()
  let counter = 0

  const changed = (): void => {
    counter += 1
    options.onChanged()
  }
  const tell = (ref: ObjectRef, object: ObservedObject | undefined, isShownDifferently: boolean): void => {
    for (const listener of listeners.get(refKey(ref)) ?? []) listener(object)
    if (!isShownDifferently) return
    const { kind, name } = ref
    for (const observer of observers) observer({ kind, name, object })
  }
  const isSettled = (): boolean => [...stores.values()].every((store) => store.state().state !== 'loading')
  const stores = new Map<Kind, KindStore>()
  for (const kind of syncedKinds) {
    const store = createKindStore(kind, options.keys, options.now, {
      changed,
      seen: (object, isShownDifferently) => tell(object, object, isShownDifferently),
      gone: (name) => tell({ kind, name }, undefined, true),
      stateChanged: () => {
        changed()
        if (isSettled()) for (const resolve of waiting) resolve()
      },
    })
    stores.set(kind, store)
  }
  const autoscalers = createAutoscalerSink(changed)

  const running = [
    ...[...stores.values()].map(async (store) => await options.watch(store.kind, store, abort.signal)),
    options.watch('HorizontalPodAutoscaler', autoscalers.sink, abort.signal),
  ]

  const hidden = (): { reason: string; count: number }[] => {
    const counts = new Map<string, number>()
    for (const store of stores.values())
      for (const reason of store.leftOut.values()) counts.set(reason, (counts.get(reason) ?? 0) + 1)
    return [...counts].map(([reason, count]) => ({ reason, count })).sort((a, b) => a.reason.localeCompare(b.reason))
  }

  const state = (): z.output<typeof InventoryState> => {
    const all = [...stores.values()]
    const at = options.now()
    const known = all.map((store) => store.knownUntil(at)).filter((time) => time !== undefined)
    const troubled = all.filter((store) => !store.isCurrent() && store.problem() !== undefined)
    const problem: SiteProblem | undefined = troubled[0]?.problem()
    return {
      revision: `${options.runId}.${counter}`,
      ...(known.length === 0 ? {} : { asOf: new Date(Math.min(...known)).toISOString() }),
      stale: troubled.length > 0,
      kinds: all.map((store) => store.state()),
      hidden: hidden(),
      ...(problem === undefined ? {} : { problem }),
    }
  }

  const isAutoscaled = (ref: ObjectRef): boolean => autoscalers.owned().has(refKey(ref))

  return {
    get revision() {
      return `${options.runId}.${counter}`
    },
    state,
    settled: async (timeoutMs, signal) => {
      if (isSettled()) return
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer)
          waiting.delete(done)
          signal?.removeEventListener('abort', done)
          resolve()
        }
        const timer = setTimeout(done, timeoutMs)
        waiting.add(done)
        signal?.addEventListener('abort', done, { once: true })
      })
    },
    get: ({ kind, name }) => stores.get(kind)?.objects.get(name),
    exists: ({ kind, name }) => {
      const store = stores.get(kind)
      if (store?.objects.has(name) === true || store?.leftOut.has(name) === true) return true
      return store?.state().state === 'complete' && store.isCurrent() ? false : 'unknown'
    },
    objects: (kinds = syncedKinds) => kinds.flatMap((kind) => [...(stores.get(kind)?.objects.values() ?? [])]),
    summary: (object) => toSummary(object, isAutoscaled(object)),
    status: (object) => object.status,
    isAutoscaled,
    follow: (ref, listener) => {
      const key = refKey(ref)
      const set = listeners.get(key) ?? new Set()
      listeners.set(key, set.add(listener))
      return () => {
        set.delete(listener)
        if (set.size === 0) listeners.delete(key)
      }
    },
    observe: (listener) => {
      observers.add(listener)
      return () => void observers.delete(listener)
    },
    isCurrent: (kind) => stores.get(kind)?.isCurrent() ?? false,
    stopped: abort.signal,
    [Symbol.asyncDispose]: async () => {
      abort.abort()
      for (const resolve of waiting) resolve()
      await Promise.all(running)
    },
  }
}
