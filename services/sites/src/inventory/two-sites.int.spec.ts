import { type Fleet, startFleet } from '@rancher-hub/fleet'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ConnectedSite, openSite } from '../connection/connected-site.ts'
import { createNetworkPolicy } from '../egress/network-policy.ts'
import { hastyTiming } from './any-troubles.fixtures.ts'
import { createWatchSources } from './watch-sources.ts'
import { createWatchedCache, type WatchedCache } from './watched-cache.fixtures.ts'

type Place = keyof Fleet['ranchers']
const polling = { timeout: 20_000, interval: 5 }

describe('two sites', () => {
  let stack: AsyncDisposableStack
  let fleet: Fleet
  let caches: Readonly<Record<Place, WatchedCache>>
  let begin: () => void

  beforeEach(async () => {
    stack = new AsyncDisposableStack()
    fleet = stack.use(await startFleet({ stepMs: 1 }))
    const siteOf = (rancher: Place): ConnectedSite => {
      const { url, token } = fleet.ranchers[rancher]
      const policy = createNetworkPolicy({ allowLoopback: true })
      return stack.use(openSite({ kind: 'rancher', url, secret: { token } }, { policy, concurrency: 2 }))
    }
    const sites = { dev: siteOf('dev'), production: siteOf('production') }
    const defects: unknown[] = []
    const sources = createWatchSources({
      apiOf: async ({ siteId, clusterId }) => sites[siteId as Place].cluster(clusterId, 'background'),
      timing: hastyTiming,
      onDefect: (error) => defects.push(error),
    })
    const abort = new AbortController()
    caches = { dev: createWatchedCache('shop'), production: createWatchedCache('shop') }
    const running: Promise<void>[] = []
    begin = () => {
      for (const siteId of ['dev', 'production'] as const) {
        const { clusterId, namespace } = fleet.places[siteId]
        const request = { kind: 'ConfigMap', sink: caches[siteId].sink, signal: abort.signal } as const
        running.push(sources.watch({ org: 'org', siteId, clusterId, namespace }, request))
      }
    }
    stack.defer(async () => {
      abort.abort()
      await Promise.all(running)
      expect(defects).toEqual([])
    })
  })
  afterEach(async () => await stack.disposeAsync())

  const change = (place: Place, value: string): void =>
    fleet.places[place].cluster.edit('ConfigMap', 'shop', 'kube-root-ca.crt', 'kubectl', (object) => {
      object['data'] = { value }
    })
  const shows = async (place: Place, value: string): Promise<void> =>
    await expect.poll(() => caches[place].contents.get('kube-root-ca.crt')?.endsWith(` ${value}`), polling).toBe(true)

  it('one that is slow does not slow the other', async () => {
    fleet.ranchers.production.faults.add({ kind: 'latency', ms: 5_000 })
    begin()
    await expect.poll(() => caches.dev.state(), polling).toBe('current')
    for (let round = 0; round < 20; round += 1) {
      change('dev', `v${round}`)
      await shows('dev', `v${round}`)
    }
    expect(caches.production.told).toEqual([])
    fleet.ranchers.production.faults.clear()
  })

  it('one that is down does not blank the other, keeps what was known, and comes back by itself', async () => {
    begin()
    await expect.poll(() => [caches.dev.state(), caches.production.state()], polling).toEqual(['current', 'current'])
    const known = new Map(caches.production.contents)
    const resume = await fleet.ranchers.production.server.halt()
    await expect.poll(() => caches.production.state(), polling).toBe('lost')
    change('dev', 'meanwhile')
    change('production', 'meanwhile')
    await shows('dev', 'meanwhile')
    expect(caches.production.contents).toEqual(known)
    expect(caches.dev.told.every((each) => each === 'replace' || each === 'connected')).toBe(true)
    await resume()
    await shows('production', 'meanwhile')
    await expect.poll(() => caches.production.state(), polling).toBe('current')
  })
})
