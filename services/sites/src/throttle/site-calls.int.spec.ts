import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startFleet } from '@rancher-hub/fleet'
import { describe, expect, it, vi } from 'vitest'
import { type ConnectedSite, openSite } from '../connection/connected-site.ts'
import { createNetworkPolicy } from '../egress/network-policy.ts'
import { SitePausedError } from './call-result.ts'

/** For conditions that come about at once, on a machine that may be busy. */
const patience = { timeout: 30_000 }
const policy = createNetworkPolicy({ allowLoopback: true })
const open = (url: string, concurrency = 10): ConnectedSite =>
  openSite({ kind: 'kubernetes', url, secret: { token: 'x' } }, { policy, concurrency })

/** An API server that holds its answers until it is let go. */
const startHolding = async (port = 0) => {
  const asked: string[] = []
  const held: (() => void)[] = []
  let isHolding = true
  const answer = ({ url = '' }: IncomingMessage, response: ServerResponse): void => {
    const body = url.includes('limit=')
      ? { metadata: { resourceVersion: '1' }, items: [] }
      : { metadata: { name: url.split('/').at(-1), uid: '1', resourceVersion: '1' } }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  }
  const server = createServer((request, response) => {
    asked.push((request.url ?? '').split('/').at(-1)?.split('?')[0] ?? '')
    if (isHolding) held.push(() => answer(request, response))
    else answer(request, response)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const at = (server.address() as AddressInfo).port
  return {
    asked,
    port: at,
    url: `http://127.0.0.1:${at}`,
    letGo: () => {
      isHolding = false
      for (const each of held.splice(0)) each()
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

describe('calls to a site', () => {
  it('of a person go before two hundred that wait in the background', async () => {
    await using server = await startHolding()
    await using site = open(server.url, 1)
    const background = site.cluster('', 'background')
    const all = Array.from({ length: 200 }, async (_, index) => await background.get('Secret', 'shop', `b${index}`))
    await vi.waitUntil(() => server.asked.length === 1, patience)
    const person = site.cluster('').get('Secret', 'shop', 'person')
    await vi.waitUntil(() => site.throttle.waiting() === 200, patience)
    server.letGo()
    await Promise.all([...all, person])
    expect(server.asked.slice(0, 2)).toEqual(['b0', 'person'])
    expect(server.asked).toHaveLength(201)
  })

  it('in the background are raised when a person asks for the same', async () => {
    await using server = await startHolding()
    await using site = open(server.url, 1)
    const [background, person] = [site.cluster('', 'background'), site.cluster('')]
    const names = ['first', 'second', 'third', 'wanted']
    const all = names.map(async (name) => await background.get('Secret', 'shop', name))
    await vi.waitUntil(() => server.asked.length === 1 && site.throttle.waiting() === 3, patience)
    all.push(person.get('Secret', 'shop', 'wanted'))
    server.letGo()
    await Promise.all(all)
    expect(server.asked).toEqual(['first', 'wanted', 'second', 'third'])
  })

  it('that read the same at the same time reach the server once; one that must be fresh asks anew', async () => {
    await using server = await startHolding()
    await using site = open(server.url)
    const [a, b] = [site.cluster('', 'background'), site.cluster('')]
    const lists = [a, b, b].map(async (api) => await Array.fromAsync(api.list('ConfigMap', 'shop')))
    await vi.waitUntil(() => server.asked.length === 1, patience)
    const first = b.get('Secret', 'shop', 'db')
    await vi.waitUntil(() => server.asked.length === 2, patience)
    const second = b.get('Secret', 'shop', 'db')
    await vi.waitUntil(() => server.asked.length === 3, patience)
    server.letGo()
    await Promise.all([...lists, first, second])
    expect(server.asked).toEqual(['configmaps', 'db', 'db'])
  })

  it('that write are never merged', async () => {
    await using server = await startHolding()
    await using site = open(server.url)
    const api = site.cluster('')
    const write = async () => await api.create('ConfigMap', 'shop', { metadata: { name: 'a' } }, { dryRun: false })
    const both = [write(), write()]
    await vi.waitUntil(() => server.asked.length === 2, patience)
    server.letGo()
    await Promise.all(both)
  })

  it('to one site go on while another one hangs', async () => {
    await using hanging = await startHolding()
    await using well = await startHolding()
    well.letGo()
    await using slow = open(hanging.url)
    await using quick = open(well.url)
    const stuck = Array.from(
      { length: 50 },
      async (_, index) => await slow.cluster('').get('Secret', 'shop', `s${index}`),
    )
    await vi.waitUntil(() => slow.throttle.waiting() === 40, patience)
    for (let index = 0; index < 50; index += 1) await quick.cluster('').get('Secret', 'shop', `q${index}`)
    expect([slow.throttle.inFlight(), slow.throttle.waiting()]).toEqual([10, 40])
    hanging.letGo()
    await Promise.all(stuck)
  })

  it('are all answered by a Rancher that takes ten a second', async () => {
    await using fleet = await startFleet({ stepMs: 1 })
    const { ranchers, places } = fleet
    const { url, token, faults } = ranchers.dev
    await using site = openSite({ kind: 'rancher', url, secret: { token } }, { policy, concurrency: 10 })
    const api = site.cluster(places.dev.clusterId, 'background')
    faults.add({ kind: 'rate-limit', perSecond: 10 })
    const reads = Array.from({ length: 60 }, async (_, index) => await api.get('ConfigMap', 'shop', `none-${index}`))
    expect(await Promise.all(reads)).toEqual(Array.from({ length: 60 }))
    expect(site.throttle.pace.calls.count('refused')).toBeGreaterThan(0)
    expect(site.throttle.pace.perSecond()).toBeDefined()
  })

  it('end at once while the site is down, and go on by themselves when it is back', async () => {
    const first = await startHolding()
    await using site = open(first.url)
    await first[Symbol.asyncDispose]()
    const api = site.cluster('')
    const get = async () => await api.get('Secret', 'shop', 'db')
    for (let index = 0; index < 5; index += 1)
      await expect(get()).rejects.toMatchObject({ problem: { code: 'unreachable' } })
    await expect(get()).rejects.toThrow(SitePausedError)
    await expect(get()).rejects.toThrow(/did not answer 5 times since \d\d:\d\d:\d\d UTC; the hub tries again at/)
    await using again = await startHolding(first.port)
    again.letGo()
    await vi.waitUntil(() => site.throttle.breakers.broken().length === 0, { timeout: 60_000 })
    expect(await get()).toMatchObject({ metadata: { name: 'db' } })
    expect(again.asked).toEqual(['version', 'db'])
  })
})
