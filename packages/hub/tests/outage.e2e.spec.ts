import { describe, expect, it } from 'vitest'
import { chromiumPath, openBrowser, shoot, signInAs } from './browser.fixtures.ts'
import { openTestHub } from './hub.fixtures.ts'

const WIDTHS = [360, 768, 1440] as const

describe.skipIf(chromiumPath === undefined)('a page that is opened while the hub is not available [Chromium]', () => {
  it.each(['light', 'dark'] as const)('says so, keeps asking, and goes on by itself, %s', async (colorScheme) => {
    await using hub = await openTestHub()
    const browser = await openBrowser()
    const context = await browser.newContext({ colorScheme })
    const page = await context.newPage()
    await signInAs(page, hub.url)
    const problem = {
      type: 'about:blank',
      title: 'Unavailable',
      status: 503,
      code: 'unavailable',
      detail: 'A part of the hub is not available now. Try again in a moment.',
      instance: 'the-correlation-id',
      retryAfterSeconds: 1,
    }
    const away = { status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) }
    await page.route('**/api/v1/me', async (route) => await route.fulfill(away))
    await page.goto(`${hub.url}/settings/environments`)
    await page.getByRole('heading', { name: 'The hub is not available now' }).waitFor()
    expect(await page.getByRole('alert').textContent()).toContain('A part of the hub is not available now')
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 700 })
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      await shoot(page, `not-available-${colorScheme}-${width}`)
    }
    await page.unroute('**/api/v1/me')
    await page.getByRole('heading', { name: 'Settings' }).waitFor()
    expect(page.url()).toContain('/settings/environments')
    await browser.close()
  })
})
