import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { testConnection } from '@rancher-hub/contracts'
import { RefusedError } from '@rancher-hub/service-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { type RunningSites, startSites } from '../sites.fixtures.ts'
import type { Resolve } from './network-policy.ts'
import { refusedForms } from './ssrf-corpus.fixtures.ts'
import { hostileNames, malformedForms } from './ssrf-names.fixtures.ts'

const token = 'token-abcde:canary-ssrf'
const resolve: Resolve = (host, _options, callback) => {
  const found = hostileNames[host.replace(/\.$/, '')]
  if (found === undefined) callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), [])
  else
    callback(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
}

/** Everything goes the way of a real site: contract, connection, client, socket. */
describe('places that nobody may call', () => {
  let sites: RunningSites
  const servers: Server[] = []
  let connections = 0
  let port = 0

  beforeAll(async () => {
    sites = await startSites({ allowLoopbackSites: false, resolve })
    const listen = async (host: string, wanted: number): Promise<number> => {
      const server = createServer((socket) => {
        connections += 1
        socket.destroy()
      })
      server.listen(wanted, host)
      await once(server, 'listening')
      servers.push(server)
      const address = server.address()
      return typeof address === 'object' ? (address?.port ?? 0) : 0
    }
    port = await listen('127.0.0.1', 0)
    await listen('::1', port)
    await listen('127.0.0.2', port)
  })
  afterAll(async () => {
    for (const server of servers) server.close()
    await sites[Symbol.asyncDispose]()
    expect(connections).toBe(0)
    expect(sites.answers.join('\n')).not.toContain('canary-ssrf')
  })

  type Connection = Parameters<typeof sites.call<typeof testConnection>>[1]['connection']
  const at = (url: string) => url.replaceAll('[port]', String(port))
  /** Code of the problem that the test of a connection tells, or of the refusal of the call. */
  const outcomeOf = async (connection: Connection): Promise<string> => {
    try {
      const { ok, problem } = await sites.call(testConnection, { connection })
      return ok ? 'ok' : (problem?.code ?? 'no problem')
    } catch (error) {
      if (error instanceof RefusedError) return error.code
      throw error
    }
  }
  const rancher = (url: string): Connection => ({ kind: 'rancher', url: at(url), token })
  const cluster = (url: string, options: object = {}): Connection => ({
    kind: 'kubernetes',
    kubeconfig: stringify({
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: at(url), ...options } }],
      users: [{ name: 'u', user: { token } }],
    }),
  })
  const forms = Object.entries(refusedForms).flatMap(([what, urls]) => urls.map((url) => [what, url] as const))
  const names = Object.entries(hostileNames)

  it('are many', () => {
    expect(forms.length + malformedForms.length + names.length).toBeGreaterThanOrEqual(230)
    expect(new Set(forms.map(([, url]) => url)).size).toBe(forms.length)
  })

  it.each(forms)('%s: %j is refused as the address of a Rancher and of a cluster', async (_what, url) => {
    expect(['address-refused', 'invalid-input']).toContain(await outcomeOf(rancher(url)))
    expect(['address-refused', 'kubeconfig-not-valid']).toContain(await outcomeOf(cluster(url)))
  })

  it.each(malformedForms)('%j is no address', async (url) => {
    expect(await outcomeOf(rancher(url))).toBe('invalid-input')
    expect(['kubeconfig-not-valid', 'kubeconfig-not-self-contained']).toContain(await outcomeOf(cluster(url)))
  })

  it.each(names)('%s, which DNS says is at %j, is refused', async (name) => {
    for (const host of [name, `${name}.`, name.toUpperCase()]) {
      expect(await outcomeOf(rancher(`http://${host}:[port]/`))).toBe('address-refused')
      expect(await outcomeOf(cluster(`https://${host}:[port]`))).toBe('address-refused')
    }
  })

  it.each([
    'http://169.254.169.254:3128',
    'http://127.0.0.1:[port]',
    'http://[::1]:[port]',
    'http://2130706433:[port]',
    'https://metadata.evil.example:3128',
    'http://loopback.evil.example:[port]',
  ])('the proxy %s is refused, for Rancher and clusters', async (proxyUrl) => {
    const proxy = at(proxyUrl)
    expect(await outcomeOf({ ...rancher('https://10.0.0.1'), proxyUrl: proxy })).toBe('address-refused')
    expect(await outcomeOf(cluster('https://10.0.0.1', { 'proxy-url': proxy }))).toBe('address-refused')
  })

  it.each([
    'http://169.254.169.254',
    'http://127.0.0.1:[port]',
    'http://localhost:[port]',
    'http://metadata.google.internal',
    'http://metadata.evil.example',
    'https://loopback.evil.example:[port]',
    'http://several.evil.example',
    'http://[::ffff:a9fe:a9fe]',
  ])('no proxy is asked for %s', async (url) => {
    expect(await outcomeOf({ ...rancher(url), proxyUrl: 'http://10.255.255.254:3128' })).toBe('address-refused')
  })
})
