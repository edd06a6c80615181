import { checkSite, connectSite, getSite, listClusters, listNamespaces, testConnection } from '@rancher-hub/contracts'
import { startConnectProxy } from '@rancher-hub/fleet'
import { newId } from '@rancher-hub/service-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OwnApiServer, startOwnApiServer } from '../own-api-server.fixtures.ts'
import { everythingOf, type RunningSites, startSites } from '../sites.fixtures.ts'
import { PLAIN_CLUSTER_ID } from './connected-site.ts'

const program = process.env['KUBE_APISERVER'] ?? ''
const etcd = process.env['KUBE_ETCD_URL'] ?? ''
const DAY_MS = 86_400_000
const base64 = (text: string) => Buffer.from(text).toString('base64')

describe.skipIf(program === '' || etcd === '')('credentials of a real API server', () => {
  let server: OwnApiServer
  let sites: RunningSites
  const namespace = `credentials-${newId().slice(0, 8)}`
  beforeAll(async () => {
    server = await startOwnApiServer(program, etcd)
    sites = await startSites()
    await server.call('POST', '/api/v1/namespaces', { metadata: { name: namespace } })
    await server.call('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'hub' } })
  }, 60_000)
  afterAll(async () => {
    const everything = await everythingOf(sites)
    await sites[Symbol.asyncDispose]()
    await server.call('DELETE', `/api/v1/namespaces/${namespace}`)
    await server[Symbol.asyncDispose]()
    expect(everything).not.toMatch(/PRIVATE KEY|eyJhbGciOi/)
  })
  /** What `kubectl create token hub --duration` does. */
  const accountToken = async (seconds: number): Promise<string> => {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/hub/token`
    const { status } = await server.call('POST', path, { spec: { expirationSeconds: seconds } })
    return (status as { token: string }).token
  }
  const certificate = async (notAfter = new Date(Date.now() + 20 * DAY_MS)) => {
    const { cert, key } = await server.clientCertificate('hub-operator', notAfter)
    return { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) }
  }
  const test = async (kubeconfig: string, change: object = {}) =>
    await sites.call(testConnection, { connection: { kind: 'kubernetes', kubeconfig, ...change } })

  it('are a client certificate, whose owner and end are told', async () => {
    const notAfter = new Date(Math.floor(Date.now() / 1000) * 1000 + 20 * DAY_MS)
    const kubeconfig = server.kubeconfig(await certificate(notAfter))
    const connection = { kind: 'kubernetes' as const, kubeconfig }
    const tested = await sites.call(testConnection, { connection })
    expect(tested).toMatchObject({ ok: true, tokenExpiresAt: notAfter.toISOString() })
    expect(tested.checks.find(({ name }) => name === 'credentials')).toMatchObject({
      state: 'warning',
      message: expect.stringMatching(
        /^The client certificate of hub-operator is accepted and expires in (19|20) days$/,
      ) as string,
    })
    const { id: siteId } = await sites.call(connectSite, { name: newId(), connection })
    const site = await sites.call(getSite, { siteId })
    expect(site).toMatchObject({
      credential: { kind: 'client-certificate', owner: 'hub-operator', expiresAt: notAfter.toISOString() },
      serverName: 'kube.internal.test',
      versionSupport: { state: 'supported' },
    })
    // It may read everything: nodes tell capacity.
    const [cluster] = (await sites.call(listClusters, { siteId })).items
    expect(cluster).toMatchObject({ state: 'active', version: site.serverVersion })
    expect(cluster?.capacity?.cpu?.allocatable).toBe((cluster?.nodeCount ?? 0) * 16)
    const page = await sites.call(listNamespaces, { siteId, clusterId: PLAIN_CLUSTER_ID, text: namespace, limit: 1 })
    expect(page).toMatchObject({ items: [{ name: namespace }], total: 1 })
    expect(page.projects).toBeUndefined()
  })

  it('are a ServiceAccount’s token, whose end is told; the cluster names its user', async () => {
    const token = await accountToken(3600)
    const connection = { kind: 'kubernetes' as const, kubeconfig: server.kubeconfig({ token }) }
    const { id: siteId } = await sites.call(connectSite, { name: newId(), connection })
    const { credential, tokenExpiresAt } = await sites.call(getSite, { siteId })
    expect(credential).toMatchObject({
      kind: 'service-account',
      name: `${namespace}/hub`,
      owner: `system:serviceaccount:${namespace}:hub`,
    })
    const left = Date.parse(tokenExpiresAt ?? '') - Date.now()
    expect(left).toBeGreaterThan(3_000_000)
    expect(left).toBeLessThanOrEqual(3_600_000)
    expect(await sites.call(checkSite, { siteId })).toMatchObject({ credential })
    // It may list no nodes: that is said, and is no failure.
    const [cluster] = (await sites.call(listClusters, { siteId })).items
    expect(cluster?.capacity).toBeUndefined()
    expect(cluster?.capacityProblem).toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('it may not list nodes in the whole cluster') as string,
    })
  })

  it('are refused with the server’s own word', async () => {
    const { problem } = await test(server.kubeconfig({ token: await accountToken(3600).then((token) => `${token}x`) }))
    expect(problem).toMatchObject({ code: 'token-refused', upstream: 'Unauthorized' })
  })

  it('go to the name in the certificate only, to a pinned authority, or to whatever was allowed', async () => {
    const user = await certificate()
    const wrong = await test(server.kubeconfig(user, { 'tls-server-name': 'other.internal.test' }))
    expect(wrong.problem?.code).toBe('certificate-wrong-host')
    const unknown = await test(server.kubeconfig(user, { 'certificate-authority-data': undefined }))
    expect(unknown.problem?.code).toBe('certificate-not-trusted')
    expect(unknown.offeredCa).toBeDefined()
    const pinned = await test(server.kubeconfig(user, { 'certificate-authority-data': undefined }), {
      caPem: unknown.offeredCa?.pem,
    })
    expect(pinned.ok).toBe(true)
    const insecure = {
      'certificate-authority-data': undefined,
      'tls-server-name': undefined,
      'insecure-skip-tls-verify': true,
    }
    expect((await test(server.kubeconfig(user, insecure))).problem?.code).toBe('verification-off')
    const allowed = await test(server.kubeconfig(user, insecure), { allowUnverified: true })
    expect(allowed.ok).toBe(true)
    expect(allowed.checks.find(({ name }) => name === 'certificate')).toMatchObject({ state: 'warning' })
  })

  it('go through a proxy, inside TLS to the server itself', async () => {
    const place = new URL(server.url).host
    await using proxy = await startConnectProxy({
      user: 'ada',
      password: 'pass',
      names: { 'kube.internal.test:6443': place },
    })
    const proxyUrl = proxy.url.replace('http://', 'http://ada:pass@')
    const cluster = { server: 'https://kube.internal.test:6443', 'tls-server-name': undefined, 'proxy-url': proxyUrl }
    const kubeconfig = server.kubeconfig(await certificate(), cluster)
    const { id: siteId } = await sites.call(connectSite, {
      name: newId(),
      connection: { kind: 'kubernetes', kubeconfig },
    })
    expect((await sites.call(listClusters, { siteId })).items).toHaveLength(1)
    expect(new Set(proxy.asked)).toEqual(new Set(['kube.internal.test:6443']))
    expect(proxy.plain).toEqual([])
    const unpinned = await test(
      server.kubeconfig(await certificate(), { ...cluster, 'certificate-authority-data': undefined }),
    )
    expect(unpinned.offeredCa).toBeDefined()
  })
})
