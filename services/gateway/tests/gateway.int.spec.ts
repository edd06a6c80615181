import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientKey } from '../src/gateway.ts'
import { type Browser, type Hub, startHub } from './hub.fixtures.ts'

let hub: Hub
let ada: Browser
beforeAll(async () => {
  hub = await startHub({ settings: { requestsPerMinute: '100000' } })
  ada = await hub.administrator()
})
afterAll(async () => await hub[Symbol.asyncDispose]())

const post = (payload: string | undefined, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  ada.request({ method: 'POST', url: '/api/v1/people', headers, ...(payload === undefined ? {} : { payload }) })

describe('a client’s mistake', () => {
  it.each([
    ['JSON that is cut', () => post('{"name":'), 400, 'invalid-input'],
    ['a body that is no object', () => post('[1]'), 400, 'invalid-input'],
    ['a body that is null', () => post('null'), 400, 'invalid-input'],
    ['a poisoned prototype', () => post('{"__proto__":{"role":"administrator"}}'), 400, 'invalid-input'],
    ['no body', () => post(undefined, {}), 400, 'invalid-input'],
    [
      'a form',
      () => post('name=Ada', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'unsupported-media-type',
    ],
    ['plain text', () => post('{}', { 'content-type': 'text/plain' }), 415, 'unsupported-media-type'],
    ['a body that is too large', () => post(JSON.stringify({ name: 'x'.repeat(70_000) })), 413, 'payload-too-large'],
    [
      'an address that does not decode',
      () => ada.request({ url: '/api/v1/people/%E0%A4%A/link' }),
      400,
      'invalid-input',
    ],
    [
      'an id that is none',
      () => ada.request({ method: 'POST', url: '/api/v1/people/..%2f..%2fetc/link' }),
      400,
      'invalid-input',
    ],
    ['a number that is none', () => ada.request({ url: '/api/v1/people?limit=ten' }), 400, 'invalid-input'],
    ['a repeated key', () => ada.request({ url: '/api/v1/people?text=a&text=b' }), 400, 'invalid-input'],
    ['an unknown address', () => ada.request({ url: '/api/v1/nothing' }), 404, 'not-found'],
    [
      'an unknown address, whoever asks',
      () => hub.browser().request({ url: '/api/nothing', headers: { accept: 'text/html' } }),
      404,
      'not-found',
    ],
    ['a wrong method', () => ada.request({ method: 'PATCH', url: '/api/v1/people' }), 404, 'not-found'],
    [
      'somebody who is not there',
      () => ada.request({ method: 'POST', url: '/api/v1/people/6f1c3a52-1111-4a6e-9d43-0a5a2f6a9fff/link' }),
      404,
      'not-found',
    ],
  ])('%s is a problem document', async (_what, send, status, code) => {
    const response = await send()
    expect([response.statusCode, response.json().code]).toEqual([status, code])
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
  })

  it('names the fields that are not valid', async () => {
    const response = await post('{"name":" ","username":"-","role":"root"}')
    expect(response.json().errors.map(({ path }: { path: string }) => path)).toEqual(['name', 'username', 'role'])
    expect(response.json().detail).toBe('name: Give it a name')
  })

  it('is not read before it is known who asks', async () => {
    const response = await hub.browser().request({
      method: 'POST',
      url: '/api/v1/people',
      headers: { 'content-type': 'application/json' },
      payload: '{"',
    })
    expect(response.statusCode).toBe(401)
  })
})

describe('queries', () => {
  it('read numbers and fill in defaults', async () => {
    const response = await ada.request({ url: '/api/v1/people?limit=1&offset=0' })
    expect(response.json()).toMatchObject({ total: 1, items: [{ name: 'Ada' }] })
    expect(response.headers['cache-control']).toBe('no-store')
  })
})

describe('headers', () => {
  it('let browsers run nothing but the hub’s own files', async () => {
    const { headers } = await hub.browser().request({ url: '/docs', headers: { accept: 'text/html' } })
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/script-src[^;]*unsafe/)
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    })
    expect(headers['strict-transport-security']).toContain('max-age=31536000')
  })
})

