import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFirstAdministratorLink } from '@rancher-hub/auth'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Hub, PASSWORD, startHub } from './hub.fixtures.ts'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Runs in the page: a call as the application makes it. */
const callFromPage = async (
  page: Page,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> =>
  await page.evaluate(
    async ([verb, url, payload]) => {
      const init =
        payload === undefined
          ? { method: verb }
          : { method: verb, headers: { 'content-type': 'application/json' }, body: payload }
      const response = await fetch(url, init)
      return { status: response.status, body: await response.json() }
    },
    [method, path, body === undefined ? undefined : JSON.stringify(body)] as [string, string, string | undefined],
  )

describe.skipIf(!existsSync(executablePath))('in Chromium', () => {
  let hub: Hub
  let browser: Browser
  let base: string
  beforeAll(async () => {
    const webDir = mkdtempSync(join(tmpdir(), 'hub-web-'))
    writeFileSync(
      join(webDir, 'index.html'),
      '<!doctype html><title>Hub</title><script>document.title = "inline script ran"</script>',
    )
    hub = await startHub({ gateway: { webDir, publicUrl: undefined } })
    await hub.app.listen({ host: '127.0.0.1', port: 0 })
    base = `http://127.0.0.1:${(hub.app.server.address() as AddressInfo).port}`
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  })
  afterAll(async () => {
    await browser.close()
    await hub[Symbol.asyncDispose]()
  })

  const signedIn = async (): Promise<Page> => {
    const page = await browser.newPage()
    await page.goto(base)
    const link = await createFirstAdministratorLink({ store: hub.store, publicUrl: base })
    const token = link?.url.split('#')[1]
    const answer =
      token === undefined
        ? await callFromPage(page, 'POST', '/api/v1/session', { username: 'ada', password: PASSWORD })
        : await callFromPage(page, 'POST', '/api/v1/links/redeem', {
            token,
            name: 'Ada',
            username: 'ada',
            password: PASSWORD,
          })
    expect(answer.status).toBe(200)
    return page
  }

  it('keeps the session cookie over plain HTTP from the machine itself, out of reach of scripts', async () => {
    const page = await signedIn()
    expect(await callFromPage(page, 'GET', '/api/v1/me')).toMatchObject({
      status: 200,
      body: { user: { username: 'ada' } },
    })
    expect(await page.evaluate('document.cookie')).toBe('')
    const [cookie] = await page.context().cookies()
    expect(cookie).toMatchObject({ name: '__Host-hub', httpOnly: true, secure: true, sameSite: 'Strict', path: '/' })
    await page.close()
  })

  it('keeps it for localhost by name too', async () => {
    const page = await browser.newPage()
    await signedIn().then(async (other) => await other.close())
    await page.goto(base.replace('127.0.0.1', 'localhost'))
    expect((await callFromPage(page, 'POST', '/api/v1/session', { username: 'ada', password: PASSWORD })).status).toBe(
      200,
    )
    expect((await callFromPage(page, 'GET', '/api/v1/me')).status).toBe(200)
    await page.close()
  })

  it('runs no inline script', async () => {
    const page = await browser.newPage()
    await page.goto(base)
    expect(await page.title()).toBe('Hub')
    await page.close()
  })

  it('opens the live feed from a page of the hub', async () => {
    const page = await signedIn()
    const state = await page.evaluate(
      `new Promise((resolve) => { const s = new WebSocket(location.origin.replace('http', 'ws') + '/api/v1/live'); s.onopen = () => resolve('open'); s.onclose = (e) => resolve('closed ' + e.code) })`,
    )
    expect(state).toBe('open')
    await page.close()
  })

  it('shows the page of the HTTP interface under the content security policy, with nothing from elsewhere', async () => {
    const page = await browser.newPage()
    const foreign: string[] = []
    const refused: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(base) && !/^(data|blob):/.test(request.url())) foreign.push(request.url())
    })
    page.on('console', (message) => {
      if (/Content.Security.Policy|Refused to/i.test(message.text())) refused.push(message.text())
    })
    await page.goto(`${base}/docs`)
    await page.getByText('Tell whether an administrator exists yet').first().waitFor({ timeout: 60_000 })
    expect(foreign).toEqual([])
    expect(refused).toEqual([])
    await page.close()
  })
})
