import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, type Hub, PASSWORD, startHub } from './hub.fixtures.ts'

let hub: Hub
let ada: Browser
beforeAll(async () => {
  hub = await startHub()
  ada = await hub.administrator()
})
afterAll(async () => await hub[Symbol.asyncDispose]())

const signIn = (
  browser: Browser,
  payload: unknown = { username: 'ada', password: PASSWORD },
  headers: Record<string, string> = {},
) => browser.request({ method: 'POST', url: '/api/v1/session', payload: payload as object, headers })

describe('signing in', () => {
  it('answers who it is, and keeps the token in a __Host- cookie', async () => {
    const response = await signIn(hub.browser())
    expect(response.statusCode).toBe(200)
    expect(Object.keys(response.json())).toEqual(['me'])
    expect(response.headers['set-cookie']).toMatch(
      /^__Host-hub=[\w-]{43}; Expires=[^;]+ GMT; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    )
  })

  it('ends with signing out, at once', async () => {
    const browser = hub.browser()
    await signIn(browser)
    const { cookie } = browser
    expect((await browser.request({ url: '/api/v1/me' })).statusCode).toBe(200)
    const out = await browser.request({ method: 'DELETE', url: '/api/v1/session' })
    expect(out.headers['set-cookie']).toMatch(/^__Host-hub=; Max-Age=0; Path=\//)
    const after = await hub.browser(cookie).request({ url: '/api/v1/me' })
    expect([after.statusCode, after.json().code]).toEqual([401, 'not-signed-in'])
  })

  it('refuses wrong credentials as a problem document that names the request', async () => {
    const response = await signIn(hub.browser(), { username: 'nobody', password: 'wrong' })
    expect(response.statusCode).toBe(401)
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(response.json()).toEqual({
      type: 'urn:rancher-hub:problem:wrong-credentials',
      title: 'Wrong credentials',
      status: 401,
      code: 'wrong-credentials',
      detail: 'The name or the password is wrong, or the account is disabled.',
      instance: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
  })

  it('says how long to wait after too many attempts', async () => {
    const browser = hub.browser()
    for (let attempt = 0; attempt < 5; attempt += 1) await signIn(browser, { username: 'grace', password: 'wrong' })
    const response = await signIn(browser, { username: 'grace', password: 'wrong' })
    expect([response.statusCode, response.headers['retry-after']]).toEqual([429, '1'])
    expect(response.json()).toMatchObject({
      code: 'too-many-attempts',
      retryAfterSeconds: 1,
      details: { retryAfterSeconds: 1 },
    })
  })
})

describe('rights', () => {
  it('are the new ones right after a change, without signing in again', async () => {
    const bob = await hub.person(ada, 'bob', 'viewer')
    const add = () =>
      bob.request({ method: 'POST', url: '/api/v1/people', payload: { name: 'Eve', username: 'eve', role: 'viewer' } })
    expect((await add()).json().code).toBe('forbidden')
    await ada.request({ method: 'PUT', url: `/api/v1/people/${bob.id}/role`, payload: { role: 'administrator' } })
    expect((await add()).statusCode).toBe(200)
    await ada.request({ method: 'POST', url: `/api/v1/people/${bob.id}/disable` })
    expect((await add()).statusCode).toBe(401)
  })

  it('stay with the session in which the password was changed, and end in the others', async () => {
    const one = await hub.person(ada, 'carol', 'viewer')
    const other = hub.browser()
    await signIn(other, { username: 'carol', password: PASSWORD })
    expect((await other.request({ url: '/api/v1/me' })).statusCode).toBe(200)
    const change = { currentPassword: PASSWORD, newPassword: 'staple battery horse' }
    expect((await one.request({ method: 'POST', url: '/api/v1/me/password', payload: change })).statusCode).toBe(200)
    expect((await one.request({ url: '/api/v1/me' })).statusCode).toBe(200)
    expect((await other.request({ url: '/api/v1/me' })).statusCode).toBe(401)
  })
})

describe('origin', () => {
  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another port', { origin: 'https://hub.example:8443' }],
    ['another scheme', { origin: 'http://hub.example.evil' }],
    ['an opaque page', { origin: 'null' }],
    ['a cross-site request without Origin', { origin: undefined, 'sec-fetch-site': 'cross-site' }],
    ['a sibling domain', { origin: undefined, 'sec-fetch-site': 'same-site' }],
  ])('refuses unsafe requests from %s', async (_what, headers) => {
    const response = await ada.request({
      method: 'POST',
      url: '/api/v1/people',
      payload: {},
      headers: headers as Record<string, string>,
    })
    expect([response.statusCode, response.json().code]).toEqual([403, 'origin-refused'])
  })

  it('lets the hub’s own pages through, and clients that are no browsers', async () => {
    for (const headers of [
      { origin: 'https://hub.example' },
      { origin: undefined },
      { 'sec-fetch-site': 'same-origin' },
    ]) {
      const response = await ada.request({
        method: 'POST',
        url: '/api/v1/people',
        payload: {},
        headers: headers as Record<string, string>,
      })
      expect(response.json().code).toBe('invalid-input')
    }
  })

  it('lets other sites read nothing: no CORS headers', async () => {
    const response = await ada.request({ url: '/api/v1/me', headers: { origin: 'https://evil.example' } })
    expect(response.headers).not.toHaveProperty('access-control-allow-origin')
    const preflight = await ada.request({
      method: 'OPTIONS',
      url: '/api/v1/me',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'PUT' },
    })
    expect(preflight.statusCode).toBe(404)
  })
})

describe('plain HTTP', () => {
  it('is told before signing in that the cookie cannot work, and where to go', async () => {
    const headers = { host: '10.0.0.7:8080', origin: 'http://10.0.0.7:8080' }
    const connection = await hub.browser().request({ url: '/api/v1/connection', headers })
    expect(connection.json()).toEqual({ cookiesWork: false, publicUrl: 'https://hub.example' })
    const response = await signIn(hub.browser(), undefined, headers)
    expect([response.statusCode, response.json().code]).toEqual([400, 'insecure-connection'])
    expect(response.json().detail).toContain('https://hub.example')
  })

  it.each(['localhost:8080', '127.0.0.1:8080', '[::1]:8080'])('works on the machine itself: %s', async (host) => {
    const response = await signIn(hub.browser(), undefined, { host, origin: `http://${host}` })
    expect(response.statusCode).toBe(200)
  })
})
