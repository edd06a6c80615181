import { bindInstance, connectSite, createEnvironment, disableSite, testConnection } from '@rancher-hub/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { serving } from '../egress/socket-servers.fixtures.ts'
import { type RunningSites, startSites } from '../sites.fixtures.ts'

/** An API server as far as a test of it goes. `uid`: of kube-system; undefined: it may not be read. */
const startCluster = async (uid: string | undefined) => {
  const asked: string[] = []
  const server = await serving((request, response) => {
    const path = new URL(request.url ?? '', 'http://server').pathname
    asked.push(path)
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (path === '/version') answer(200, { gitVersion: 'v1.37.2' })
    else if (path.endsWith('/selfsubjectaccessreviews')) answer(201, { status: { allowed: true } })
    else if (path === '/api/v1/namespaces/kube-system' && uid !== undefined) answer(200, { metadata: { uid } })
    else answer(403, { kind: 'Status', reason: 'Forbidden', message: 'forbidden' })
  })
  const kubeconfig = stringify({
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${server.port}` } }],
    users: [{ name: 'u', user: { token: 'canary-9f3b7d' } }],
  })
  return {
    ...server,
    asked,
    host: `127.0.0.1:${server.port}`,
    connection: { kind: 'kubernetes' as const, kubeconfig },
  }
}

describe('the test of a connection', () => {
  let sites: RunningSites
  beforeEach(async () => {
    sites = await startSites()
  })
  afterEach(async () => await sites[Symbol.asyncDispose]())

  const clustersCheck = async (input: Parameters<typeof sites.call<typeof testConnection>>[1]) => {
    const { ok, checks } = await sites.call(testConnection, input)
    expect(ok).toBe(true)
    const { state, message } = checks.find(({ name }) => name === 'clusters') ?? {}
    return { state, message }
  }
  const bound = async (
    connection: Awaited<ReturnType<typeof startCluster>>['connection'],
    names: readonly string[],
  ) => {
    const { id: siteId } = await sites.call(connectSite, { name: 'Europe', connection })
    for (const name of names) {
      const { id: environmentId } = await sites.call(createEnvironment, { name, colour: '#2f855a' })
      const place = { siteId, clusterId: 'cluster', namespace: name.toLowerCase() }
      await sites.call(bindInstance, { name: `Shop ${name}`, environmentId, ...place })
    }
    return siteId
  }

  it('says of another server that it is another cluster, and what is bound to the one before', async () => {
    await using before = await startCluster('one')
    await using after = await startCluster('two')
    const siteId = await bound(before.connection, ['Staging', 'Production'])
    const said = await clustersCheck({ siteId, connection: after.connection })
    expect(said.state).toBe('warning')
    expect(said.message).toMatch(/This is another cluster than before: Shop (\w+), Shop (\w+) are bound to it\.$/)
    expect(said.message).toContain('Shop Production')
    expect(said.message).toContain('Shop Staging')
  })

  it.each([
    ['the same cluster at another address', 'one', 'one'],
    ['a cluster that does not tell who it is', 'one', undefined],
    ['a cluster that did not tell who it is', undefined, 'two'],
  ])('says nothing of %s', async (_what, first, second) => {
    await using before = await startCluster(first)
    await using after = await startCluster(second)
    const siteId = await bound(before.connection, ['Production'])
    expect(await clustersCheck({ siteId, connection: after.connection })).toEqual({
      state: 'passed',
      message: 'One cluster',
    })
  })

  it('says nothing where the server before does not answer any more', async () => {
    const gone = await startCluster('one')
    await using after = await startCluster('two')
    const siteId = await bound(gone.connection, ['Production'])
    await gone[Symbol.asyncDispose]()
    const said = await clustersCheck({ siteId, connection: after.connection })
    expect(said).toEqual({ state: 'passed', message: 'One cluster' })
  })

  it('asks nothing of a site that is disabled', async () => {
    await using gone = await startCluster('one')
    await using after = await startCluster('two')
    const siteId = await bound(gone.connection, ['Production'])
    await sites.call(disableSite, { siteId })
    const asked = gone.asked.length
    const nothing = { state: 'passed', message: 'One cluster' }
    expect(await clustersCheck({ siteId, connection: after.connection })).toEqual(nothing)
    expect(gone.asked).toHaveLength(asked)
  })

  it('names the site by which an address, or a cluster, is connected already', async () => {
    await using server = await startCluster('one')
    await using elsewhere = await startCluster('one')
    const siteId = await bound(server.connection, [])
    expect(await clustersCheck({ connection: server.connection })).toEqual({
      state: 'warning',
      message: `One cluster. ${server.host} is connected already as the site Europe.`,
    })
    expect(await clustersCheck({ connection: elsewhere.connection })).toEqual({
      state: 'warning',
      message: 'One cluster. This cluster is connected already, by another address, as the site Europe.',
    })
    // The site itself is not another one.
    expect(await clustersCheck({ siteId, connection: server.connection })).toMatchObject({ state: 'passed' })
  })

  it('knows nothing of the sites of another organization', async () => {
    await using server = await startCluster('one')
    await bound(server.connection, [])
    const { checks } = await sites.call(testConnection, { connection: server.connection }, 'org-2')
    expect(checks.find(({ name }) => name === 'clusters')).toMatchObject({ state: 'passed', message: 'One cluster' })
  })
})
