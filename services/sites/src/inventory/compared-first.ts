import { once } from 'node:events'
import { syncedKinds } from '../connection/kinds.ts'
import type { WatchedKind } from '../connection/kube-api.ts'
import type { WatchSink } from './watch-sink.ts'

/** Keeps a sink told of a kind until the signal aborts. */
export type WatchKinds = (kind: WatchedKind, sink: WatchSink, signal: AbortSignal) => Promise<void>

/** Read at once: what is compared, and what says of workloads who scales them. */
const atOnce: ReadonlySet<string> = new Set([...syncedKinds, 'HorizontalPodAutoscaler'])

/** Tells of the first thing that a sink is told, besides that it is connected. */
const noticing = (sink: WatchSink, noticed: () => void): WatchSink => ({
  replace: (objects) => {
    sink.replace(objects)
    noticed()
  },
  upsert: (object) => sink.upsert(object),
  remove: (object) => sink.remove(object),
  connected: () => sink.connected(),
  forbidden: (problem) => {
    sink.forbidden(problem)
    noticed()
  },
  lost: (problem) => {
    sink.lost(problem)
    noticed()
  },
})

/**
 * The watches of one instance, those of compared kinds first: somebody waits for a comparison, and pods, which are many
 * and only say how workloads do, would stand before it in the row. They wait until each compared kind is known, or is
 * known not to be.
 */
export const comparedFirst = (watch: WatchKinds): WatchKinds => {
  const missing = new Set<WatchedKind>(syncedKinds)
  const known = new AbortController()
  return async (kind, sink, signal) => {
    if (atOnce.has(kind)) {
      const noticed = (): void => {
        if (missing.delete(kind) && missing.size === 0) known.abort()
      }
      return await watch(kind, noticing(sink, noticed), signal)
    }
    const either = AbortSignal.any([known.signal, signal])
    if (!either.aborted) await once(either, 'abort')
    if (!signal.aborted) await watch(kind, sink, signal)
  }
}
