import { connectSite, createEnvironment, listInstances } from '@rancher-hub/contracts'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, openBrowser, shoot, signInAs, watchForErrors } from './browser.fixtures.ts'
import { openRealCluster, type TestCluster } from './cluster.fixtures.ts'
import { openTestHub, type TestHub } from './hub.fixtures.ts'
import { seedShop } from './shop.fixtures.ts'

const kubeconfigFile = process.env['KUBECONFIG_REAL']

describe.skipIf(kubeconfigFile === undefined || chromiumPath === undefined)(
  'instances of a real cluster, in a browser [real Kubernetes, Chromium]',
  () => {
    const app = `bazaar${Date.now().toString(36)}`
    const [source, target] = [`${app}-dev`, `${app}-staging`]
    let cluster: TestCluster
    let test: TestHub
    let browser: Browser
    let page: Page
    let errors: string[]

    beforeAll(async () => {
      cluster = openRealCluster(kubeconfigFile ?? '')
      await seedShop(cluster, source, target)
      await cluster.call(
        'PATCH',
        `/apis/apps/v1/namespaces/${target}/deployments/cart`,
        { metadata: { labels: { 'app.kubernetes.io/part-of': 'shop' } } },
        'application/merge-patch+json',
      )
      test = await openTestHub()
      const connection = { kind: 'kubernetes' as const, kubeconfig: cluster.kubeconfig }
      await test.administrator.call(connectSite, { name: 'Real', connection })
      for (const name of ['Dev', 'Staging'])
        await test.administrator.call(createEnvironment, { name, colour: '#2f855a' })
      browser = await openBrowser()
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
      page = await context.newPage()
      errors = watchForErrors(page)
      await signInAs(page, test.url)
    })
    afterAll(async () => {
      await browser?.close()
      await test?.[Symbol.asyncDispose]()
      for (const namespace of [source, target]) await cluster?.call('DELETE', `/api/v1/namespaces/${namespace}`)
    })

    it('are bound as their names suggest, narrowed by a selector, and compared without what is ignored', async () => {
      await page.goto(`${test.url}/settings/instances`)
      await page.getByRole('button', { name: 'Bind an instance' }).click()
      const dialog = page.getByRole('dialog')
      for (const name of [`${app} dev`, `${app} staging`])
        await dialog.getByRole('checkbox', { name: `Bind ${name}`, exact: true }).check()
      await dialog.getByRole('button', { name: 'Bind 2 chosen' }).click()
      await dialog.getByText('2 of 2 bound').waitFor()
      await dialog.getByRole('button', { name: 'Cancel' }).click()
      const { items } = await test.administrator.call(listInstances, {})
      expect(items.map(({ namespace }) => namespace)).toEqual([source, target])
      const [dev, staging] = items.map(({ id }) => id)

      await page.goto(`${test.url}/compare/object?source=${dev}&target=${staging}&kind=Deployment&name=cart`)
      await page.getByRole('button', { name: 'Ignore containers[cart].env[FAST_LANE] …' }).click()
      await dialog.getByText('It would hide 1 field of 1 object now').waitFor()
      await dialog.getByLabel('Reason').fill('Only where it is tried out')
      await dialog.getByRole('button', { name: 'Save' }).click()
      await page.getByText('Ignored: Only where it is tried out').waitFor()

      await page.goto(`${test.url}/settings/instances`)
      await page.getByRole('button', { name: `Edit ${app} staging` }).click()
      await dialog.getByRole('textbox', { name: 'Label selector (optional)' }).fill('app.kubernetes.io/part-of=shop')
      await dialog.getByText('Deployment: 1 of 3').waitFor()
      await shoot(page, 'selector-real')
      await dialog.getByRole('button', { name: 'Save' }).click()
      await page.getByText('app.kubernetes.io/part-of=shop').waitFor()

      await page.goto(`${test.url}/compare?instances=${dev},${staging}`)
      await page.getByRole('button', { name: /^cart/ }).waitFor()
      await expect
        .poll(async () => await page.getByRole('row').filter({ hasText: 'catalog' }).textContent())
        .toContain('Missing')
      await page.getByText('1 field ignored').waitFor()
      await shoot(page, 'compare-real')
      expect(errors).toEqual([])
    })
  },
)
