import { type Fleet, startFleet } from '@rancher-hub/fleet'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, firstFieldFocused, openBrowser, shoot, watchForErrors } from './browser.fixtures.ts'
import { type FreshHub, openFreshHub, shapes } from './hub.fixtures.ts'

describe.each(shapes)('the first minutes in a browser, %s', (shape, possible) => {
  describe.skipIf(chromiumPath === undefined || !possible)('[Chromium, servers]', () => {
    let fleet: Fleet
    let hub: FreshHub
    let browser: Browser
    let page: Page
    let errors: string[]

    beforeAll(async () => {
      fleet = await startFleet({ stepMs: 100 })
      hub = await openFreshHub({}, shape)
      browser = await openBrowser()
      page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
      errors = watchForErrors(page)
    })

    afterAll(async () => {
      await browser?.close()
      await hub?.[Symbol.asyncDispose]()
      await fleet?.[Symbol.asyncDispose]()
    })

    const pick = async (label: string, option: string): Promise<void> => {
      await page.getByRole('combobox', { name: label, exact: true }).click({ force: true })
      await page.getByRole('option', { name: option, exact: true }).click()
    }

    it('lead from the printed link to a comparison and a finished sync, by clicks alone', async () => {
      await page.goto(new URL('#of-yesterday', hub.link).href)
      await page.getByText('This link has been used').waitFor()
      // The same page with another link: only what stands behind the # is new.
      await page.goto(hub.link)
      await shoot(page, '01-link')
      await firstFieldFocused(page)
      await page.getByLabel('Your name').fill('Ada Lovelace')
      await page.getByLabel('Sign-in name').fill('ada')
      await page.getByLabel('Password').fill('correct horse battery')
      await page.getByRole('button', { name: 'Create and sign in' }).click()

      await page.getByRole('heading', { name: 'First steps' }).waitFor()
      await shoot(page, '02-first-steps')
      for (const { name, url, token } of [fleet.ranchers.dev, fleet.ranchers.production]) {
        if (name === fleet.ranchers.production.name)
          await page.getByRole('button', { name: 'Connect another site' }).click()
        await page.getByLabel('Address').fill(url)
        await page.getByLabel('API token').fill(token)
        await page.getByRole('button', { name: 'Test connection' }).click()
        await page.getByLabel('Name', { exact: true }).waitFor()
        await shoot(page, '03-tested')
        await page.getByLabel('Name', { exact: true }).fill(name)
        await page.getByRole('button', { name: 'Connect', exact: true }).click()
        await page.getByRole('listitem').filter({ hasText: url }).last().waitFor()
      }
      await page.getByRole('button', { name: /^Create Dev, Staging, Production/ }).click()
      for (const [environment, site, clusterName] of [
        ['Dev', fleet.ranchers.dev.name, 'lantern-dev'],
        ['Production', fleet.ranchers.production.name, 'lantern-prod-eu-central'],
      ] as const) {
        await page.getByRole('button', { name: 'Bind an instance' }).click()
        await pick('Environment', environment)
        await pick('Site', site)
        if (environment === 'Dev') await pick('Cluster', clusterName)
        await pick('Namespace', 'shop')
        await shoot(page, `04-bind-${environment}`)
        await page.getByRole('button', { name: 'Bind', exact: true }).click()
        await page.getByText(`${clusterName} / shop`, { exact: true }).waitFor()
      }
      await shoot(page, '05-steps-done')
      await page.getByRole('link', { name: 'Compare', exact: true }).last().click()

      await page.getByRole('button', { name: 'cart Deployment' }).waitFor()
      await page.getByTitle('registry.lantern.example/shop/cart:1.15.0').first().waitFor()
      expect(await page.getByTitle('registry.lantern.example/shop/cart:1.15.0').first().textContent()).toBe(
        'cart:1.15.0',
      )
      await shoot(page, '06-compare')
      expect(await page.getByRole('columnheader').count()).toBe(3)
      await page.getByRole('button', { name: 'storefront-settings ConfigMap' }).click()
      await page.getByText('data[theme]', { exact: true }).waitFor()
      await page.getByLabel('Write data[theme]').check()
      await shoot(page, '07-diff')
      await page.getByRole('button', { name: 'Add 1 field to the plan' }).click()
      await page.getByLabel('Select cart for the plan', { exact: true }).check()
      await page.getByText('2 objects for the plan').waitFor()
      await shoot(page, '08-basket')
      await page.getByRole('button', { name: 'Review', exact: true }).click()
      await page.getByLabel('Why (shown in the history)').fill('Release 1.5')
      await page.getByRole('button', { name: 'Make the plan' }).click()

      await page.getByRole('button', { name: 'Sync 2 objects to Production' }).click()
      await shoot(page, '09-plan')
      await page.getByLabel('Type Production to go on').fill('Production')
      await page.getByRole('dialog').getByRole('button', { name: 'Sync 2 objects to Production' }).click()
      await page.getByText('Completed', { exact: true }).waitFor({ timeout: 60_000 })
      await shoot(page, '10-sync-done')
      await page.getByRole('link', { name: 'History' }).first().click()
      await page.getByRole('link', { name: '2 objects from Dev to Production' }).waitFor()
      await shoot(page, '11-history')
      expect(errors).toEqual([])
    })
  })
})
