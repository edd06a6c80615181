import { checkSite, connectSite, editSite, getSite, listClusters, listExpiringTokens } from '@rancher-hub/contracts'
import { type Fleet, startFleet } from '@rancher-hub/fleet'
import { newId } from '@rancher-hub/service-kit'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createGround, everythingOf, type RunningSites, refusal, startSites } from '../../sites.fixtures.ts'

const DAY_MS = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString()
const waiting = { timeout: 15_000, interval: 20 }

describe('tokens of sites', () => {
  let fleet: Fleet
  beforeAll(async () => {
    fleet = await startFleet({ stepMs: 1 })
  })
  afterAll(async () => await fleet[Symbol.asyncDispose]())
  const server = () => fleet.ranchers.dev.server
  /** A new token of the first Rancher, which can be changed while it is in use. */
  const makeToken = (facts: { expiresAt?: string; clusterId?: string; ext?: boolean } = {}) => {
    const name = `token-${newId().slice(0, 5)}`
    const value = `${facts.ext === true ? 'ext/' : ''}${name}:canary-9f3b7d-secret`
    const { ext: _, ...rest } = facts
    const put = (change: object): void => {
      const { tokens } = server()
      const index = tokens.findIndex((each) => each.value === value)
      const token = { value, user: 'u-hub', rights: 'all' as const, ...rest, ...change }
      if (index === -1) tokens.push(token)
      else tokens[index] = token
    }
    put({})
    return { name, value, put }
  }
  const connect = async (sites: RunningSites, token: string): Promise<string> => {
    const connection = { kind: 'rancher' as const, url: fleet.ranchers.dev.url, token }
    return (await sites.call(connectSite, { name: newId(), connection })).id
  }
  const warnings = async (sites: RunningSites): Promise<number[]> => {
    const events = await Array.fromAsync(sites.ground.store.readAll())
    return events.flatMap(({ type, data }) => (type === 'SiteTokenExpiring' ? [(data as { days: number }).days] : []))
  }

  it.each([
    ['a classic token', false, 'rancher-token'],
    ['a token of ext.cattle.io', true, 'ext-token'],
  ])('are shown with owner and end: %s', async (_what, ext, kind) => {
    const expiresAt = inDays(50)
    const token = makeToken({ ext, expiresAt })
    await using sites = await startSites()
    const siteId = await connect(sites, token.value)
    const credential = { kind, name: token.name, owner: 'u-hub', enabled: true, expiresAt }
    expect(await sites.call(getSite, { siteId })).toMatchObject({ tokenExpiresAt: expiresAt, credential })
    expect(await everythingOf(sites)).not.toContain('canary-9f3b7d')
  })

  it('of one cluster only are said to be so', async () => {
    const token = makeToken({ ext: true, clusterId: 'c-m-dev00001' })
    await using sites = await startSites()
    const siteId = await connect(sites, token.value)
    expect((await sites.call(getSite, { siteId })).credential).toMatchObject({ clusterId: 'c-m-dev00001' })
    // Rancher lets a classic one do nothing but call its cluster.
    const classic = makeToken({ clusterId: 'c-m-dev00001' })
    expect(await refusal(connect(sites, classic.value))).toMatchObject({
      code: 'site-problem',
      message: expect.stringContaining('A token that was made for one cluster') as string,
    })
  })

  it('are warned about once for each of 30, 7 and 1 days, over restarts', async () => {
    const end = inDays(100)
    const token = makeToken({ expiresAt: end })
    const ground = createGround()
    let siteId = ''
    const daysBefore = async (days: number) => {
      const now = () => new Date(Date.parse(end) - days * DAY_MS)
      await using sites = await startSites({ ground, now })
      if (siteId === '') siteId = await connect(sites, token.value)
      await sites.call(checkSite, { siteId })
      await sites.call(checkSite, { siteId })
      return { warned: await warnings(sites), listed: (await sites.call(listExpiringTokens, {})).items.length }
    }
    expect(await daysBefore(60)).toEqual({ warned: [], listed: 0 })
    expect(await daysBefore(29)).toEqual({ warned: [30], listed: 1 })
    expect(await daysBefore(12)).toEqual({ warned: [30], listed: 1 })
    expect(await daysBefore(6)).toEqual({ warned: [30, 7], listed: 1 })
    expect(await daysBefore(0.5)).toEqual({ warned: [30, 7, 1], listed: 1 })
    token.put({ expiresAt: inDays(300) })
    expect(await daysBefore(0.5)).toEqual({ warned: [30, 7, 1], listed: 0 })
  })

  it('are warned about while their site does not answer', async () => {
    const end = inDays(40)
    const ground = createGround()
    const token = makeToken({ expiresAt: end })
    await using first = await startSites({ ground })
    const siteId = await connect(first, token.value)
    token.put({ enabled: false })
    await using later = await startSites({ ground, now: () => new Date(Date.parse(end) - 2 * DAY_MS) })
    expect((await later.call(checkSite, { siteId })).problem?.code).toBe('token-refused')
    expect(await warnings(later)).toEqual([7])
  })

  it('and versions are read in the background, and noted where they are news', async () => {
    const token = makeToken({ expiresAt: inDays(80) })
    const ground = createGround()
    await using first = await startSites({ ground })
    const siteId = await connect(first, token.value)
    const changed = inDays(20)
    token.put({ expiresAt: changed })
    await using sites = await startSites({ ground, checkTiming: { firstMs: 1, everyMs: 3_600_000, goneMs: 1000 } })
    await vi.waitUntil(async () => (await sites.call(getSite, { siteId })).tokenExpiresAt === changed, waiting)
    await vi.waitUntil(async () => (await warnings(sites)).length > 0, waiting)
    expect((await sites.call(getSite, { siteId })).revision).toBe(0)
  })

  it('that are refused are looked at at once: what else is wrong shows without a click', async () => {
    const token = makeToken({ expiresAt: inDays(80) })
    await using sites = await startSites()
    const siteId = await connect(sites, token.value)
    const changed = inDays(60)
    const off = fleet.ranchers.dev.faults.add({ kind: 'unauthorized', path: '^/v3/clusters' })
    token.put({ expiresAt: changed })
    await refusal(sites.call(listClusters, { siteId }))
    // The token itself is in order: the site has no problem, and its end is told.
    await vi.waitUntil(async () => (await sites.call(getSite, { siteId })).tokenExpiresAt === changed, waiting)
    expect(await sites.call(getSite, { siteId })).toMatchObject({ state: 'connected' })
    off()
    token.put({ enabled: false })
    await refusal(sites.call(listClusters, { siteId }))
    await vi.waitUntil(async () => (await sites.call(getSite, { siteId })).state === 'problem', waiting)
    token.put({ enabled: true })
    expect(await sites.call(checkSite, { siteId })).toMatchObject({ serverVersion: 'v2.15.0' })
    expect((await sites.call(getSite, { siteId })).state).toBe('connected')
  })

  it('are replaced in the answers as soon as another one is entered', async () => {
    const [old, next] = [makeToken({ expiresAt: inDays(3) }), makeToken({ expiresAt: inDays(90) })]
    await using sites = await startSites()
    const siteId = await connect(sites, old.value)
    expect((await sites.call(listExpiringTokens, {})).items).toMatchObject([{ siteId }])
    await sites.call(editSite, {
      siteId,
      connection: { kind: 'rancher', url: fleet.ranchers.dev.url, token: next.value },
    })
    expect((await sites.call(listExpiringTokens, {})).items).toEqual([])
  })
})
