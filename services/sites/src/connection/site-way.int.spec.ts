import { connectSite, editSite, getSite, listClusters, testConnection } from '@rancher-hub/contracts'
import { Cluster, type RancherOptions, startConnectProxy, startRancher } from '@rancher-hub/fleet'
import { newId } from '@rancher-hub/service-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { everythingOf, type RunningSites, refusal, startSites } from '../sites.fixtures.ts'

const token = 'token-abcde:canary-9f3b7d-token'
const rancher = async (change: Partial<RancherOptions> = {}) =>
  await startRancher({
    name: 'rancher',
    version: 'v2.15.0',
    tokens: [{ value: token, user: 'u-hub', rights: 'all' }],
    clusters: [{ id: 'c-m-aaaaaaaa', name: 'dev', backend: new Cluster('dev') }],
    ...change,
  })

describe('the way to a site', () => {
  let sites: RunningSites
  beforeAll(async () => {
    sites = await startSites()
  })
  afterAll(async () => {
    const everything = await everythingOf(sites)
    await sites[Symbol.asyncDispose]()
    expect(everything).not.toContain('canary-9f3b7d')
  })
  const test = async (connection: object) =>
    await sites.call(testConnection, { connection: { kind: 'rancher', url: '', token, ...connection } })

  it('leads through a proxy, which resolves the name and is asked for tunnels alone', async () => {
    await using server = await rancher()
    await using proxy = await startConnectProxy({
      user: 'ada',
      password: 'canary-9f3b7d-proxy',
      names: { 'rancher.internal:80': new URL(server.url).host },
    })
    const proxyUrl = proxy.url.replace('http://', 'http://ada:canary-9f3b7d-proxy@')
    const connection = { kind: 'rancher' as const, url: 'http://rancher.internal', token, proxyUrl }
    const tested = await sites.call(testConnection, { connection })
    expect(tested).toMatchObject({ ok: true, serverVersion: 'v2.15.0' })
    expect(tested.checks[0]?.message).toContain('the hub’s network policy cannot check')
    const { id: siteId } = await sites.call(connectSite, { name: newId(), connection })
    expect(await sites.call(getSite, { siteId })).toMatchObject({ proxy: { url: proxy.url, signsIn: true } })
    expect((await sites.call(listClusters, { siteId })).items).toMatchObject([{ name: 'dev' }])
    expect(new Set(proxy.asked)).toEqual(new Set(['rancher.internal:80']))
    expect(proxy.plain).toEqual([])
    // Without a word about it, it stays; emptied, it is gone.
    await sites.call(editSite, { siteId, connection: { kind: 'rancher', url: 'http://rancher.internal' } })
    expect((await sites.call(listClusters, { siteId })).items).toHaveLength(1)
    const straight = { kind: 'rancher' as const, url: 'http://rancher.internal', proxyUrl: '' }
    expect((await sites.call(testConnection, { siteId, connection: straight })).problem?.code).toBe('name-not-found')
  })

  it('carries nothing that is stored through a proxy that it was not stored for', async () => {
    await using server = await rancher()
    await using mine = await startConnectProxy()
    const stored = { kind: 'rancher' as const, url: server.url }
    const { id: siteId } = await sites.call(connectSite, { name: newId(), connection: { ...stored, token } })
    const connection = { ...stored, proxyUrl: mine.url }
    for (const contract of [testConnection, editSite])
      expect(await refusal(sites.call(contract, { siteId, connection }))).toMatchObject({
        code: 'credentials-missing',
        message: 'Enter the token again: what is stored does not go through another proxy.',
      })
    expect(mine.asked).toEqual([])
    // With the token, it is the site's own from then on.
    await sites.call(editSite, { siteId, connection: { ...connection, token } })
    expect(await sites.call(testConnection, { siteId, connection })).toMatchObject({ ok: true })
  })

  it.each([
    ['another password', { user: 'ada', password: 'x' }, 'proxy-refused', 'another user name and password'],
    ['another address', { refuseWith: 403 }, 'proxy-refused', 'status 403'],
    [
      'a server that it does not reach',
      { names: { 'rancher.internal:80': '127.0.0.1:1' } },
      'unreachable',
      'could not reach',
    ],
  ])('explains a proxy that wants %s', async (_what, options, code, words) => {
    await using proxy = await startConnectProxy(options)
    const { problem } = await test({ url: 'http://rancher.internal', proxyUrl: proxy.url })
    expect(problem).toMatchObject({ code, message: expect.stringContaining(words) as string })
  })

  it('does not begin at a proxy that is away, or refused, nor end at an address that is refused', async () => {
    await using proxy = await startConnectProxy()
    const away = await test({ url: 'http://rancher.internal', proxyUrl: 'http://127.0.0.1:1' })
    expect(away.problem).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('The proxy of this site cannot be used') as string,
    })
    for (const connection of [
      { url: 'http://169.254.169.254', proxyUrl: proxy.url },
      { url: 'http://[::ffff:169.254.169.254]', proxyUrl: proxy.url },
      { url: 'http://rancher.internal', proxyUrl: 'http://169.254.169.254:3128' },
    ])
      expect((await test(connection)).problem?.code).toBe('address-refused')
    expect(proxy.asked).toEqual([])
  })

  it('leads through a gate with a header, whose value stays with its address', async () => {
    const requiredHeader = { name: 'x-gate', value: 'canary-9f3b7d-gate' }
    await using server = await rancher({ requiredHeader })
    expect((await test({ url: server.url })).problem).toMatchObject({
      code: 'forbidden',
      upstream: 'Access denied by the gate in front of this server',
    })
    const headers = [{ name: 'X-Gate', value: requiredHeader.value }]
    const connection = { kind: 'rancher' as const, url: server.url, token, headers }
    const { id: siteId } = await sites.call(connectSite, { name: newId(), connection })
    expect((await sites.call(getSite, { siteId })).headerNames).toEqual(['x-gate'])
    expect((await sites.call(listClusters, { siteId })).items).toHaveLength(1)
    await sites.call(editSite, {
      siteId,
      connection: { kind: 'rancher', url: server.url, headers: [{ name: 'x-gate' }] },
    })
    expect((await sites.call(listClusters, { siteId })).items).toHaveLength(1)
    await using elsewhere = await rancher()
    const moved = { kind: 'rancher' as const, url: elsewhere.url, token, headers: [{ name: 'x-gate' }] }
    expect(await refusal(sites.call(editSite, { siteId, connection: moved }))).toMatchObject({
      code: 'connection-not-valid',
      details: { problem: { code: 'header-refused' } },
    })
  })

  it('leads to Rancher 2.6, which tells strangers no version', async () => {
    await using server = await rancher({ version: 'v2.6.14' })
    const tested = await test({ url: server.url })
    expect(tested).toMatchObject({ ok: true, serverVersion: 'v2.6.14' })
    expect(tested.checks.find(({ name }) => name === 'server')).toMatchObject({
      state: 'warning',
      message: expect.stringContaining('has ended on 2024-04-30') as string,
    })
  })

  it('ends at clusters with state, provider, version and capacity', async () => {
    const quantities = { cpu: '7500m', memory: '2Gi', pods: '110' }
    await using server = await rancher({
      clusters: [
        {
          id: 'c-m-aaaaaaaa',
          name: 'a',
          backend: new Cluster('a'),
          capacity: { allocatable: quantities, requested: { cpu: '500m', memory: '512Mi', pods: '9' } },
        },
        {
          id: 'c-m-bbbbbbbb',
          name: 'b',
          backend: new Cluster('b'),
          state: 'provisioning',
          message: 'Waiting for nodes',
        },
        { id: 'c-m-cccccccc', name: 'c', backend: new Cluster('c'), state: 'unavailable' },
      ],
    })
    const connection = { kind: 'rancher' as const, url: server.url, token }
    const { id: siteId } = await sites.call(connectSite, { name: newId(), connection })
    expect((await sites.call(listClusters, { siteId })).items).toMatchObject([
      {
        name: 'a',
        state: 'active',
        provider: 'rke2',
        nodeCount: 3,
        capacity: {
          cpu: { allocatable: 7.5, requested: 0.5 },
          memory: { allocatable: 2 * 2 ** 30, requested: 512 * 2 ** 20 },
          pods: { allocatable: 110, requested: 9 },
        },
      },
      { name: 'b', state: 'provisioning', message: 'Waiting for nodes' },
      { name: 'c', state: 'unavailable', message: 'Cluster agent is not connected' },
    ])
  })
})
