import { connectSite, readKubeconfig, testConnection } from '@rancher-hub/contracts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestHub, type TestHub } from './hub.fixtures.ts'

const CANARY = 'canary5e1c07'
const contracts = { testConnection, connectSite, readKubeconfig }

/** What a person types or pastes to connect a site, through a real gateway: never a failure of ours, and no secret of it comes back. */
describe('connecting a site with anything', () => {
  let test: TestHub
  let cookie = ''
  beforeAll(async () => {
    // Nothing here may reach a server: only what is never called, and names that no DNS knows.
    test = await openTestHub({ HUB_ALLOW_LOOPBACK_SITES: 'false', HUB_TRUSTED_PROXIES: '127.0.0.1' })
    const signIn = await fetch(`${test.url}/api/v1/session`, {
      method: 'POST',
      headers: { origin: test.url, 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'ada', password: 'correct horse battery' }),
    })
    cookie = signIn.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
  })
  afterAll(async () => {
    expect(test.logged()).not.toContain(CANARY)
    await test[Symbol.asyncDispose]()
  })

  /** Each request from an address of its own: the limits have specs of their own. */
  let sent = 0
  const nextAddress = (): string => {
    sent += 1
    return `10.9.${sent >> 8}.${sent & 255}`
  }

  const send = async (contract: keyof typeof contracts, body: string): Promise<void> => {
    const response = await fetch(`${test.url}/api/v1${contracts[contract].http?.path}`, {
      method: 'POST',
      headers: {
        origin: test.url,
        cookie,
        'content-type': 'application/json',
        'x-forwarded-for': nextAddress(),
      },
      body,
    })
    const text = await response.text()
    // A name that DNS does not know is the one thing here that has to do with others.
    if (!text.includes('"name-not-found"')) expect(response.status, text).toBeLessThan(500)
    expect([401, 403, 429]).not.toContain(response.status)
    expect(text).not.toContain(CANARY)
  }
  const both = async (connection: unknown): Promise<void> => {
    await send('testConnection', JSON.stringify({ connection }))
    await send('connectSite', JSON.stringify({ name: 'Fuzz', connection }))
  }

  const kubeconfig = (server: string, user: object) =>
    JSON.stringify({
      'current-context': 'dev',
      contexts: [{ name: 'dev', context: { cluster: 'a', user: 'ada' } }],
      clusters: [{ name: 'a', cluster: { server } }],
      users: [{ name: 'ada', user: { token: CANARY, ...user } }],
    })
  const broken = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      '['.repeat(20_000),
      `${'k: 1\n'.repeat(50_000)}`,
      '\u0000',
      '\ud800',
      '{{',
      'a: &a [*a, *a]',
      '!!js/function x',
      '__proto__: {token: x}',
    ),
  )

  it('is refused where it is no kubeconfig', async () => {
    await fc.assert(
      fc.asyncProperty(broken, fc.constantFrom('', `\ntoken: ${CANARY}`), async (text, rest) => {
        const pasted = `${text}${rest}`
        await both({ kind: 'kubernetes', kubeconfig: pasted })
        await send('readKubeconfig', JSON.stringify({ kubeconfig: pasted }))
      }),
      { numRuns: 30 },
    )
  })

  it('is refused where a kubeconfig leads nowhere, or holds what the hub does not do', async () => {
    const server = fc.constantFrom(
      'https://169.254.169.254',
      'https://[::1]:6443',
      `https://ada:${CANARY}@10.0.0.1`,
      'ftp://10.0.0.1',
      '',
      '\u0000',
      'https://',
      'https://no-such-host.invalid:6443',
    )
    const user = fc.constantFrom(
      {},
      { exec: { command: CANARY } },
      { 'auth-provider': { config: { 'id-token': CANARY } } },
      { tokenFile: '/etc/passwd' },
      { token: { a: CANARY } },
      { token: '' },
      { token: `${CANARY}\r\nx: y` },
      { token: `${CANARY}\u0000` },
      { token: `${CANARY}☃` },
      { 'client-key-data': CANARY },
    )
    await fc.assert(
      fc.asyncProperty(
        server,
        user,
        async (address, by) => await both({ kind: 'kubernetes', kubeconfig: kubeconfig(address, by) }),
      ),
      { numRuns: 30 },
    )
  })

  it('is refused where a Rancher address leads nowhere, or nothing is a token', async () => {
    const url = fc.oneof(
      fc.constantFrom(
        'http://2852039166',
        'https://[::ffff:127.0.0.1]',
        `https://ada:${CANARY}@10.0.0.1`,
        'https://no-such-host.invalid',
        'javascript:alert(1)',
        '',
        '\u0000',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    )
    const token = fc.constantFrom(
      `token-abcde:${CANARY}`,
      CANARY,
      `token-abcde:${CANARY}\r\nhost: x`,
      `token-abcde:${CANARY}☃`,
      '',
      ' ',
      `ext/token-abcde:${CANARY}`,
    )
    const options = fc.constantFrom(
      {},
      { caPem: CANARY },
      { proxyUrl: `http://ada:${CANARY}@169.254.169.254:3128` },
      { proxyUrl: `socks5://${CANARY}` },
      { headers: [{ name: 'x-gate', value: CANARY }] },
      { headers: [{ name: 'host', value: CANARY }] },
      { headers: [{ name: 'x\r\ny', value: CANARY }] },
      { headers: [{ name: 'x', value: `${CANARY}\r\n` }] },
    )
    await fc.assert(
      fc.asyncProperty(
        url,
        token,
        options,
        async (address, secret, more) => await both({ kind: 'rancher', url: address, token: secret, ...more }),
      ),
      { numRuns: 40 },
    )
  })

  it('is refused where it is no JSON, or too much of it', async () => {
    const bodies = [
      '',
      '{',
      '[]',
      'null',
      '"x"',
      '{"connection":{"kind":"kubernetes"}}',
      `{"connection":{"kind":"${CANARY}"}}`,
      JSON.stringify({ connection: { kind: 'kubernetes', kubeconfig: 'x'.repeat(600_000) } }),
      JSON.stringify({ connection: { kind: 'kubernetes', kubeconfig: 'x'.repeat(800_000) } }),
    ]
    for (const body of bodies)
      for (const contract of ['testConnection', 'connectSite'] as const) await send(contract, body)
  })

  it('is answered for a thousand contexts, of which none can be used', async () => {
    const context = { cluster: 'a', user: 'ada' }
    const contexts = Array.from({ length: 1_000 }, (_, index) => ({ name: `${'c'.repeat(200)}${index}`, context }))
    const text = JSON.stringify({
      ...JSON.parse(kubeconfig('https://10.0.0.1', { exec: { command: CANARY } })),
      contexts,
    })
    await send('readKubeconfig', JSON.stringify({ kubeconfig: text }))
  })
})
