import { bindInstance, connectSite, createEnvironment, listConfig, listWorkloads } from '@rancher-hub/contracts'
import { startFleet } from '@rancher-hub/fleet'
import { describe, expect, it, vi } from 'vitest'
import { bindNamespaces, startSites } from '../sites.fixtures.ts'
import { bindShop, isWhole } from './bind-shop.fixtures.ts'

describe('a site that does not do well', () => {
  it('is told, and neither blanks nor slows the others', async () => {
    await using fleet = await startFleet({ stepMs: 20 })
    await using sites = await startSites()
    const shop = await bindShop(sites, fleet)
    fleet.ranchers.production.faults.add({ kind: 'latency', ms: 60_000 })
    const first = await sites.call(listWorkloads, { limit: 200 })
    const shown = new Set(first.items.map(({ instanceId }) => instanceId))
    expect(shown).toEqual(new Set([shop.dev.id, shop.staging.id]))
    expect(first.sources).toMatchObject({ total: 3, loading: 1 })
    expect(first.instances.map(({ instance, state }) => [instance.name, state])).toContainEqual([
      'shop production',
      'loading',
    ])
  })

  it('comes back by itself; until then its rows stay, and it is stale', async () => {
    await using fleet = await startFleet({ stepMs: 20 })
    await using sites = await startSites()
    const shop = await bindShop(sites, fleet)
    const list = async () => await sites.call(listWorkloads, { instance: [shop.production.id] })
    await vi.waitUntil(async () => isWhole(await list()))
    const { total } = await list()
    const start = await fleet.ranchers.production.server.halt()
    await vi.waitUntil(async () => (await list()).sources.stale === 1, { timeout: 20_000 })
    const stale = await list()
    expect(stale.total).toBe(total)
    expect(stale.instances.find(({ instance }) => instance.id === shop.production.id)).toMatchObject({
      stale: true,
      asOf: expect.any(String),
      problem: { code: expect.any(String) },
    })
    await start()
    await vi.waitUntil(async () => (await list()).sources.stale === 0, { timeout: 20_000 })
  })

  it('that forbids a kind has the others shown, and the kind named', async () => {
    await using fleet = await startFleet({ stepMs: 20 })
    await using sites = await startSites()
    const { dev } = fleet.ranchers
    const token = 'token-develn:simulated-no-secrets-key'
    const { id: siteId } = await sites.call(connectSite, {
      name: 'narrow',
      connection: { kind: 'rancher', url: dev.url, token },
    })
    const { id: environmentId } = await sites.call(createEnvironment, { name: 'dev', colour: '#1f6feb' })
    const place = { siteId, clusterId: 'c-m-dev00001', namespace: 'shop' }
    await sites.call(bindInstance, { name: 'shop', environmentId, ...place })
    await vi.waitUntil(async () => (await sites.call(listConfig, {})).sources.partial === 1)
    const { items, instances, sources } = await sites.call(listConfig, { limit: 200 })
    expect(new Set(items.map(({ kind }) => kind))).toEqual(new Set(['ConfigMap']))
    expect(sources.partial).toBe(1)
    expect(instances[0]?.state).toBe('partial')
    expect(instances[0]?.kinds).toMatchObject([{ kind: 'Secret', state: 'forbidden' }])
    expect((await sites.call(listWorkloads, {})).instances[0]).toMatchObject({ state: 'complete', kinds: [] })
  })

  it('that forbids pods is told where workloads are listed, and not where config is', async () => {
    await using fleet = await startFleet({ stepMs: 20 })
    await using sites = await startSites()
    const { dev } = fleet.ranchers
    dev.faults.add({ kind: 'forbidden', path: '/namespaces/shop/pods?' })
    const connection = { kind: 'rancher' as const, url: dev.url, token: dev.token }
    await bindNamespaces(sites, connection, 'c-m-dev00001', ['shop'])
    await vi.waitUntil(async () => (await sites.call(listWorkloads, {})).sources.partial === 1)
    const { items, instances } = await sites.call(listWorkloads, { limit: 200 })
    expect(instances).toMatchObject([
      { state: 'partial', stale: false, kinds: [], surroundings: [{ kind: 'Pod', state: 'forbidden' }] },
    ])
    expect(items.every(({ restarts }) => restarts === undefined)).toBe(true)
    const config = await sites.call(listConfig, {})
    expect([config.sources.partial, config.instances[0]?.state]).toEqual([0, 'complete'])
  })
})
