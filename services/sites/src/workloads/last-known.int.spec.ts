import { getWorkload, listWorkloads } from '@rancher-hub/contracts'
import { startFleet } from '@rancher-hub/fleet'
import { startTcpProxy } from '@rancher-hub/tcp-proxy'
import { describe, expect, it } from 'vitest'
import { bindNamespaces, startSites } from '../sites.fixtures.ts'

describe('the page of a workload whose site is away', () => {
  it('says what lists know of it and since when, and nothing of what was never there', async () => {
    await using fleet = await startFleet({ stepMs: 20, deadlineMs: 300 })
    await using sites = await startSites()
    const { url, token } = fleet.ranchers.dev
    await using network = await startTcpProxy([Number(new URL(url).port)])
    const connection = { kind: 'rancher' as const, url: `http://127.0.0.1:${network.port}`, token }
    const { instanceIds } = await bindNamespaces(sites, connection, 'c-m-dev00001', ['shop'])
    const cart = { instanceId: instanceIds[0] ?? '', kind: 'Deployment' as const, name: 'cart' }
    const healthy = async () => (await sites.call(listWorkloads, { text: 'cart', status: ['healthy'] })).items.length
    await expect.poll(healthy).toBe(1)

    const begun = Date.now()
    const back = fleet.ranchers.dev.faults.add({ kind: 'reset' })
    network.cut()
    const stale = async () => (await sites.call(listWorkloads, {})).instances.some((each) => each.stale)
    await expect.poll(stale).toBe(true)
    const shown = await sites.call(getWorkload, cart)
    expect(shown.workload).toBeUndefined()
    expect(shown).toMatchObject({
      part: { state: 'failed', problem: { code: 'unreachable' } },
      lastKnown: {
        status: { state: 'healthy', message: '1 of 1 pods are available' },
        counts: { desired: 1, ready: 1 },
        images: { cart: expect.stringContaining('/shop/cart:') },
      },
    })
    const asOf = Date.parse(shown.lastKnown?.asOf ?? '')
    expect(asOf).toBeGreaterThanOrEqual(begun - 1_000)
    expect(asOf).toBeLessThanOrEqual(Date.now())
    expect((await sites.call(getWorkload, { ...cart, name: 'absent' })).lastKnown).toBeUndefined()

    back()
    await expect.poll(async () => (await sites.call(getWorkload, cart)).workload?.status.state).toBe('healthy')
    expect((await sites.call(getWorkload, cart)).lastKnown).toBeUndefined()
  })
})
