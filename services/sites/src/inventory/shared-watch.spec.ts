import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KubeApi } from '../connection/kube-api.ts'
import type { WatchEvent } from '../connection/watch-stream.ts'
import { SiteError } from '../egress/site-error.ts'
import { hastyTiming } from './any-troubles.fixtures.ts'
import { createClusterHistory } from './cluster-history.ts'
import { createSharedWatch, type SharedWatch } from './shared-watch.ts'
import { createWatchedCache, type WatchedCache } from './watched-cache.fixtures.ts'

const failure = new SiteError({ code: 'unreachable', message: 'gone' })
const timing = { ...hastyTiming, silenceMs: 60_000, watchSeconds: 60, retryMaxMs: 1_000_000, relistJitterMs: 0 }

/** A try to watch cluster-wide: the spec says what comes of it. */
interface Attempt {
  readonly signal: AbortSignal
  readonly open: () => void
  /** The connection ends well. */
  readonly end: () => void
  readonly fail: () => void
}

/** An empty cluster. Every namespace is listed at version 10 and watched without trouble. */
const openCluster = () => {
  const attempts: Attempt[] = []
  const cluster = { attempts, head: '10', isListable: true, opensFirst: false }
  const wide = async function* (signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const [opened, ended] = [Promise.withResolvers<boolean>(), Promise.withResolvers<void>()]
    attempts.push({ signal, open: () => opened.resolve(true), end: ended.resolve, fail: () => opened.resolve(false) })
    if (attempts.length === 1 && cluster.opensFirst) opened.resolve(true)
    if (!(await opened.promise)) throw failure
    yield { type: 'open' }
    await ended.promise
  }
  const api = {
    list: async function* (_kind, namespace) {
      if (namespace === undefined && !cluster.isListable) throw failure
      yield { items: [], resourceVersion: '10' }
    },
    count: async () => ({ total: 0, resourceVersion: cluster.head }),
    identity: async () => 'cluster',
    watch: async function* (_kind, namespace, { signal }) {
      if (namespace === undefined) return yield* wide(signal)
      yield { type: 'open' }
      if (!signal.aborted) await once(signal, 'abort')
    },
  } as Partial<KubeApi> as KubeApi
  return { ...cluster, set: (changes: Partial<typeof cluster>) => void Object.assign(cluster, changes), api }
}

describe('a cluster-wide watch', () => {
  let cluster: ReturnType<typeof openCluster>
  let shared: SharedWatch
  let caches: WatchedCache[]
  let leaving: AbortController[]
  let running: Promise<void>[]
  let defects: unknown[]

  const open = (silenceMs = timing.silenceMs): void => {
    const onDefect = (error: unknown): void => void defects.push(error)
    shared = createSharedWatch({
      kind: 'ConfigMap',
      timing: { ...timing, silenceMs },
      history: createClusterHistory(onDefect),
      onDefect,
      pause: async (_ms, signal) => !signal.aborted,
    })
    for (const name of ['a', 'b', 'c']) join(name)
  }
  const join = (namespace: string): void => {
    const cache = createWatchedCache(namespace)
    const abort = new AbortController()
    caches.push(cache)
    leaving.push(abort)
    const request = { namespace, sink: cache.sink, api: async () => cluster.api, signal: abort.signal }
    running.push(shared.join(request))
  }
  const leave = (): void => {
    for (const abort of leaving) abort.abort()
  }
  const attempt = async (index: number): Promise<Attempt> => {
    await expect.poll(() => cluster.attempts.length, { interval: 1 }).toBeGreaterThan(index)
    return cluster.attempts[index] as Attempt
  }
  const turns = async (): Promise<void> => {
    for (let index = 0; index < 50; index += 1) await turn()
  }
  const lostOf = (cache: WatchedCache): number => cache.told.filter((each) => each.startsWith('lost')).length

  beforeEach(() => {
    cluster = openCluster()
    caches = []
    leaving = []
    running = []
    defects = []
  })
  afterEach(async () => {
    leave()
    for (const each of cluster.attempts) each.end()
    for (const each of cluster.attempts) each.fail()
    await Promise.all(running)
    await shared.ended()
    expect(defects).toEqual([])
  })

  it('takes nobody over when the cluster is behind what is known', async () => {
    cluster.set({ head: '5' })
    open()
    const { open: opened, signal } = await attempt(0)
    opened()
    await turns()
    expect([shared.sharing(), signal.aborted]).toEqual([0, true])
  })

  it('that is given up while it was to be listed anew leaves nobody where it was', async () => {
    open()
    const { open: opened, end } = await attempt(0)
    opened()
    await expect.poll(() => shared.sharing(), { interval: 1 }).toBe(3)
    cluster.set({ isListable: false })
    end()
    for (const index of [1, 2, 3]) (await attempt(index)).fail()
    await expect
      .poll(() => caches.map(({ told }) => told.filter((each) => each === 'replace').length), { interval: 1 })
      .toEqual([2, 2, 2])
    expect(shared.sharing()).toBe(0)
  })

  it('that does not open and then fails has failed once', async () => {
    // Before any timer can say that it is late.
    cluster.set({ opensFirst: true })
    open(5)
    const { end } = await attempt(0)
    await expect.poll(() => shared.sharing(), { interval: 1 }).toBe(3)
    end()
    const [first] = caches as [WatchedCache]
    for (const index of [1, 2, 3, 4]) {
      const { fail } = await attempt(index)
      await expect.poll(() => lostOf(first), { interval: 1 }).toBe(2 * index - 1)
      fail()
      await attempt(index + 1)
      expect(shared.sharing()).toBe(3)
    }
    ;(await attempt(5)).fail()
    await expect.poll(() => shared.sharing(), { interval: 1 }).toBe(0)
  })

  it('has ended when those before it have, too', async () => {
    open()
    ;(await attempt(0)).open()
    await expect.poll(() => shared.sharing(), { interval: 1 }).toBe(3)
    leave()
    for (const name of ['d', 'e', 'f']) join(name)
    const { open: opened, end } = await attempt(1)
    opened()
    await expect.poll(() => shared.sharing(), { interval: 1 }).toBe(3)
    leave()
    end()
    let isEnded = false
    const ended = shared.ended().then(() => {
      isEnded = true
    })
    await turns()
    expect(isEnded).toBe(false)
    cluster.attempts[0]?.end()
    await ended
  })
})
