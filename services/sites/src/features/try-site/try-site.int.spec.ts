import {
  connectSite,
  getSite,
  listClusters,
  listNamespaces,
  listSites,
  liveSubject,
  trySite,
} from '@rancher-hub/contracts'
import { type Fleet, startFleet } from '@rancher-hub/fleet'
import { newId } from '@rancher-hub/service-kit'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { ORGANIZATION, type RunningSites, refusal, startSites } from '../../sites.fixtures.ts'

describe('try-site', () => {
  let fleet: Fleet
  let sites: RunningSites
  let siteId: string
  const hints: unknown[] = []
  beforeAll(async () => {
    fleet = await startFleet({ stepMs: 1 })
    sites = await startSites()
    await sites.bus.subscribe(
      liveSubject(ORGANIZATION, 'sites'),
      ({ data }) => void hints.push(JSON.parse(new TextDecoder().decode(data))),
      (error) => hints.push(error),
    )
  })
  afterAll(async () => {
    await sites[Symbol.asyncDispose]()
    await fleet[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    const { url, token } = fleet.ranchers.dev
    fleet.ranchers.dev.faults.clear()
    const connection = { kind: 'rancher', url, token } as const
    siteId = (await sites.call(connectSite, { name: newId(), connection })).id
  })
  /** Questions that differ, so that none is merged with another: each asks for the projects of another cluster. */
  const breakDown = async (): Promise<void> => {
    fleet.ranchers.dev.faults.add({ kind: 'error', status: 503 })
    const asked = Array.from({ length: 5 }, async (_, index) => {
      const { code } = await refusal(sites.call(listNamespaces, { siteId, clusterId: `c-${index}` }))
      expect(code).toBe('site-problem')
    })
    await Promise.all(asked)
    const paused = async () => (await sites.call(getSite, { siteId })).traffic?.paused[0]
    await vi.waitUntil(paused, { timeout: 30_000 })
  }

  it('shows how a site is called', async () => {
    expect((await sites.call(getSite, { siteId })).traffic).toBeUndefined()
    await sites.call(listClusters, { siteId })
    expect((await sites.call(listSites, { limit: 500 })).items.find(({ id }) => id === siteId)?.traffic).toEqual({
      callsAtOnce: 10,
      mostAtOnce: 10,
      inFlight: 0,
      waiting: 0,
      recent: { minutes: 5, calls: 1, refused: 0, failed: 0 },
      paused: [],
    })
  })

  it('shows that the server slowed it down, with what it asked for', async () => {
    fleet.ranchers.dev.faults.add({
      kind: 'throttle',
      retryAfterSeconds: 1,
      fairness: true,
      path: '^/v3/clusters',
      times: 1,
    })
    await sites.call(listClusters, { siteId })
    expect((await sites.call(getSite, { siteId })).traffic).toMatchObject({
      callsAtOnce: 5,
      recent: { calls: 2, refused: 1 },
      retryAfterSeconds: 1,
      slowedAt: expect.any(String),
      fairness: { flowSchema: expect.any(String), priorityLevel: expect.any(String) },
    })
  })

  it('tries at once what does not answer, says what still does not, and tells the screens', async () => {
    hints.length = 0
    await breakDown()
    const { traffic } = await sites.call(getSite, { siteId })
    const place = { failures: 5, problem: { code: 'upstream-error' }, since: expect.any(String) }
    expect(traffic?.paused).toMatchObject([place])
    expect(traffic?.paused[0]).not.toHaveProperty('cluster')
    expect(hints).toContainEqual({ topic: 'sites', id: siteId })
    const refused = await refusal(sites.call(listClusters, { siteId }))
    expect(refused.message).toMatch(
      /did not answer \d times since .* UTC; the hub (tries again at .* UTC|is trying again now)\. The last time: /,
    )

    const still = await sites.call(trySite, { siteId })
    expect(still.paused).toMatchObject([{ state: 'open', problem: { code: 'upstream-error' } }])
    fleet.ranchers.dev.faults.clear()
    expect(await sites.call(trySite, { siteId })).toEqual({ paused: [] })
    expect((await sites.call(listClusters, { siteId })).items).not.toEqual([])
    expect((await sites.call(getSite, { siteId })).state).toBe('connected')
  })

  it('shows the cluster that does not answer, and goes on with the others', async () => {
    const [dead, alive] = [fleet.places.dev.clusterId, fleet.places.staging.clusterId]
    fleet.ranchers.dev.faults.add({ kind: 'error', status: 504, path: `^/k8s/clusters/${dead}/` })
    const ask = async (clusterId: string) => await sites.call(listNamespaces, { siteId, clusterId })
    for (let index = 0; index < 5; index += 1) await refusal(ask(dead))
    const { traffic, state } = await sites.call(getSite, { siteId })
    expect(traffic?.paused).toMatchObject([{ cluster: dead, failures: 5 }])
    expect(state).toBe('connected')
    expect((await refusal(ask(dead))).message).toMatch(new RegExp(`^The cluster ${dead} behind .* did not answer`))
    expect((await ask(alive)).items).not.toEqual([])
    fleet.ranchers.dev.faults.clear()
    expect(await sites.call(trySite, { siteId })).toEqual({ paused: [] })
    expect((await ask(dead)).items).not.toEqual([])
  })

  it('has nothing to try where all is well, and knows no other organization’s sites', async () => {
    expect(await sites.call(trySite, { siteId })).toEqual({ paused: [] })
    expect((await refusal(sites.call(trySite, { siteId }, 'org-2'))).code).toBe('not-found')
    expect((await refusal(sites.call(trySite, { siteId: newId() }))).code).toBe('not-found')
  })
})
