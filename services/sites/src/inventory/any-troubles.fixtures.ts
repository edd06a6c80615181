import type { Fault } from '@rancher-hub/fleet'
import { expect } from 'vitest'
import { openSite } from '../connection/connected-site.ts'
import type { KubeApi } from '../connection/kube-api.ts'
import { createNetworkPolicy } from '../egress/network-policy.ts'
import { createWatchSources } from './watch-sources.ts'
import type { WatchTiming } from './watch-timing.ts'
import { createWatchedCache, type WatchedCache } from './watched-cache.fixtures.ts'
import type { WatchedCluster } from './watched-cluster.fixtures.ts'

/** Caches of some namespaces, fed as the hub's inventories are, in a cluster that everything happens to. */
export interface World extends AsyncDisposable {
  readonly cluster: WatchedCluster
  readonly namespaces: readonly string[]
  join(cache: CacheId): void
  leave(cache: CacheId): Promise<void>
  /** Switches a fault of lists and watches on; the returned function switches it off. */
  fault(fault: Omit<Fault, 'verb' | 'path'>, where?: string): () => void
  /** Sets the cluster back to the backup of the beginning, while it is down. `kept`: faults are not ended. */
  restore(faults?: 'kept'): Promise<void>
  /** Ends all faults, and waits until every cache has what the server has. */
  settled(): Promise<void>
  /** Holds back lists of a namespace. */
  hold(namespace: number): HeldLists
  sharing(): number
  cache(cache: CacheId): WatchedCache | undefined
}

/** A cache: of a namespace, or of what has a label there. */
export interface CacheId {
  readonly namespace: number
  readonly isSelected: boolean
}

export const LABEL = ['chosen', 'yes'] as const
const keyOf = ({ namespace, isSelected }: CacheId): string => `${namespace}${isSelected ? ' selected' : ''}`

/** Short times: whatever takes long in life happens here all the time. */
export const hastyTiming: WatchTiming = {
  silenceMs: 600,
  watchSeconds: 2,
  retryBaseMs: 10,
  retryMaxMs: 100,
  forbiddenRetryMs: 50,
  relistJitterMs: 10,
  shareAgainMs: 100,
}

interface Running extends CacheId {
  readonly cache: WatchedCache
  readonly abort: AbortController
  readonly ended: Promise<void>
}

/** Lists that wait between being read and being used. */
export interface HeldLists {
  /** Resolves when one was read. */
  readonly read: Promise<void>
  readonly release: () => void
}

/** Holds lists of namespaces back on their way. */
const createHolder = () => {
  const holding = new Map<string | undefined, { readonly read: () => void; readonly released: Promise<void> }>()
  return {
    hold: (namespace: string): HeldLists => {
      const [read, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      holding.set(namespace, { read: read.resolve, released: released.promise })
      const release = (): void => {
        holding.delete(namespace)
        released.resolve()
      }
      return { read: read.promise, release }
    },
    through: (api: KubeApi): KubeApi => ({
      ...api,
      list: async function* (kind, namespace, ...rest) {
        const held = holding.get(namespace)
        if (held === undefined) return yield* api.list(kind, namespace, ...rest)
        const pages = await Array.fromAsync(api.list(kind, namespace, ...rest))
        held.read()
        await held.released
        yield* pages
      },
    }),
  }
}

/** Lists come in pages of three, so that every longer list has some. */
export const openWorld = async (
  cluster: WatchedCluster,
  namespaces: readonly string[],
  timing: WatchTiming = hastyTiming,
): Promise<World> => {
  const site = openSite(
    { kind: 'rancher', url: cluster.url, secret: { token: cluster.token } },
    { policy: createNetworkPolicy({ allowLoopback: true }), concurrency: 10 },
  )
  const { hold, through } = createHolder()
  const defects: unknown[] = []
  const sources = createWatchSources({
    apiOf: async () => through(site.cluster(cluster.clusterId, 'background')),
    timing,
    pageSize: 3,
    onDefect: (error) => defects.push(error),
  })
  const place = { org: 'org', siteId: 'site', clusterId: cluster.clusterId }
  const running = new Map<string, Running>()
  const restore = cluster.backup?.()

  const leave = async (id: CacheId): Promise<void> => {
    const found = running.get(keyOf(id))
    running.delete(keyOf(id))
    found?.abort.abort()
    await found?.ended
    expect(found?.cache.wrong ?? []).toEqual([])
  }
  const differences = async (): Promise<string[]> => {
    const found: string[] = []
    for (const { namespace, isSelected, cache } of running.values()) {
      const there = await cluster.contents(namespaces[namespace] ?? '', isSelected ? LABEL : undefined)
      const [known, real] = [cache.contents, there].map((each) => JSON.stringify([...each].sort()))
      if (cache.state() !== 'current' || known !== real)
        found.push(
          `${keyOf({ namespace, isSelected })} (${cache.told.slice(-3).join(', ')}): ${known} instead of ${real}`,
        )
    }
    return found
  }
  const settled = async (faults?: 'kept'): Promise<void> => {
    if (faults === undefined) cluster.faults.clear()
    await site.throttle.breakers.tryNow()
    await expect.poll(differences, { timeout: 30_000, interval: 10 }).toEqual([])
  }

  return {
    cluster,
    namespaces,
    leave,
    settled: async () => await settled(),
    cache: (id) => running.get(keyOf(id))?.cache,
    hold: (namespace) => hold(namespaces[namespace] ?? ''),
    sharing: () => sources.sharing(place, 'ConfigMap'),
    join: (id) => {
      const namespace = namespaces[id.namespace] ?? ''
      const cache = createWatchedCache(namespace)
      const abort = new AbortController()
      const labelSelector = id.isSelected ? LABEL.join('=') : undefined
      const request = { kind: 'ConfigMap', sink: cache.sink, signal: abort.signal } as const
      const ended = sources.watch({ ...place, namespace, labelSelector }, request)
      running.set(keyOf(id), { ...id, cache, abort, ended })
    },
    fault: (fault, where = '') => cluster.faults.add({ ...fault, verb: 'GET', path: `${where}/configmaps[?]` }),
    restore: async (faults) => {
      for (const { cache } of running.values()) cache.expectOlder()
      const resume = await cluster.server.halt()
      // Nobody restores a backup faster than a watch finds the server gone.
      const isAnyCurrent = (): boolean => [...running.values()].some(({ cache }) => cache.state() === 'current')
      await expect.poll(isAnyCurrent, { timeout: 30_000, interval: 5 }).toBe(false)
      restore?.()
      await resume()
      // Versions that are given out again before anybody has looked cannot be told from the old ones.
      await settled(faults)
    },
    [Symbol.asyncDispose]: async () => {
      cluster.faults.clear()
      await Promise.all([...running.values()].map(leave))
      await sources[Symbol.asyncDispose]()
      await site[Symbol.asyncDispose]()
      await Promise.all(namespaces.map(cluster.removeNamespace))
      expect(defects).toEqual([])
    },
  }
}
