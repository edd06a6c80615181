import {
  changeNetworks,
  checkAddress,
  connectSite,
  getNetworks,
  getSite,
  listClusters,
  liveSubject,
  previewNetworks,
  testConnection,
} from '@rancher-hub/contracts'
import { type Fleet, startFleet } from '@rancher-hub/fleet'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Resolve } from '../egress/network-policy.ts'
import { createGround, ORGANIZATION, type RunningSites, refusal, startSites } from '../sites.fixtures.ts'

const inDns: Record<string, string[]> = {
  'rancher.corp.example': ['127.0.0.1'],
  'other.example': ['10.1.2.3', '169.254.169.254'],
}
let isMute = false
const resolve: Resolve = (host, _options, callback) => {
  if (isMute) return
  const found = inDns[host]
  if (found === undefined) callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), [])
  else
    callback(
      null,
      found.map((address) => ({ address, family: 4 })),
    )
}
const loopback = [{ target: '127.0.0.1' }]

describe('networks of an organization', () => {
  let fleet: Fleet
  let sites: RunningSites
  const hints: unknown[] = []
  beforeAll(async () => {
    fleet = await startFleet({ stepMs: 1 })
  })
  afterAll(async () => await fleet[Symbol.asyncDispose]())
  beforeEach(async () => {
    sites = await startSites({ resolve })
    hints.length = 0
    await sites.bus.subscribe(
      liveSubject(ORGANIZATION, 'networks'),
      ({ data }) => void hints.push(JSON.parse(new TextDecoder().decode(data))),
      (error) => hints.push(error),
    )
  })
  afterEach(async () => await sites[Symbol.asyncDispose]())

  const revision = async () => (await sites.call(getNetworks, {})).revision
  const set = async (mode: 'open' | 'listed', targets: readonly string[], acceptRefused = true) =>
    await sites.call(changeNetworks, {
      mode,
      allowed: targets.map((target) => ({ target })),
      revision: await revision(),
      acceptRefused,
    })
  /** A site by its address, and one by its name; both are the same simulated Rancher. */
  const connect = async (name: string, host: string) => {
    const { url, token } = fleet.ranchers.dev
    const connection = { kind: 'rancher', url: url.replace('127.0.0.1', host), token } as const
    return (await sites.call(connectSite, { name, connection })).id
  }

  it('are open until somebody sets them, and tell what is never called', async () => {
    expect(await sites.call(getNetworks, {})).toMatchObject({
      mode: 'open',
      allowed: [],
      revision: 0,
      changes: [],
      loopbackAllowed: true,
    })
    const { never } = await sites.call(getNetworks, {})
    expect(never.map(({ rule }) => rule)).toEqual(['metadata', 'link-local', 'multicast', 'reserved'])
    expect(never[0]?.networks).toContain('169.254.169.254')
  })

  it('are set with what they are, once each, and say who changed what', async () => {
    await sites.call(changeNetworks, {
      mode: 'listed',
      allowed: [
        { target: '10.20.0.0/16' },
        { target: '*.Corp.Example', note: ' VPN ' },
        { target: '10.20.0.0/16', note: 'Data centre' },
      ],
      revision: 0,
    })
    await set('listed', ['*.corp.example', 'fd12::/32'])
    expect(await sites.call(getNetworks, {})).toMatchObject({
      mode: 'listed',
      allowed: [{ target: '*.corp.example' }, { target: 'fd12::/32' }],
      revision: 2,
      changes: [
        { by: 'Ada', mode: 'listed', added: ['fd12::/32'], removed: ['10.20.0.0/16'] },
        { by: 'Ada', mode: 'listed', added: ['10.20.0.0/16', '*.corp.example'], removed: [] },
      ],
    })
    expect(hints).toEqual([
      { topic: 'networks', id: ORGANIZATION },
      { topic: 'networks', id: ORGANIZATION },
    ])
    // What is as it was is no change.
    await set('listed', ['*.corp.example', 'fd12::/32'])
    expect(await revision()).toBe(2)
    expect((await sites.call(getNetworks, {}, 'org-2')).revision).toBe(0)
  })

  it('are not overwritten by somebody who saw an older state', async () => {
    await set('listed', ['127.0.0.0/8'])
    const late = await refusal(sites.call(changeNetworks, { mode: 'open', allowed: [], revision: 0 }))
    expect(late.code).toBe('changed-meanwhile')
    const both = await Promise.allSettled(
      ['10.0.0.0/8', '10.1.0.0/16'].map(
        async (target) => await sites.call(changeNetworks, { mode: 'listed', allowed: [{ target }], revision: 1 }),
      ),
    )
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('cannot open what is never called, wholly within it at least', async () => {
    const targets = [
      '169.254.169.254',
      '169.254.0.0/16',
      '169.254.7.0/24',
      'fd00:ec2::254',
      'fe80::/10',
      '224.0.0.0/8',
      '240.0.0.0/4',
      '203.0.113.7',
      '4000::/8',
    ]
    const refused = await refusal(
      set('listed', [...targets, '10.0.0.0/8', '0.0.0.0/0', '::/0', 'fd00::/8', '127.0.0.0/8', '*.example']),
    )
    expect(refused).toMatchObject({ code: 'never-allowed', details: { targets } })
    expect(
      (await refusal(sites.call(changeNetworks, { mode: 'listed', allowed: [{ target: '10.1.2.3/8' }], revision: 0 })))
        .code,
    ).toBe('invalid-input')
    await set('listed', ['0.0.0.0/0', '::/0'])
    expect(await sites.call(checkAddress, { address: 'http://169.254.169.254' })).toMatchObject({
      allowed: false,
      addresses: [{ rule: 'metadata' }],
    })
  })

  it('tell before they are saved which sites they would refuse, and are not saved without consent', async () => {
    await connect('By address', '127.0.0.1')
    await connect('By name', 'rancher.corp.example')
    const refusedBy = async (mode: 'open' | 'listed', ...targets: string[]) =>
      (await sites.call(previewNetworks, { mode, allowed: targets.map((target) => ({ target })) })).refused.map(
        ({ name }) => name,
      )
    expect(await refusedBy('open')).toEqual([])
    expect(await refusedBy('listed')).toEqual(['By address', 'By name'])
    expect(await refusedBy('listed', '127.0.0.0/8')).toEqual([])
    expect(await refusedBy('listed', '*.corp.example')).toEqual(['By address'])
    const { refused } = await sites.call(previewNetworks, { mode: 'listed', allowed: [{ target: '10.0.0.0/8' }] })
    expect(refused[1]?.reason).toMatch(/^rancher\.corp\.example stands for 127\.0\.0\.1, which is in no network/)
    expect(await revision()).toBe(0)

    const unasked = await refusal(set('listed', ['*.corp.example'], false))
    expect(unasked).toMatchObject({ code: 'sites-refused', details: { sites: [{ name: 'By address' }] } })
    expect(await revision()).toBe(0)
    await set('listed', ['*.corp.example'])
    // What is refused already asks for no consent again.
    await set('listed', ['*.corp.example', '10.0.0.0/8'], false)
    expect(await revision()).toBe(2)
    delete inDns['rancher.corp.example']
    const preview = await sites.call(previewNetworks, { mode: 'open', allowed: [] })
    inDns['rancher.corp.example'] = ['127.0.0.1']
    expect(preview).toMatchObject({ refused: [], unresolved: [{ name: 'By name' }] })
  })

  it('do not wait for a DNS that does not answer', async () => {
    await connect('By name', 'rancher.corp.example')
    isMute = true
    const preview = await sites.call(previewNetworks, { mode: 'listed', allowed: [{ target: '10.0.0.0/8' }] })
    expect(preview).toMatchObject({ refused: [], unresolved: [{ name: 'By name' }] })
    isMute = false
  })

  it('hold at once: a refused site is not called and says why, and is called again when it may be', async () => {
    const [byAddress, byName] = [
      await connect('By address', '127.0.0.1'),
      await connect('By name', 'rancher.corp.example'),
    ]
    for (const siteId of [byAddress, byName]) await sites.call(listClusters, { siteId })
    await set('listed', ['*.corp.example'])
    const problem = { code: 'address-refused', message: expect.stringContaining('Settings → Networks') }
    expect(await sites.call(getSite, { siteId: byAddress })).toMatchObject({ state: 'problem', problem })
    expect((await sites.call(getSite, { siteId: byName })).state).toBe('connected')
    expect(await refusal(sites.call(listClusters, { siteId: byAddress }))).toMatchObject({
      code: 'site-problem',
      details: { problem },
    })
    expect((await sites.call(listClusters, { siteId: byName })).items).not.toEqual([])
    const { token } = fleet.ranchers.dev
    const connection = { kind: 'rancher', url: fleet.ranchers.dev.url, token } as const
    expect((await sites.call(testConnection, { connection })).problem).toMatchObject({ code: 'address-refused' })
    expect((await refusal(sites.call(connectSite, { name: 'New', connection }))).code).toBe('connection-not-valid')

    await set('listed', ['*.corp.example', '127.0.0.1'])
    expect((await sites.call(getSite, { siteId: byAddress })).state).toBe('unknown')
    expect((await sites.call(listClusters, { siteId: byAddress })).items).not.toEqual([])
    expect((await sites.call(getSite, { siteId: byAddress })).state).toBe('connected')
  })

  it('hold in another process too, and after a restart', async () => {
    const siteId = await connect('By address', '127.0.0.1')
    await set('listed', ['10.0.0.0/8'])
    await sites[Symbol.asyncDispose]()
    sites = await startSites({ resolve, ground: sites.ground })
    expect(await refusal(sites.call(listClusters, { siteId }))).toMatchObject({
      code: 'site-problem',
      details: { problem: { code: 'address-refused' } },
    })
    expect((await sites.call(getSite, { siteId })).state).toBe('problem')
  })

  it('of one organization say nothing of another', async () => {
    await set('listed', ['10.0.0.0/8'])
    const { url, token } = fleet.ranchers.dev
    const connection = { kind: 'rancher', url, token } as const
    expect((await sites.call(testConnection, { connection }, 'org-2')).ok).toBe(true)
  })

  it('are told in public without what is in them', async () => {
    const ground = createGround()
    await using other = await startSites({ ground, resolve })
    const told: unknown[] = []
    await other.bus.subscribe(
      `hub.evt.${ORGANIZATION}.sites.NetworksChanged`,
      ({ data }) => void told.push(JSON.parse(new TextDecoder().decode(data))),
      (error) => told.push(error),
    )
    await other.call(changeNetworks, { mode: 'listed', allowed: loopback, revision: 0 })
    await expect
      .poll(() => told)
      .toMatchObject([{ data: { mode: 'listed', targets: 1 }, actor: expect.stringMatching(/^user:/) }])
    expect(JSON.stringify(told)).not.toContain('127.0.0.1')
  })
})
