import { readFileSync } from 'node:fs'
import { bindInstance, connectSite, createEnvironment, listClusters } from '@rancher-hub/contracts'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, openBrowser, shoot, signInAs, watchForErrors } from './browser.fixtures.ts'
import { openRealCluster, type TestCluster } from './cluster.fixtures.ts'
import { openTestHub, type TestHub } from './hub.fixtures.ts'
import { makeAccount } from './token-rights.fixtures.ts'

const kubeconfigFile = process.env['KUBECONFIG_REAL']

describe.skipIf(kubeconfigFile === undefined || chromiumPath === undefined)(
  'the rights of a token in a browser [real Kubernetes, Chromium]',
  () => {
    const run = Date.now().toString(36)
    const [apps, more, tools] = [`rights-ui-${run}`, `rights-ui-more-${run}`, `rights-ui-tools-${run}`]
    let cluster: TestCluster
    let test: TestHub
    let browser: Browser
    let page: Page
    let errors: string[]

    beforeAll(async () => {
      cluster = openRealCluster(kubeconfigFile ?? '')
      for (const name of [apps, more, tools])
        await cluster.call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      test = await openTestHub()
      await test.administrator.call(connectSite, {
        name: 'Shop cluster',
        connection: { kind: 'kubernetes', kubeconfig: cluster.kubeconfig },
      })
      browser = await openBrowser()
      const context = await browser.newContext({
        viewport: { width: 1440, height: 900 },
        reducedMotion: 'reduce',
        permissions: ['clipboard-read', 'clipboard-write'],
      })
      page = await context.newPage()
      errors = watchForErrors(page)
      await signInAs(page, test.url)
    })

    afterAll(async () => {
      await browser?.close()
      await test?.[Symbol.asyncDispose]()
      for (const name of [apps, more, tools]) await cluster?.call('DELETE', `/api/v1/namespaces/${name}`)
    })

    const manifest = () => page.getByRole('region', { name: 'hub-rights.yaml' })

    it('are chosen from the lists of a site or by keyboard alone, and end in a manifest to take along', async () => {
      await page.goto(`${test.url}/settings/sites`)
      await page.getByRole('link', { name: 'Rights of a token for Shop cluster' }).click()
      await page.getByRole('heading', { name: 'Name a namespace' }).waitFor()
      await shoot(page, 'rights-empty')
      const namespaces = page.getByRole('combobox', { name: 'Namespaces of your apps' })
      await namespaces.click({ force: true })
      await namespaces.fill(apps)
      await page.getByRole('option', { name: apps, exact: true }).click()
      await manifest().waitFor()
      await page.keyboard.type('typed-one')
      await page.keyboard.press('Enter')
      await expect.poll(async () => await manifest().textContent()).toContain('namespace: typed-one')
      expect(await manifest().textContent()).not.toContain('patch')
      await page.keyboard.press('Escape')
      await page.keyboard.press('Tab')
      await page.keyboard.press('ArrowDown')
      await expect.poll(async () => await manifest().textContent()).toContain('patch')
      await page.getByLabel('Secrets too').check()
      await expect.poll(async () => await manifest().textContent()).toContain('secrets')
      expect(new URL(page.url()).searchParams.get('ns')).toBe(`${apps},typed-one`)

      await page.getByRole('button', { name: 'Copy: hub-rights.yaml' }).click()
      await page.getByText('Copied').first().waitFor()
      const copied: string = await page.evaluate('navigator.clipboard.readText()')
      expect(copied).toBe(await manifest().textContent())
      const waiting = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Download hub-rights.yaml' }).click()
      const download = await waiting
      expect(download.suggestedFilename()).toBe('hub-rights.yaml')
      expect(readFileSync(await download.path(), 'utf8')).toBe(copied)

      // The address holds it all.
      await page.reload()
      await expect.poll(async () => await manifest().textContent()).toBe(copied)
      await namespaces.fill('Not A Name!')
      await page.keyboard.press('Enter')
      await page.getByText('No names of namespaces: Not, A, Name!', { exact: true }).waitFor()
      await page.getByRole('heading', { name: 'A field needs another value' }).waitFor()
      expect(errors).toEqual([])
    })

    it('are asked for where a site is connected, and the test of the connection leads to them', async () => {
      await using account = await makeAccount(cluster, test.administrator, {
        account: 'hub',
        accountNamespace: tools,
        namespaces: [apps],
        mode: 'read',
      })
      await page.goto(`${test.url}/settings/sites`)
      await page.getByRole('button', { name: 'Connect a site' }).click()
      await page.getByRole('button', { name: 'Plain cluster' }).click()
      await page.getByLabel('Kubeconfig').fill(account.kubeconfig)
      await page.getByRole('button', { name: 'Test connection' }).click()
      await page.getByText(`lacks rights in the namespace ${apps}`).waitFor()
      await shoot(page, 'rights-tested')
      const [opened] = await Promise.all([
        page.context().waitForEvent('page'),
        page
          .getByRole('dialog')
          .getByRole('listitem')
          .getByRole('link', { name: 'Which rights does the token need?' })
          .click(),
      ])
      await opened.getByRole('heading', { name: 'Rights of a token' }).waitFor()
      await opened.close()

      await page.getByLabel('Name', { exact: true }).fill('Narrow')
      await page.getByRole('button', { name: 'Connect', exact: true }).click()
      await page.getByRole('dialog').waitFor({ state: 'hidden' })
      await page.goto(`${test.url}/settings/instances`)
      await page.getByRole('button', { name: 'Bind an instance' }).click()
      await page.getByRole('combobox', { name: 'Site', exact: true }).click({ force: true })
      await page.getByRole('option', { name: 'Narrow', exact: true }).click()
      await page.getByText('The token may not list namespaces. Type the name.').waitFor()
      await page.getByRole('combobox', { name: 'Namespace', exact: true }).fill(apps)
      await page.keyboard.press('Tab')
      await shoot(page, 'rights-bind-typed')
      await expect.poll(async () => await page.getByLabel('Name', { exact: true }).inputValue()).toBe(apps)
      expect(errors).toEqual([])
    })

    it('that are missing are told where things are compared: what may not be read does not look empty', async () => {
      const ada = test.administrator
      await using account = await makeAccount(cluster, ada, {
        account: 'comparing',
        accountNamespace: tools,
        namespaces: [apps, more],
      })
      const { id: siteId } = await ada.call(connectSite, {
        name: 'Comparing',
        connection: { kind: 'kubernetes', kubeconfig: account.kubeconfig },
      })
      const clusterId = (await ada.call(listClusters, { siteId })).items[0]?.id ?? ''
      const instances: string[] = []
      for (const namespace of [apps, more]) {
        const { id: environmentId } = await ada.call(createEnvironment, { name: namespace, colour: '#2f855a' })
        const bound = { name: namespace, environmentId, siteId, clusterId, namespace }
        instances.push((await ada.call(bindInstance, bound)).id)
      }
      await page.goto(`${test.url}/compare?instances=${instances.join(',')}`)
      const told = page.getByRole('alert').filter({ hasText: 'Not everything is compared' })
      await expect.poll(async () => await told.getByRole('listitem').count()).toBe(2)
      expect(await told.getByRole('listitem').first().textContent()).toContain(`${apps}: Secret`)
      await told.getByRole('link', { name: 'Rights of a token' }).last().click()
      await expect.poll(async () => await manifest().textContent()).toContain(`namespace: ${more}`)
      expect(errors).toEqual([])
    })
  },
)
