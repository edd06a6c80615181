import { listWorkloads } from '@rancher-hub/contracts'
import { type LargeFleet, startLargeFleet } from '@rancher-hub/fleet'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type BenchSession, signIn } from '../src/bench/bench-session.ts'
import { bindFleet } from '../src/bench/hub-process.ts'
import { type FreshHub, openFreshHub, shapes } from './hub.fixtures.ts'

const INSTANCES = 4
const WORKLOADS_EACH = 600

describe.each(shapes.filter(([, possible]) => possible))('lists of all instances, %s', (shape) => {
  let fleet: LargeFleet
  let hub: FreshHub
  let session: BenchSession
  beforeAll(async () => {
    fleet = await startLargeFleet({ instances: INSTANCES, workloadsEach: WORKLOADS_EACH, pods: 1 })
    hub = await openFreshHub({ HUB_ALLOW_LOOPBACK_SITES: 'true' }, shape)
    session = await signIn(hub.url, hub.link)
    await bindFleet(session, fleet)
    const isWhole = async (): Promise<boolean> =>
      (await session.client.call(listWorkloads, { limit: 1 })).total === INSTANCES * WORKLOADS_EACH
    await vi.waitUntil(isWhole, { timeout: 60_000, interval: 200 })
  })
  afterAll(async () => {
    await hub?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })
  const get = async (path: string, cookie = session.cookie()): Promise<Response> =>
    await fetch(`${hub.url}/api/v1${path}`, { headers: { cookie } })

  it('are downloaded whole, as CSV with a name and a day', async () => {
    const response = await get('/workloads/export?sort=environment')
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="workloads-[-0-9]{10}\.csv"$/)
    const lines = (await response.text()).split('\r\n')
    expect(lines).toHaveLength(INSTANCES * WORKLOADS_EACH + 2)
    expect(lines[0]).toMatch(/^environment,instance,site,cluster,namespace,kind,name,status,reason,/)
  })

  it('are downloaded whole, as JSON', async () => {
    const rows = (await (await get('/config/export?format=json&kind=Secret')).json()) as object[]
    expect(rows).toHaveLength(INSTANCES * WORKLOADS_EACH)
    expect(JSON.stringify(rows)).not.toMatch(/"(data|bytes)":/)
  })

  it('are downloaded by nobody who is not signed in, and not for a filter that is none', async () => {
    expect((await get('/workloads/export', '')).status).toBe(401)
    expect((await get(`/workloads/export?label=${encodeURIComponent('a in (')}`)).status).toBe(400)
    expect((await get('/workloads/export?status=fine')).status).toBe(400)
  })

  it('are read in pages that hold each row once', async () => {
    const seen = new Set<string>()
    for (let offset = 0; offset < INSTANCES * WORKLOADS_EACH; offset += 200) {
      const { items } = await session.client.call(listWorkloads, { offset, limit: 200, sort: 'image' })
      for (const { uid } of items) seen.add(uid)
    }
    expect(seen.size).toBe(INSTANCES * WORKLOADS_EACH)
  })
})
