import {
  bindInstance,
  connectSite,
  createEnvironment,
  deleteEnvironment,
  deleteInstance,
  deleteSite,
  describeInstances,
  editEnvironment,
  editInstance,
  editSite,
  getSite,
  listClusters,
  listEnvironments,
  listInstances,
  listNamespaces,
  listObjects,
  listSites,
  orderEnvironments,
  testConnection,
} from '@rancher-hub/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ScriptedRancher, startScriptedRancher, TOKEN } from './rancher.fixtures.ts'
import { createGround, everythingOf, type RunningSites, refusal, startSites } from './sites.fixtures.ts'

const cluster = 'c-m-q7x5k2hd'
const unknown = '00000000-0000-4000-8000-00000000dead'

describe('sites service', () => {
  let rancher: ScriptedRancher
  let sites: RunningSites
  const connection = (change: object = {}) => ({ kind: 'rancher' as const, url: rancher.url, token: TOKEN, ...change })
  const refuseToken = () => {
    for (const path of ['/v3/clusters', '/v3/tokens/token-abcde'])
      rancher.answers.set(path, (response) => void response.writeHead(401).end())
  }
  beforeAll(async () => {
    rancher = await startScriptedRancher()
  })
  afterAll(async () => {
    await rancher[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    rancher.answers.clear()
    rancher.asked.length = 0
    sites = await startSites()
    return async () => {
      const everything = await everythingOf(sites)
      await sites[Symbol.asyncDispose]()
      expect(everything).not.toContain('canary-9f3b7d')
    }
  })

  describe('connection test', () => {
    it('walks through the checks of a Rancher', async () => {
      const tested = await sites.call(testConnection, {
        connection: connection({ url: `${rancher.url}/dashboard/home` }),
      })
      expect(tested).toMatchObject({ ok: true, serverVersion: 'v2.15.0', tokenExpiresAt: '2027-02-01T00:00:00Z' })
      expect(tested.clusters).toMatchObject([{ name: 'dev-eu' }, { id: cluster, name: 'prod-eu', nodeCount: 3 }])
      expect(tested.checks.map(({ name, state }) => `${name} ${state}`)).toEqual([
        'address passed',
        'reachable passed',
        'certificate warning',
        'server passed',
        'credentials passed',
        'clusters warning',
        'permissions passed',
      ])
    })

    it('sends the token to nothing that is not a Rancher', async () => {
      rancher.answers.set('/rancherversion', (response) => response.end('<html>welcome to nginx</html>'))
      const tested = await sites.call(testConnection, { connection: connection() })
      expect(tested).toMatchObject({ ok: false, problem: { code: 'not-a-rancher' } })
      expect(rancher.asked).toEqual(['GET /rancherversion -', 'GET /v3/settings/cacerts -'])
      expect(tested.checks.find(({ name }) => name === 'server')).toMatchObject({ state: 'failed' })
      expect(tested.checks.find(({ name }) => name === 'credentials')).toMatchObject({ state: 'skipped' })
    })

    it.each([
      ['a wrong token', () => connection({ token: 'token-wrong:x' }), 'token-refused'],
      ['something that is no token', () => connection({ token: 'hello' }), 'token-refused'],
      ['a closed port', () => connection({ url: 'http://127.0.0.1:1' }), 'unreachable'],
      ['an unknown name', () => connection({ url: 'http://no-such-host.invalid' }), 'name-not-found'],
      ['a metadata address', () => connection({ url: 'http://169.254.169.254/' }), 'address-refused'],
      ['a name in the address', () => connection({ url: 'http://ada:x@127.0.0.1/' }), 'address-refused'],
      ['a CA that is none', () => connection({ caPem: 'nonsense' }), 'certificate-not-trusted'],
    ])('explains %s', async (_what, given, code) => {
      const tested = await sites.call(testConnection, { connection: given() })
      expect(tested).toMatchObject({ ok: false, problem: { code } })
      expect(tested.checks.filter(({ state }) => state === 'failed')).toHaveLength(1)
    })

    it('explains a token that is good for one cluster only, and one that expires soon', async () => {
      const token = (facts: object) =>
        rancher.answers.set('/v3/tokens/token-abcde', (response) => response.end(JSON.stringify(facts)))
      token({ clusterId: cluster })
      const scoped = await sites.call(testConnection, { connection: connection() })
      expect(scoped).toMatchObject({ ok: true, credential: { clusterId: cluster } })
      expect(scoped.checks.find(({ name }) => name === 'credentials')).toMatchObject({
        state: 'warning',
        message: expect.stringContaining(`the cluster ${cluster} only`) as string,
      })
      token({ clusterId: '', expiresAt: new Date(Date.now() + 3 * 86_400_000).toISOString() })
      const soon = await sites.call(testConnection, { connection: connection() })
      expect(soon.checks.find(({ name }) => name === 'credentials')).toMatchObject({ state: 'warning' })
    })

    it('needs a token', async () => {
      expect(
        await refusal(sites.call(testConnection, { connection: { kind: 'rancher', url: rancher.url } })),
      ).toMatchObject({ code: 'credentials-missing' })
      expect(rancher.asked).toEqual([])
    })
  })

  describe('sites', () => {
    it('are connected, shown, renamed and deleted; a deleted one answers nothing', async () => {
      const { id: siteId } = await sites.call(connectSite, { name: 'Europe', connection: connection() })
      expect((await sites.call(listSites, {})).items).toMatchObject([
        { id: siteId, name: 'Europe', kind: 'rancher', url: rancher.url, serverVersion: 'v2.15.0', revision: 0 },
      ])
      expect((await sites.call(listNamespaces, { siteId, clusterId: cluster })).items).toEqual([
        { name: 'cattle-system', system: true, phase: 'Active' },
        { name: 'shop', project: { id: 'c-m-q7x5k2hd:p-shop1', name: 'Shop' }, system: false, phase: 'Active' },
      ])
      expect(await sites.call(getSite, { siteId })).toMatchObject({ state: 'connected', dependants: [] })
      await sites.call(editSite, { siteId, name: 'EU', revision: 0 })
      expect(await refusal(sites.call(editSite, { siteId, name: 'X', revision: 0 }))).toMatchObject({
        code: 'changed-meanwhile',
      })
      await sites.call(deleteSite, { siteId })
      for (const contract of [getSite, listClusters] as const)
        expect(await refusal(sites.call(contract, { siteId }))).toMatchObject({ code: 'not-found' })
    })

    it('are another organization’s business only there', async () => {
      const { id: siteId } = await sites.call(connectSite, { name: 'Europe', connection: connection() })
      expect((await sites.call(listSites, {}, 'org-2')).items).toEqual([])
      for (const contract of [getSite, listClusters, deleteSite] as const)
        expect(await refusal(sites.call(contract, { siteId }, 'org-2'))).toMatchObject({ code: 'not-found' })
      expect(await refusal(sites.call(editSite, { siteId, name: 'X' }, 'org-2'))).toMatchObject({ code: 'not-found' })
    })

    it('have a name once, however many ask for it at the same moment', async () => {
      const outcomes = await Promise.allSettled(
        ['Europe', 'europe', 'EUROPE'].map(
          async (name) => await sites.call(connectSite, { name, connection: connection() }),
        ),
      )
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect((await sites.call(listSites, {})).total).toBe(1)
    })

    it('keep their token on an edit, but not for another origin', async () => {
      const { id: siteId } = await sites.call(connectSite, { name: 'Europe', connection: connection() })
      await sites.call(editSite, { siteId, connection: { kind: 'rancher', url: `${rancher.url}/` } })
      expect((await sites.call(listClusters, { siteId })).items).toHaveLength(2)
      rancher.asked.length = 0
      await using thief = await startScriptedRancher()
      const elsewhere = { kind: 'rancher' as const, url: thief.url }
      expect(await refusal(sites.call(editSite, { siteId, connection: elsewhere }))).toMatchObject({
        code: 'credentials-missing',
      })
      expect(await refusal(sites.call(testConnection, { siteId, connection: elsewhere }))).toMatchObject({
        code: 'credentials-missing',
      })
      expect(thief.asked).toEqual([])
      expect(
        await sites.call(testConnection, { siteId, connection: { kind: 'rancher', url: rancher.url } }),
      ).toMatchObject({ ok: true })
    })

    it('are not stored when they do not answer as they should', async () => {
      const refused = await refusal(
        sites.call(connectSite, { name: 'Europe', connection: connection({ token: 'token-wrong:x' }) }),
      )
      expect(refused).toMatchObject({ code: 'site-problem', details: { problem: { code: 'token-refused' } } })
      expect((await sites.call(listSites, {})).total).toBe(0)
    })

    it('show their problem once calls fail, and that it is over', async () => {
      const { id: siteId } = await sites.call(connectSite, { name: 'Europe', connection: connection() })
      refuseToken()
      expect(await refusal(sites.call(listClusters, { siteId }))).toMatchObject({
        code: 'site-problem',
        details: { problem: { code: 'token-refused' } },
      })
      expect(await sites.call(getSite, { siteId })).toMatchObject({
        state: 'problem',
        problem: { code: 'token-refused' },
      })
      rancher.answers.clear()
      await sites.call(listClusters, { siteId })
      expect((await sites.call(getSite, { siteId })).state).toBe('connected')
    })

    it('tell an expired token from a wrong one by the date they were told', async () => {
      const expiresAt = new Date(Date.now() - 1000).toISOString()
      rancher.answers.set('/v3/tokens/token-abcde', (response) =>
        response.end(JSON.stringify({ clusterId: '', expiresAt })),
      )
      const { id: siteId } = await sites.call(connectSite, { name: 'Europe', connection: connection() })
      refuseToken()
      await refusal(sites.call(listClusters, { siteId }))
      expect(await sites.call(getSite, { siteId })).toMatchObject({
        state: 'problem',
        problem: { code: 'token-expired' },
      })
    })

    it('are asked again when they are throttled', async () => {
      const { id: siteId } = await sites.call(connectSite, { name: 'Europe', connection: connection() })
      rancher.answers.set('/v3/clusters', (response) => {
        rancher.answers.delete('/v3/clusters')
        response.writeHead(429, { 'retry-after': '0' }).end('Too many requests, please try again later.')
      })
      expect((await sites.call(listClusters, { siteId })).items).toHaveLength(2)
    })

    it('open after a restart with the same master key; with another one they say so', async () => {
      const ground = createGround()
      await using first = await startSites({ ground })
      const { id: siteId } = await first.call(connectSite, { name: 'Europe', connection: connection() })
      await using second = await startSites({ ground })
      expect((await second.call(listClusters, { siteId })).items).toHaveLength(2)
    })
  })

  describe('environments and instances', () => {
    const setUp = async () => {
      const { id: siteId } = await sites.call(connectSite, { name: 'Europe', connection: connection() })
      const { id: dev } = await sites.call(createEnvironment, { name: 'Dev', colour: '#1f6feb' })
      const { id: prod } = await sites.call(createEnvironment, { name: 'Prod', colour: '#d1242f', protected: true })
      const { id: instanceId } = await sites.call(bindInstance, {
        name: 'shop prod',
        environmentId: prod,
        siteId,
        clusterId: cluster,
        namespace: 'shop',
      })
      return { siteId, dev, prod, instanceId }
    }

    it('are listed in the order of environments', async () => {
      const { siteId, dev, prod, instanceId } = await setUp()
      await sites.call(bindInstance, {
        name: 'shop dev',
        environmentId: dev,
        siteId,
        clusterId: cluster,
        namespace: 'shop',
      })
      const names = async (filter: object = {}) =>
        (await sites.call(listInstances, filter)).items.map(({ name }) => name)
      expect(await names()).toEqual(['shop dev', 'shop prod'])
      await sites.call(orderEnvironments, { environmentIds: [prod, dev] })
      expect(await names()).toEqual(['shop prod', 'shop dev'])
      expect(await names({ text: 'DEV' })).toEqual(['shop prod', 'shop dev'].filter((name) => name.includes('dev')))
      expect(await names({ environmentId: prod })).toEqual(['shop prod'])
      expect(await names({ offset: 1, limit: 1 })).toEqual(['shop dev'])
      expect((await sites.call(listEnvironments, {})).items).toMatchObject([
        { name: 'Prod', rank: 0, protected: true, instanceCount: 1 },
        { name: 'Dev', rank: 1, instanceCount: 1 },
      ])
      expect((await sites.call(describeInstances, { ids: [instanceId, unknown] })).items).toMatchObject([
        {
          name: 'shop prod',
          environment: { name: 'Prod', rank: 0 },
          site: { name: 'Europe' },
          cluster: { id: cluster, name: 'prod-eu' },
          namespace: 'shop',
        },
      ])
    })

    it('show what depends on them before they are deleted', async () => {
      const { siteId, prod, instanceId } = await setUp()
      const dependants = [{ kind: 'instance', id: instanceId, name: 'shop prod' }]
      expect(await sites.call(getSite, { siteId })).toMatchObject({ dependants })
      expect(await refusal(sites.call(deleteSite, { siteId }))).toMatchObject({
        code: 'in-use',
        details: { dependants },
      })
      expect(await refusal(sites.call(deleteEnvironment, { environmentId: prod }))).toMatchObject({
        code: 'in-use',
        details: { dependants },
      })
      await sites.call(deleteInstance, { instanceId })
      await sites.call(deleteEnvironment, { environmentId: prod })
      await sites.call(deleteSite, { siteId })
      expect(await refusal(sites.call(listObjects, { instanceId }))).toMatchObject({ code: 'not-found' })
    })

    it('are never left without what they are bound to, however things race', async () => {
      const { siteId, dev } = await setUp()
      const binding = sites.call(bindInstance, {
        name: 'shop dev',
        environmentId: dev,
        siteId,
        clusterId: cluster,
        namespace: 'shop',
      })
      const deleting = sites.call(deleteEnvironment, { environmentId: dev })
      const [bound, deleted] = await Promise.allSettled([binding, deleting])
      expect([bound.status, deleted.status].toSorted()).toEqual(['fulfilled', 'rejected'])
    })

    it('refuse what is taken, missing or bound already', async () => {
      const { siteId, dev, prod, instanceId } = await setUp()
      const place = { siteId, clusterId: cluster, namespace: 'shop' }
      expect(await refusal(sites.call(createEnvironment, { name: 'DEV', colour: '#1f6feb' }))).toMatchObject({
        code: 'name-taken',
      })
      expect(await refusal(sites.call(editEnvironment, { environmentId: dev, name: 'prod' }))).toMatchObject({
        code: 'name-taken',
      })
      expect(await refusal(sites.call(bindInstance, { name: 'x', environmentId: prod, ...place }))).toMatchObject({
        code: 'already-bound',
        details: { instanceId },
      })
      expect(
        await refusal(sites.call(bindInstance, { name: 'Shop Prod', environmentId: dev, ...place })),
      ).toMatchObject({ code: 'name-taken' })
      expect(
        await refusal(sites.call(bindInstance, { name: 'x', environmentId: dev, ...place, namespace: 'none' })),
      ).toMatchObject({ code: 'no-such-namespace' })
      expect(
        await refusal(sites.call(bindInstance, { name: 'x', environmentId: dev, ...place, clusterId: 'c-none' })),
      ).toMatchObject({ code: 'no-such-namespace' })
      expect(
        await refusal(sites.call(bindInstance, { name: 'x', environmentId: dev, ...place, siteId: unknown })),
      ).toMatchObject({ code: 'not-found' })
      await sites.call(editInstance, { instanceId, name: 'shop production', environmentId: dev, revision: 0 })
      expect((await sites.call(listInstances, { ids: [instanceId] })).items).toMatchObject([
        { name: 'shop production', environment: { name: 'Dev' }, revision: 1 },
      ])
    })
  })
})
