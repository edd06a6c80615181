import { changeNetworks, connectSite, getSite, listClusters, listObjects } from '@rancher-hub/contracts'
import { type Fleet, startFleet } from '@rancher-hub/fleet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bindNamespaces, createGround, type RunningSites, startSites } from '../sites.fixtures.ts'

const WAIT = { timeout: 30_000 }

describe('a change of the networks', () => {
  let fleet: Fleet
  beforeAll(async () => {
    fleet = await startFleet({ stepMs: 1 })
  })
  afterAll(async () => await fleet[Symbol.asyncDispose]())
  const set = async (sites: RunningSites, target: string, revision: number) =>
    await sites.call(changeNetworks, { mode: 'listed', allowed: [{ target }], revision, acceptRefused: true })

  it('ends watches of refused places, which say so and go on by themselves when they may', async () => {
    await using sites = await startSites()
    const { url, token } = fleet.ranchers.dev
    const { clusterId, namespace } = fleet.places.dev
    const { instanceIds } = await bindNamespaces(sites, { kind: 'rancher', url, token }, clusterId, [namespace])
    const state = async () => (await sites.call(listObjects, { instanceId: instanceIds[0] ?? '' })).inventory
    await expect.poll(async () => (await state()).kinds.every((kind) => kind.state === 'complete'), WAIT).toBe(true)
    await set(sites, '10.0.0.0/8', 0)
    await expect.poll(async () => (await state()).problem?.code, WAIT).toBe('address-refused')
    expect((await state()).stale).toBe(true)
    await set(sites, '127.0.0.1', 1)
    await expect.poll(async () => (await state()).stale, WAIT).toBe(false)
    expect((await state()).problem).toBeUndefined()
  })

  it('reaches the open sites of other processes, which nobody asks for anything', async () => {
    const ground = createGround()
    await using here = await startSites({ ground })
    await using there = await startSites({ ground })
    const { url, token } = fleet.ranchers.dev
    const { id: siteId } = await there.call(connectSite, {
      name: 'Europe',
      connection: { kind: 'rancher', url, token },
    })
    await there.call(listClusters, { siteId })
    expect((await there.call(getSite, { siteId })).state).toBe('connected')
    await set(here, '10.0.0.0/8', 0)
    await expect.poll(async () => (await there.call(getSite, { siteId })).problem?.code, WAIT).toBe('address-refused')
    await set(here, '127.0.0.1', 1)
    await there.call(listClusters, { siteId })
    expect((await there.call(getSite, { siteId })).state).toBe('connected')
  })
})
