import { connectSite, getSite, listClusters, listNamespaces } from '@rancher-hub/contracts'
import { type Fleet, startFleet } from '@rancher-hub/fleet'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  chromiumPath,
  expectFits,
  openBrowser,
  openScreen,
  openSession,
  type Session,
  screens,
  shoot,
  watchForErrors,
} from './browser.fixtures.ts'
import { openTestHub, type TestHub } from './hub.fixtures.ts'

describe.skipIf(chromiumPath === undefined)('the calls to a site in a browser [Chromium]', () => {
  let fleet: Fleet
  let test: TestHub
  let browser: Browser
  let session: Session

  beforeAll(async () => {
    fleet = await startFleet({ stepMs: 1 })
    test = await openTestHub()
    browser = await openBrowser()
    const { dev, production } = fleet.ranchers
    const connect = async ({ name, url, token }: typeof dev): Promise<string> => {
      const { id } = await test.administrator.call(connectSite, { name, connection: { kind: 'rancher', url, token } })
      await test.administrator.call(listClusters, { siteId: id })
      return id
    }
    const devId = await connect(dev)
    const productionId = await connect(production)
    // The one is slowed down, the other one answers nothing.
    production.faults.add({ kind: 'throttle', path: '^/v3/clusters', retryAfterSeconds: 1, times: 1 })
    await test.administrator.call(listClusters, { siteId: productionId })
    dev.faults.add({ kind: 'error', status: 503 })
    await Promise.allSettled(
      Array.from({ length: 5 }, async (_, index) =>
        test.administrator.call(listNamespaces, { siteId: devId, clusterId: `c-${index}` }),
      ),
    )
    const paused = async () => (await test.administrator.call(getSite, { siteId: devId })).traffic?.paused[0]
    await vi.waitUntil(paused, { timeout: 30_000 })
    session = await openSession(browser, test.url)
  })
  afterAll(async () => {
    await browser?.close()
    await test?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  const title = /Rancher Development does not answer, and is not asked for now/

  it.each(screens)('shows what is slowed down and what does not answer at %i px, %s', async (width, colorScheme) => {
    await using screen = await openScreen(browser, session, [width, colorScheme])
    const { page } = screen
    const errors = watchForErrors(page)
    await page.goto(`${test.url}/settings/sites`)
    await page.getByText(title).waitFor()
    await page.getByText(/calls in a row got no answer/).waitFor()
    await page.getByText(/slowed down by the server/).waitFor()
    await shoot(page, `site-traffic-${width}-${colorScheme}`)
    await expectFits(page)
    expect(errors).toEqual([])
  })

  it('tries now when asked to, and shows by itself that the site answers again', async () => {
    await using context = await browser.newContext({ storageState: session, viewport: { width: 1440, height: 900 } })
    const page = await context.newPage()
    await page.goto(`${test.url}/settings/sites`)
    await page.getByText(title).waitFor()
    const other = await context.newPage()
    await other.goto(`${test.url}/settings/sites`)
    await other.getByText(title).waitFor()
    fleet.ranchers.dev.faults.clear()
    await page.getByRole('button', { name: 'Try now' }).click()
    await page.getByText(title).waitFor({ state: 'detached' })
    await other.getByText(title).waitFor({ state: 'detached' })
    await shoot(page, 'site-traffic-answers-again')
  })
})
