import type { KubeApi, WatchedKind } from '../connection/kube-api.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import { createPauses, type Pauses } from './backoff.ts'
import { type ClusterHistory, createClusterHistory } from './cluster-history.ts'
import { watchKind } from './kind-watcher.ts'
import { createSharedWatch, type SharedWatch } from './shared-watch.ts'
import { isSharable, selectOf } from './watch-plan.ts'
import type { WatchSink } from './watch-sink.ts'
import type { WatchTiming } from './watch-timing.ts'

/** Where an instance is, and what of it. */
export type WatchedPlace = Pick<InstanceDoc, 'org' | 'siteId' | 'clusterId' | 'namespace' | 'labelSelector'>

export interface WatchRequest {
  readonly kind: WatchedKind
  readonly sink: WatchSink
  readonly signal: AbortSignal
}

/** All lists and watches that inventories are fed from: one for each instance and kind, or one for a whole cluster. */
export interface WatchSources extends AsyncDisposable {
  /** Keeps a sink told of a kind of an instance until the signal aborts. Throws nothing. */
  watch(place: WatchedPlace, request: WatchRequest): Promise<void>
  /** How many namespaces the cluster-wide watch of a kind serves; 0: each has its own. */
  sharing(place: Pick<WatchedPlace, 'org' | 'siteId' | 'clusterId'>, kind: WatchedKind): number
}

export interface WatchSourcesDeps {
  readonly apiOf: (place: WatchedPlace) => Promise<KubeApi>
  readonly timing: WatchTiming
  /** Pauses before another try; default: nobody ends them early. */
  readonly pauses?: Pauses | undefined
  readonly onDefect: (error: unknown, place: WatchedPlace) => void
  /** Objects in a page of a list; default: the API's usual size. */
  readonly pageSize?: number | undefined
}

interface WatchedCluster {
  readonly history: ClusterHistory
  readonly kinds: Map<WatchedKind, SharedWatch>
  users: number
}

const keyOf = ({ org, siteId, clusterId }: Pick<WatchedPlace, 'org' | 'siteId' | 'clusterId'>): string =>
  `${org}/${siteId}/${clusterId}`

export const createWatchSources = (deps: WatchSourcesDeps): WatchSources => {
  const { timing, pageSize, pauses = createPauses({ spreadMs: deps.timing.relistJitterMs }) } = deps
  const clusters = new Map<string, WatchedCluster>()
  const ending = new Set<Promise<void>>()

  const pauseFor =
    ({ siteId }: Pick<WatchedPlace, 'siteId'>) =>
    async (ms: number, signal: AbortSignal): Promise<boolean> =>
      await pauses.wait(siteId, ms, signal)
  const use = (place: WatchedPlace): WatchedCluster => {
    const key = keyOf(place)
    const onDefect = (error: unknown): void => deps.onDefect(error, place)
    const found = clusters.get(key) ?? { history: createClusterHistory(onDefect), kinds: new Map(), users: 0 }
    clusters.set(key, found)
    found.users += 1
    return found
  }
  const leave = (place: WatchedPlace, cluster: WatchedCluster): void => {
    cluster.users -= 1
    if (cluster.users > 0) return
    clusters.delete(keyOf(place))
    for (const shared of cluster.kinds.values()) {
      const ended = shared.ended().finally(() => ending.delete(ended))
      ending.add(ended)
    }
  }
  const sharedOf = (place: WatchedPlace, { history, kinds }: WatchedCluster, kind: WatchedKind): SharedWatch => {
    const onDefect = (error: unknown): void => deps.onDefect(error, place)
    const found =
      kinds.get(kind) ?? createSharedWatch({ kind, timing, history, pageSize, pause: pauseFor(place), onDefect })
    kinds.set(kind, found)
    return found
  }

  return {
    sharing: (place, kind) => clusters.get(keyOf(place))?.kinds.get(kind)?.sharing() ?? 0,
    watch: async (place, { kind, sink, signal }) => {
      if (signal.aborted) return
      const cluster = use(place)
      const { namespace, labelSelector } = place
      const { history } = cluster
      const select = selectOf(kind, labelSelector)
      const api = async (): Promise<KubeApi> => await deps.apiOf(place)
      const onDefect = (error: unknown): void => deps.onDefect(error, place)
      try {
        if (isSharable(kind, select)) await sharedOf(place, cluster, kind).join({ namespace, sink, api, signal })
        else
          await watchKind(
            { kind, namespace, select, sink, api, signal, timing, history, pageSize, pause: pauseFor(place) },
            onDefect,
          )
      } finally {
        leave(place, cluster)
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(ending)
    },
  }
}
