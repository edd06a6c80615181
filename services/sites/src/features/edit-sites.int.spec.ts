import {
  connectSite,
  deleteSite,
  disableSite,
  editSite,
  enableSite,
  getSite,
  listClusters,
  listObjects,
  listSiteChanges,
} from '@rancher-hub/contracts'
import { type Fleet, resourceOfKind, startFleet } from '@rancher-hub/fleet'
import { newId } from '@rancher-hub/service-kit'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { bindNamespaces, quickTiming, type RunningSites, refusal, startSites } from '../sites.fixtures.ts'

const waiting = { timeout: 20_000, interval: 20 }

describe('editing sites', () => {
  let fleet: Fleet
  let sites: RunningSites
  beforeAll(async () => {
    fleet = await startFleet({ stepMs: 1 })
    // Watches end by themselves after a second.
    sites = await startSites({
      timing: { ...quickTiming, watchSeconds: 1 },
      checkTiming: { firstMs: 3_600_000, everyMs: 3_600_000, goneMs: 20 },
    })
  })
  afterAll(async () => {
    await sites[Symbol.asyncDispose]()
    await fleet[Symbol.asyncDispose]()
  })
  const connection = (token = fleet.ranchers.dev.token) => ({
    kind: 'rancher' as const,
    url: fleet.ranchers.dev.url,
    token,
  })
  const newToken = (): string => {
    const value = `token-${newId().slice(0, 5)}:another-secret`
    fleet.ranchers.dev.server.tokens.push({ value, user: 'u-hub', rights: 'all' })
    return value
  }
  const bind = async (token: string, on = sites) => {
    const { siteId, instanceIds } = await bindNamespaces(on, connection(token), 'c-m-dev00001', ['shop'])
    const instanceId = instanceIds[0] ?? ''
    const inventory = async () => (await on.call(listObjects, { instanceId, limit: 500 })).inventory
    await vi.waitUntil(async () => (await inventory()).kinds.every(({ state }) => state === 'complete'), waiting)
    return { siteId, instanceId, inventory }
  }

  it('lets watches go on with a new token where they were: nothing is listed again, nothing is stale', async () => {
    const [old, next] = [newToken(), newToken()]
    const { server } = fleet.ranchers.dev
    const { siteId, instanceId, inventory } = await bind(old)
    const before = await inventory()
    await sites.call(editSite, { siteId, connection: connection(next) })
    const isWatch = (request: string) => request.includes('watch=')
    const ofCluster = () => server.requestsWith(next).filter((request) => request.includes('/k8s/clusters/'))
    const watches = () =>
      new Set(
        ofCluster()
          .filter(isWatch)
          .map((request) => request.split('?')[0]),
      ).size
    const stale: boolean[] = []
    const kinds = new Set(
      server
        .requestsWith(old)
        .filter(isWatch)
        .map((request) => request.split('?')[0]),
    ).size
    await vi.waitUntil(async () => {
      stale.push((await inventory()).stale)
      return watches() === kinds
    }, waiting)
    // From now on the old one is of no use any more.
    server.tokens.splice(
      server.tokens.findIndex(({ value }) => value === old),
      1,
    )
    const { cluster } = fleet.places.dev
    const name = `rotated-${newId().slice(0, 8)}`
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data: { a: 'b' } }
    cluster.create(resourceOfKind('ConfigMap'), 'shop', configMap)
    const sees = async () => {
      const { items, inventory: state } = await sites.call(listObjects, { instanceId, text: name })
      stale.push(state.stale)
      return items.length === 1
    }
    await vi.waitUntil(sees, waiting)
    expect(stale).not.toContain(true)
    expect(before.kinds.length).toBeGreaterThan(0)
    expect(kinds).toBeGreaterThan(0)
    // The test of the connection asks what the token may do; it lists nothing of the namespace.
    expect(ofCluster().filter((request) => !isWatch(request) && /^GET .*\/namespaces\/shop\//.test(request))).toEqual(
      [],
    )
  })

  it('stops to call a disabled site, says so of its instances, and goes on when it is enabled', async () => {
    const token = newToken()
    const { siteId, inventory } = await bind(token)
    await sites.call(disableSite, { siteId, revision: 0 })
    expect(await sites.call(getSite, { siteId })).toMatchObject({ state: 'disabled', revision: 1 })
    expect(await refusal(sites.call(listClusters, { siteId }))).toMatchObject({
      code: 'site-problem',
      details: { problem: { code: 'site-disabled' } },
    })
    await vi.waitUntil(async () => (await inventory()).problem?.code === 'site-disabled', waiting)
    expect(await inventory()).toMatchObject({ stale: true })
    const calls = fleet.ranchers.dev.server.requestsWith(token).length
    await sites.call(disableSite, { siteId })
    await refusal(sites.call(listClusters, { siteId }))
    expect(fleet.ranchers.dev.server.requestsWith(token)).toHaveLength(calls)
    await sites.call(enableSite, { siteId, revision: 1 })
    await vi.waitUntil(async () => !(await inventory()).stale, waiting)
  })

  it('stops to read with a token that was replaced, too, however long its watches last', async () => {
    await using lasting = await startSites({ ground: sites.ground })
    const [site, other] = [await bind(newToken(), lasting), await bind(newToken(), lasting)]
    await lasting.call(editSite, { siteId: site.siteId, connection: connection(newToken()) })
    await lasting.call(disableSite, { siteId: site.siteId })
    await vi.waitUntil(async () => (await site.inventory()).problem?.code === 'site-disabled', waiting)
    expect(await site.inventory()).toMatchObject({ stale: true })
    const name = `disabled-${newId().slice(0, 8)}`
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data: { a: 'b' } }
    fleet.places.dev.cluster.create(resourceOfKind('ConfigMap'), 'shop', configMap)
    const seen = async ({ instanceId }: { instanceId: string }) =>
      (await lasting.call(listObjects, { instanceId, text: name })).items.length
    await vi.waitUntil(async () => (await seen(other)) === 1, waiting)
    expect(await seen(site)).toBe(0)
  })

  it('goes on with what is open when another organization asks for the id', async () => {
    const { id: siteId } = await sites.call(connectSite, { name: newId(), connection: connection() })
    await sites.call(listClusters, { siteId })
    const traffic = async () => (await sites.call(getSite, { siteId })).traffic
    expect(await traffic()).toBeDefined()
    expect(await refusal(sites.call(listClusters, { siteId }, 'org-2'))).toMatchObject({ code: 'not-found' })
    expect(await traffic()).toBeDefined()
  })

  it('goes on at once when it is enabled, however long its watches wait before they try again', async () => {
    const patient = { ...quickTiming, retryBaseMs: 600_000, retryMaxMs: 600_000 }
    await using waitful = await startSites({ ground: sites.ground, timing: patient })
    const { siteId, inventory } = await bind(newToken(), waitful)
    await waitful.call(disableSite, { siteId })
    await vi.waitUntil(async () => (await inventory()).stale, waiting)
    await waitful.call(enableSite, { siteId })
    await vi.waitUntil(async () => !(await inventory()).stale, waiting)
  })

  it('stops to call a site that another process disabled', async () => {
    const token = newToken()
    const { siteId, inventory } = await bind(token)
    await using other = await startSites({ ground: sites.ground })
    await other.call(disableSite, { siteId })
    await vi.waitUntil(async () => (await inventory()).problem?.code === 'site-disabled', waiting)
  })

  it('tells the second of two administrators who changed what, for every kind of edit', async () => {
    const { id: siteId } = await sites.call(connectSite, { name: newId(), connection: connection() })
    await sites.call(editSite, { siteId, name: `EU ${siteId}`, revision: 0 })
    await sites.call(editSite, { siteId, connection: { ...connection(newToken()), proxyUrl: '' }, revision: 1 })
    const outdated = {
      code: 'changed-meanwhile',
      details: {
        revision: 2,
        changes: [
          { change: 'renamed', by: 'Ada', name: `EU ${siteId}` },
          { change: 'reconnected', by: 'Ada', parts: ['token'] },
        ],
      },
    }
    const seen = { siteId, revision: 0 }
    expect(await refusal(sites.call(editSite, { ...seen, name: 'mine' }))).toMatchObject(outdated)
    expect(await refusal(sites.call(editSite, { ...seen, connection: connection() }))).toMatchObject(outdated)
    for (const contract of [disableSite, deleteSite] as const)
      expect(await refusal(sites.call(contract, seen))).toMatchObject(outdated)
    await sites.call(editSite, { siteId, name: `mine ${siteId}`, revision: 2 })
    expect((await sites.call(listSiteChanges, { siteId, limit: 2 })).items).toMatchObject([
      { change: 'renamed', name: `mine ${siteId}` },
      { change: 'reconnected' },
    ])
    expect((await sites.call(listSiteChanges, { siteId })).total).toBe(4)
    expect(await refusal(sites.call(listSiteChanges, { siteId }, 'org-2'))).toMatchObject({ code: 'not-found' })
  })
})
