import { bindInstance, createEnvironment, listClusters, listSites } from '@rancher-hub/contracts'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { chromiumPath, openBrowser, shoot, signInAs, violationsOf, watchForErrors } from './browser.fixtures.ts'
import { base64, type Json, openRealCluster, pathOf, type TestCluster } from './cluster.fixtures.ts'
import { openTestHub, type TestHub } from './hub.fixtures.ts'

const kubeconfigFile = process.env['KUBECONFIG_REAL']
const CANARY = 'canary-8254-secret'

const web = (name: string, version: string, container: Json = {}): Json => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { app: name, team: 'shop' } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [
          {
            name: 'web',
            image: `registry.example/shop/${name}:${version}`,
            envFrom: [{ configMapRef: { name: `${name}-settings` } }],
            ...container,
          },
        ],
      },
    },
  },
})
const settings = (name: string, data: Json): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: `${name}-settings` },
  data,
})
const secret = (name: string): Json => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  data: { password: base64(CANARY) },
})

/** What Argo Rollouts installs, as far as the API server is concerned. */
const rolloutDefinition: Json = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'rollouts.argoproj.io' },
  spec: {
    group: 'argoproj.io',
    scope: 'Namespaced',
    names: { plural: 'rollouts', kind: 'Rollout' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

describe.skipIf(kubeconfigFile === undefined || chromiumPath === undefined)(
  'what runs in a cluster, in a browser [real Kubernetes, Chromium]',
  () => {
    const run = Date.now().toString(36)
    const [dev, production] = [`live-dev-${run}`, `live-prod-${run}`]
    const ids: Record<string, string> = {}
    let siteId = ''
    let cluster: TestCluster
    let test: TestHub
    let browser: Browser
    let page: Page
    let errors: string[]

    const row = (name: string, environment: string): Locator =>
      page
        .getByRole('row')
        .filter({ has: page.getByRole('link', { name, exact: true }) })
        .filter({ hasText: environment })
    const scale = async (namespace: string, name: string, replicas: number): Promise<void> => {
      const path = pathOf(namespace, 'Deployment', name)
      await cluster.call('PATCH', path, { spec: { replicas } }, 'application/merge-patch+json')
    }

    beforeAll(async () => {
      cluster = openRealCluster(kubeconfigFile ?? '')
      for (const name of [dev, production])
        await cluster.call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      await cluster.call('POST', definitions, rolloutDefinition)
      const rollouts = `/apis/argoproj.io/v1alpha1/namespaces/${dev}/rollouts`
      // A kind is served a moment after its definition.
      const isServed = async (): Promise<boolean> =>
        await cluster.call('GET', rollouts).then(
          () => true,
          () => false,
        )
      await vi.waitUntil(isServed, { timeout: 20_000, interval: 50 })
      await cluster.call('POST', rollouts, {
        ...web('canary', '3.0.0'),
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Rollout',
        status: { phase: 'Degraded', message: 'RolloutAborted: metric "errors" failed' },
      })
      // More than any node has: its pods stay pending.
      const huge = { resources: { requests: { cpu: '64' } } }
      await cluster.apply(dev, [
        settings('cart', { level: 'debug' }),
        settings('search', {}),
        secret('cart-db'),
        web('cart', '1.5.0'),
        web('search', '2.0.0', huge),
      ])
      await cluster.apply(production, [settings('cart', { level: 'info' }), secret('cart-db'), web('cart', '1.4.2')])
      test = await openTestHub()
      browser = await openBrowser()
      page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
      errors = watchForErrors(page)
      await signInAs(page, test.url)
    })
    afterAll(async () => {
      await browser?.close()
      await test?.[Symbol.asyncDispose]()
      for (const name of [dev, production]) await cluster?.call('DELETE', `/api/v1/namespaces/${name}`)
      await cluster?.call('DELETE', `${definitions}/rollouts.argoproj.io`)
    })

    it('is connected by a kubeconfig, and the page of the site says what it is', async () => {
      await page.goto(`${test.url}/settings/sites`)
      await page.getByRole('button', { name: 'Connect a site' }).first().click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('button', { name: 'Plain cluster' }).click()
      await dialog.getByRole('textbox', { name: 'Kubeconfig' }).fill(cluster.kubeconfig)
      await dialog.getByRole('button', { name: 'Test connection' }).click()
      await dialog
        .getByText(/v1\.37/)
        .first()
        .waitFor()
      await dialog.getByRole('textbox', { name: 'Name' }).fill('Shop cluster')
      await shoot(page, 'live-01-connect')
      await dialog.getByRole('button', { name: 'Connect', exact: true }).click()
      await page.getByRole('link', { name: 'Shop cluster' }).first().click()
      await page.getByRole('heading', { name: 'Shop cluster' }).waitFor()
      await page
        .getByText(/v1\.37/)
        .first()
        .waitFor()
      await shoot(page, 'live-02-site')
      await page.getByRole('table').first().getByRole('button').first().click()
      await page.getByRole('textbox', { name: 'Search' }).fill(dev)
      await page.getByRole('cell', { name: dev, exact: true }).first().waitFor()
      expect(await violationsOf(page)).toEqual([])
      expect(await page.content()).not.toContain(cluster.direct.token)

      const { administrator: ada } = test
      siteId = (await ada.call(listSites, {})).items[0]?.id ?? ''
      const clusterId = (await ada.call(listClusters, { siteId })).items[0]?.id ?? ''
      for (const [name, namespace, colour] of [
        ['Dev', dev, '#2f855a'],
        ['Production', production, '#c53030'],
      ] as const) {
        const { id: environmentId } = await ada.call(createEnvironment, { name, colour, protected: name !== 'Dev' })
        const place = { siteId, clusterId, namespace }
        ids[name] = (await ada.call(bindInstance, { name: `shop ${name}`, environmentId, ...place })).id
      }
    })

    it('is listed with how it does, in the words of the scheduler, and follows what happens', async () => {
      await page.goto(`${test.url}/workloads`)
      await row('cart', 'Production').getByText('2/2').waitFor()
      await row('search', 'Dev').getByText('0/2').waitFor()
      await row('search', 'Dev')
        .getByText(/Insufficient cpu/)
        .first()
        .waitFor()
      // Kinds of operators are found after the list was shown.
      await page.goto(`${test.url}/workloads?kind=Rollout`)
      const rollout = page.getByRole('row').filter({ hasText: 'canary' })
      await rollout.getByText('Rollout', { exact: true }).waitFor()
      await rollout.getByText('RolloutAborted: metric "errors" failed').waitFor()
      await page.goto(`${test.url}/workloads`)
      await row('cart', 'Production').getByText('2/2').waitFor()
      await shoot(page, 'live-03-workloads')
      await scale(production, 'cart', 3)
      await row('cart', 'Production').getByText('3/3').waitFor()
      await page.getByText('other image').first().waitFor()
      await cluster.apply(production, [web('later', '1.0.0'), settings('later', {})])
      await page.getByRole('button', { name: '1 new' }).click()
      await row('later', 'Production').getByText('2/2').waitFor()
      await page.getByRole('searchbox').or(page.getByLabel('Find by name or image')).fill('cart:1.4')
      await page.getByText('1 workload', { exact: true }).waitFor()
    })

    it('has a page for each workload, with its pods and its revisions', async () => {
      await page.goto(`${test.url}/instances/${ids['Production']}/workloads/Deployment/cart`)
      await page.getByRole('heading', { level: 1, name: 'cart' }).waitFor()
      await page.getByRole('tab', { name: 'Pods' }).click()
      await expect
        .poll(async () => await page.getByText(/^cart-[a-z0-9]+-[a-z0-9]+$/).count(), { timeout: 20_000 })
        .toBe(3)
      await shoot(page, 'live-04-workload')
      await page.getByRole('tab', { name: 'References' }).click()
      await page.getByRole('link', { name: 'cart-settings' }).click()
      await page.getByRole('heading', { level: 1, name: 'cart-settings' }).waitFor()
    })

    it('has a page for each ConfigMap and Secret, with who reads them and without a value of a Secret', async () => {
      await page.goto(`${test.url}/instances/${ids['Production']}/config/ConfigMap/cart-settings`)
      await page.getByText('reads all keys').waitFor()
      await page.getByText('1 key differs').waitFor()
      await page.getByRole('button', { name: 'Value of level' }).click()
      await page.getByText('info', { exact: true }).waitFor()
      const path = pathOf(production, 'ConfigMap', 'cart-settings')
      await cluster.call('PATCH', path, { data: { level: 'warning' } }, 'application/merge-patch+json')
      await page.getByText('warning', { exact: true }).waitFor()
      await shoot(page, 'live-05-config-map')
      await page.goto(`${test.url}/instances/${ids['Production']}/config/Secret/cart-db`)
      await page.getByText('password', { exact: true }).first().waitFor()
      for (const text of [CANARY, base64(CANARY)]) expect(await page.content()).not.toContain(text)
      await page.goto(`${test.url}/config?kind=Secret`)
      await page.getByRole('row').filter({ hasText: 'cart-db' }).first().waitFor()
    })

    it('is paused with its site, and comes back', async () => {
      const act = async (what: 'Disable' | 'Enable') => {
        await page.goto(`${test.url}/settings/sites/${siteId}`)
        await page.getByRole('button', { name: 'More for Shop cluster' }).click()
        await page.getByText(what, { exact: true }).click()
        await page.getByRole('dialog').getByRole('button', { name: what }).click()
      }
      await act('Disable')
      await page.getByText('Disabled', { exact: true }).first().waitFor()
      await page.goto(`${test.url}/workloads`)
      await page.getByText('2 app instances are not completely known').waitFor()
      await shoot(page, 'live-06-disabled')
      await act('Enable')
      await page.getByText('Connected', { exact: true }).first().waitFor()
      await page.goto(`${test.url}/workloads`)
      await row('cart', 'Production').getByText('3/3').waitFor()
      await page.getByText('not completely known').waitFor({ state: 'detached' })
      // Clusters of a disabled site are asked for by its page.
      expect(errors.filter((error) => !error.includes('status of 502'))).toEqual([])
    })
  },
)
