import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, openBrowser, shoot, watchForErrors } from './browser.fixtures.ts'
import { openRealCluster, type TestCluster } from './cluster.fixtures.ts'
import { type FreshHub, openFreshHub } from './hub.fixtures.ts'
import { seedShop } from './shop.fixtures.ts'

const kubeconfigFile = process.env['KUBECONFIG_REAL']

describe.skipIf(kubeconfigFile === undefined || chromiumPath === undefined)(
  'the first minutes in a browser [real Kubernetes, Chromium]',
  () => {
    const run = Date.now().toString(36)
    const [source, target] = [`shop-dev-${run}`, `shop-prod-${run}`]
    let cluster: TestCluster
    let hub: FreshHub
    let browser: Browser
    let page: Page
    let errors: string[]

    beforeAll(async () => {
      cluster = openRealCluster(kubeconfigFile ?? '')
      await seedShop(cluster, source, target)
      hub = await openFreshHub()
      browser = await openBrowser()
      page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
      errors = watchForErrors(page)
    })

    afterAll(async () => {
      await browser?.close()
      await hub?.[Symbol.asyncDispose]()
      for (const namespace of [source, target]) await cluster?.call('DELETE', `/api/v1/namespaces/${namespace}`)
    })

    const pick = async (label: string, option: string | RegExp): Promise<void> => {
      await page.getByRole('combobox', { name: label }).click({ force: true })
      await page.getByRole('option', { name: option }).click()
    }

    it('lead from the printed link to a comparison and a finished sync, by clicks alone', async () => {
      await page.goto(hub.link)
      await shoot(page, '01-link')
      await page.getByLabel('Your name').fill('Ada Lovelace')
      await page.getByLabel('Sign-in name').fill('ada')
      await page.getByLabel('Password').fill('correct horse battery')
      await page.getByRole('button', { name: 'Create and sign in' }).click()

      await page.getByRole('heading', { name: 'First steps' }).waitFor()
      await shoot(page, '02-first-steps')
      await page.getByRole('button', { name: 'Plain cluster' }).click()
      await page.getByLabel('Kubeconfig').fill(cluster.kubeconfig)
      await page.getByRole('button', { name: 'Test connection' }).click()
      await page.getByLabel('Name', { exact: true }).waitFor()
      await shoot(page, '03-tested')
      await page.getByLabel('Name', { exact: true }).fill('Real cluster')
      await page.getByRole('button', { name: 'Connect', exact: true }).click()
      await page.getByRole('button', { name: /^Create Dev, Staging, Production/ }).click()
      for (const [environment, namespace] of [
        ['Dev', source],
        ['Production', target],
      ] as const) {
        await page.getByRole('button', { name: 'Bind an instance' }).click()
        await pick('Environment', environment)
        await pick('Namespace', namespace)
        await shoot(page, `04-bind-${environment}`)
        await page.getByRole('button', { name: 'Bind', exact: true }).click()
        await page.getByText(`/ ${namespace}`).waitFor()
      }
      await shoot(page, '05-steps-done')
      await page.getByRole('link', { name: 'Compare', exact: true }).last().click()

      await page.getByRole('button', { name: /cart/ }).waitFor()
      await shoot(page, '06-compare')
      expect(await page.getByRole('row').count()).toBe(4)
      await page.getByRole('button', { name: /shop-settings/ }).click()
      await page.getByText('data[theme]', { exact: true }).waitFor()
      await page.getByLabel('Write data[theme]').check()
      await shoot(page, '07-diff')
      await page.getByRole('button', { name: 'Add 1 field to the plan' }).click()
      await page.getByLabel('Select cart for the plan').check()
      await page.getByText('2 objects for the plan').waitFor()
      await shoot(page, '08-basket')
      await page.getByRole('button', { name: 'Review' }).click()
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
  },
)
