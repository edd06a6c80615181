import { connectSite, testConnection } from '@rancher-hub/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { type RunningSites, refusal, startSites } from '../sites.fixtures.ts'
import { serving } from './socket-servers.fixtures.ts'

const token = 'token-abcde:canary-redirects'
const targets = [
  'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
  'http://[fd00:ec2::254]/latest',
  'http://2852039166/latest',
  'https://rancher.elsewhere.example/dashboard/auth/login?next=x',
  '//evil.example/x',
  'file:///etc/passwd',
  'gopher://127.0.0.1:25/_x',
]
/** As the person is told it: without a path. */
const told = (target: string): string => {
  const url = new URL(target, 'http://site')
  return /^https?:$/.test(url.protocol) ? `on to ${url.origin}.` : `on to an address of another kind (${url.protocol})`
}

describe('a site that sends callers on', () => {
  let sites: RunningSites
  beforeAll(async () => {
    sites = await startSites()
  })
  afterAll(async () => await sites[Symbol.asyncDispose]())

  it.each(targets)('to %s is not followed, and the person is told where it leads', async (location) => {
    const seen: (string | undefined)[] = []
    await using server = await serving((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(302, { location }).end()
    })
    const url = `http://127.0.0.1:${server.port}`
    const kubeconfig = stringify({
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: url } }],
      users: [{ name: 'u', user: { token } }],
    })
    for (const connection of [
      { kind: 'rancher' as const, url, token },
      { kind: 'kubernetes' as const, kubeconfig },
    ]) {
      const { ok, problem } = await sites.call(testConnection, { connection })
      expect([ok, problem?.message]).toEqual([false, expect.stringContaining(told(location))])
      expect(await refusal(sites.call(connectSite, { name: 'Away', connection }))).toMatchObject({
        code: 'site-problem',
      })
    }
    // What is not a Rancher gets no token of one.
    expect(seen.filter((each) => each === undefined).length).toBeGreaterThan(0)
    expect(seen.filter((each) => each !== undefined)).toEqual(seen.filter((each) => each === `Bearer ${token}`))
    expect(sites.answers.join('\n')).not.toMatch(/canary-redirects|security-credentials|passwd/)
  })
})
