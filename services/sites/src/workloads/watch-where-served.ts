import { type CustomKind, kindEndpoints } from '../connection/kinds.ts'
import type { KubeApi, Select } from '../connection/kube-api.ts'
import { hasStatus, SiteError } from '../egress/site-error.ts'
import { type DiscoveryTimes, watchServed } from '../inventory/served-kinds.ts'
import type { WatchSink } from '../inventory/watch-sink.ts'

/** Somebody looks: a kind that is installed meanwhile is found soon. */
const times: DiscoveryTimes = { againMs: 60_000, retryMs: 10_000 }

export interface WhereServedOptions {
  readonly kind: CustomKind
  readonly namespace: string
  readonly select: Select
  readonly api: () => Promise<KubeApi>
  /** Watches it until the signal aborts. */
  readonly watch: (signal: AbortSignal) => Promise<void>
  readonly sink: WatchSink
  readonly onDefect: (error: unknown) => void
}

/**
 * Watches a workload of a kind that the cluster may not have: then it is not there, which is no failure. Decided by a
 * list, not by discovery, which may be forbidden: whatever else a list answers (forbidden, a failure), the watch tells.
 */
export const watchWhereServed = async (options: WhereServedOptions, signal: AbortSignal): Promise<void> => {
  const { kind, namespace, select, api, sink } = options
  const { root, plural } = kindEndpoints[kind]
  const isServed = async (): Promise<boolean> => {
    try {
      for await (const _ of (await api()).list(kind, namespace, signal, select, 1)) break
      return true
    } catch (error) {
      if (!(error instanceof SiteError)) throw error
      return !hasStatus(error, 404) || error.problem.code === 'cluster-unavailable'
    }
  }
  const served = async (): Promise<ReadonlySet<string>> => {
    if (await isServed()) return new Set([plural])
    if (!signal.aborted) sink.replace([])
    return new Set()
  }
  const watch = async (_: CustomKind, each: AbortSignal): Promise<void> => {
    await options.watch(each)
    // Not served any more; what the watch said last of it was that it failed.
    if (!signal.aborted) sink.replace([])
  }
  await watchServed({ root, kinds: [kind], served, watch, onDefect: options.onDefect, times }, signal)
}