describe('limits', () => {
  it('refuse an address that asks too often', async () => {
    await using small = await startHub({ settings: { requestsPerMinute: '3' } })
    const statuses: number[] = []
    for (let round = 0; round < 4; round += 1)
      statuses.push((await small.browser().request({ url: '/api/v1/setup' })).statusCode)
    expect(statuses).toEqual([200, 200, 200, 429])
    const refused = await small.browser().request({ url: '/api/v1/setup' })
    expect(refused.json()).toMatchObject({ code: 'rate-limited' })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect((await small.browser().request({ url: '/health/live' })).statusCode).toBe(200)
  })

  it('count clients behind a trusted proxy apart, and believe nobody else', async () => {
    await using proxied = await startHub({
      settings: { requestsPerMinute: '1' },
      gateway: { trustedProxies: ['127.0.0.1'] },
    })
    const ask = (forwarded: string, remoteAddress: string) =>
      proxied.app.inject({ url: '/api/v1/setup', remoteAddress, headers: { 'x-forwarded-for': forwarded } })
    expect((await ask('192.0.2.1', '127.0.0.1')).statusCode).toBe(200)
    expect((await ask('192.0.2.2', '127.0.0.1')).statusCode).toBe(200)
    expect((await ask('192.0.2.1', '127.0.0.1')).statusCode).toBe(429)
    expect((await ask('192.0.2.3', '198.51.100.1')).statusCode).toBe(200)
    expect((await ask('192.0.2.4', '198.51.100.1')).statusCode).toBe(429)
  })

  it('take an IPv6 network for one client', () => {
    expect(clientKey('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2')
    expect(clientKey('2001:db8::1')).toBe('2001:db8:0:0')
    expect(clientKey('::1')).toBe('0:0:0:0')
    expect(clientKey('::ffff:192.0.2.1')).toBe('192.0.2.1')
    expect(clientKey('192.0.2.1')).toBe('192.0.2.1')
  })
})

describe('health', () => {
  it('tells the truth', async () => {
    const parts = [{ name: 'sites', ready: false, problems: ['people is catching-up'] }]
    await using ill = await startHub({ gateway: { health: async () => ({ ready: false, parts }) } })
    expect((await ill.browser().request({ url: '/health/live' })).json()).toEqual({ status: 'live' })
    const ready = await ill.browser().request({ url: '/health/ready' })
    expect([ready.statusCode, ready.json()]).toEqual([503, { status: 'not-ready', parts }])
  })

  it('is 503 with a problem when a service does not answer', async () => {
    const response = await ada.request({ url: '/api/v1/environments' })
    expect([response.statusCode, response.json().code, response.headers['retry-after']]).toEqual([
      503,
      'unavailable',
      '2',
    ])
  })
})

describe('web', () => {
  const html = { accept: 'text/html,application/xhtml+xml' }

  it('says what to do while it is not built', async () => {
    const response = await hub.browser().request({ url: '/environments', headers: html })
    expect([response.statusCode, response.headers['content-type']]).toEqual([503, 'text/plain; charset=utf-8'])
    expect(response.body).toContain('npm start')
  })

  it('answers every page with the application, and keeps hashed files', async () => {
    const webDir = mkdtempSync(join(tmpdir(), 'hub-web-'))
    mkdirSync(join(webDir, 'assets'))
    writeFileSync(join(webDir, 'index.html'), '<!doctype html>app')
    writeFileSync(join(webDir, 'assets', 'main-abc123.js'), 'run()')
    await using built = await startHub({ gateway: { webDir } })
    const get = (url: string, headers: Record<string, string> = html) => built.browser().request({ url, headers })
    for (const url of ['/', '/environments', '/link', '/apidocs']) {
      const page = await get(url)
      expect([page.statusCode, page.body, page.headers['cache-control']]).toEqual([
        200,
        '<!doctype html>app',
        'no-cache',
      ])
    }
    const asset = await get('/assets/main-abc123.js')
    expect([asset.statusCode, asset.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable'])
    expect((await get('/assets/gone.js', { accept: '*/*' })).statusCode).toBe(404)
    expect((await get('/assets/..%2f..%2fetc/passwd', { accept: '*/*' })).statusCode).toBeGreaterThanOrEqual(400)
    expect((await get('/api/v1/nope')).statusCode).toBe(404)
  })
})
