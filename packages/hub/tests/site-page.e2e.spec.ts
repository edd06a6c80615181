import {
  bindInstance,
  connectSite,
  createEnvironment,
  editSite,
  getSite,
  listClusters,
  listSites,
} from '@rancher-hub/contracts'
import { type Fleet, startFleet } from '@rancher-hub/fleet'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
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

const DAY_MS = 86_400_000
const name = 'Rancher Development of the whole of Europe, West and Central'

describe.skipIf(chromiumPath === undefined)('sites in a browser [Chromium]', () => {
  let fleet: Fleet
  let test: TestHub
  let browser: Browser
  let session: Session
  let siteId: string

  beforeAll(async () => {
    fleet = await startFleet({ stepMs: 1 })
    test = await openTestHub()
    browser = await openBrowser()
    const { dev, production } = fleet.ranchers
    const token = 'ext/token-x9k2p:ending-soon'
    const expiresAt = new Date(Date.now() + 5 * DAY_MS).toISOString()
    dev.server.tokens.push({ value: token, user: 'u-release-hub', rights: 'all', expiresAt })
    const { administrator: ada } = test
    const headers = [{ name: 'X-Tenant', value: 'lantern' }]
    const connection = { kind: 'rancher' as const, url: dev.url, token, headers }
    siteId = (await ada.call(connectSite, { name, connection })).id
    await ada.call(connectSite, {
      name: production.name,
      connection: { kind: 'rancher', url: production.url, token: production.token },
    })
    await ada.call(listClusters, { siteId })
    const { id: environmentId } = await ada.call(createEnvironment, { name: 'Dev', colour: '#2f855a' })
    const place = { siteId, clusterId: fleet.places.dev.clusterId, namespace: 'shop' }
    await ada.call(bindInstance, { name: 'Lantern shop', environmentId, ...place })
    session = await openSession(browser, test.url)
  })
  afterAll(async () => {
    await browser?.close()
    await test?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  const openPage = async (width: number, theme: 'light' | 'dark' = 'light') =>
    await openScreen(browser, session, [width, theme])
  const dialog = (page: Page) => page.getByRole('dialog')

  it.each(screens)('are shown, each on a page of its own, at %i px, %s', async (width, scheme) => {
    await using opened = await openPage(width, scheme)
    const { page } = opened
    const errors = watchForErrors(page)
    await page.goto(`${test.url}/settings/sites`)
    await page.getByText('Soon:').first().waitFor()
    await page.getByText(/expires in 5 days|expires in 4 days/).waitFor()
    await shoot(page, `sites-${width}-${scheme}`)
    await expectFits(page)
    await page.getByRole('link', { name }).first().click()
    await page.getByRole('heading', { name }).waitFor()
    await page.getByText('u-release-hub').waitFor()
    await page.getByRole('button', { name: 'lantern-dev' }).click()
    await page.getByText('Waiting for 2 of 3 nodes to register').waitFor()
    await page.getByText('Lantern shop').waitFor()
    await page.getByText(/connected it as/).waitFor()
    await page.getByRole('textbox', { name: 'Search' }).fill('sho')
    await page.getByRole('cell', { name: 'shop', exact: true }).first().waitFor()
    expect(new URL(page.url()).searchParams.get('cluster')).toBe('c-m-dev00001')
    await shoot(page, `site-${width}-${scheme}`)
    await page.evaluate('scrollTo(0, document.body.scrollHeight)')
    await shoot(page, `site-end-${width}-${scheme}`)
    await expectFits(page)
    await page.getByRole('button', { name: 'Edit', exact: true }).first().click()
    await dialog(page).getByLabel('HTTP proxy').waitFor()
    await shoot(page, `site-edit-${width}-${scheme}`)
    await expectFits(page)
    expect(errors).toEqual([])
  })

  it('warn on every page of a token that ends soon, until it is put away', async () => {
    await using opened = await openPage(1440)
    const { page } = opened
    await page.goto(`${test.url}/history`)
    await page.getByText(`The token of ${name} expires in`).waitFor()
    await page.getByRole('button', { name: 'Put away until the next warning' }).click()
    await page.reload()
    await page.getByRole('heading', { name: 'History' }).waitFor()
    expect(await page.getByText(`The token of ${name}`).count()).toBe(0)
  })

  it('tell the second of two who edit one, and let them choose', async () => {
    await using opened = await openPage(1440)
    const { page } = opened
    const { administrator: ada } = test
    const { id, revision } = (await ada.call(listSites, {})).items.find((site) => site.id !== siteId) ?? {
      id: '',
      revision: 0,
    }
    await page.goto(`${test.url}/settings/sites/${id}`)
    await page.getByRole('button', { name: 'Edit', exact: true }).first().click()
    await dialog(page).getByLabel('Name').fill('Mine')
    await ada.call(editSite, { siteId: id, name: 'Somebody else’s', revision })
    await dialog(page).getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Somebody else changed this site while you were editing:').waitFor()
    await page.getByText('Ada: renamed it to Somebody else’s.').first().waitFor()
    await shoot(page, 'site-conflict')
    await dialog(page).getByRole('button', { name: 'Load the new state, drop mine' }).click()
    await expect.poll(() => dialog(page).getByLabel('Name').inputValue()).toBe('Somebody else’s')
    await dialog(page).getByLabel('Name').fill('Mine')
    await ada.call(editSite, { siteId: id, name: 'Somebody else’s again' })
    await dialog(page).getByRole('button', { name: 'Save', exact: true }).click()
    await dialog(page).getByRole('button', { name: 'Save mine all the same' }).click()
    await page.getByRole('heading', { name: 'Mine' }).waitFor()
    expect(await ada.call(getSite, { siteId: id })).toMatchObject({ name: 'Mine', revision: revision + 3 })
  })

  it('ask for the token again when the address becomes another', async () => {
    await using opened = await openPage(1440)
    const { page } = opened
    await page.goto(`${test.url}/settings/sites/${siteId}`)
    await page.getByRole('button', { name: 'Edit', exact: true }).first().click()
    await dialog(page).getByLabel('Address').fill('https://elsewhere.example.com')
    await page.getByText('Another server needs its own token').waitFor()
    expect(await dialog(page).getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true)
    expect(await dialog(page).getByRole('button', { name: 'Test connection' }).isDisabled()).toBe(true)
  })

  it.each([
    [360, 'light'],
    [768, 'dark'],
    [1440, 'light'],
  ] as const)('ask for the token again when others could read it on the way, at %i px, %s', async (width, scheme) => {
    await using opened = await openPage(width, scheme)
    const { page } = opened
    await page.goto(`${test.url}/settings/sites/${siteId}`)
    await page.getByRole('button', { name: 'Edit', exact: true }).first().click()
    const button = (label: string) => dialog(page).getByRole('button', { name: label, exact: true })
    await dialog(page).getByLabel('HTTP proxy').fill('http://mine.example.com:3128')
    await page.getByText('what is stored does not go through another proxy').waitFor()
    expect([await button('Save').isDisabled(), await button('Test connection').isDisabled()]).toEqual([true, true])
    await dialog(page).getByLabel('HTTP proxy').scrollIntoViewIfNeeded()
    await shoot(page, `site-token-again-options-${width}-${scheme}`)
    await dialog(page).getByLabel('API token').scrollIntoViewIfNeeded()
    await expectFits(page)
    await shoot(page, `site-token-again-${width}-${scheme}`)
    await dialog(page).getByLabel('HTTP proxy').fill('')
    await dialog(page).getByLabel('Allow an unverified certificate').check()
    await page.getByText('whose certificate is not checked.').waitFor()
    await dialog(page).getByLabel('API token').fill('token-abcde:entered-again')
    expect(await button('Test connection').isDisabled()).toBe(false)
  })

  it('are disabled after what depends on them was shown, and enabled again', async () => {
    await using opened = await openPage(1440)
    const { page } = opened
    await page.goto(`${test.url}/settings/sites/${siteId}`)
    const act = async (what: 'Disable' | 'Enable') => {
      await page.getByRole('button', { name: `More for ${name}` }).click()
      await page.getByText(what, { exact: true }).click()
    }
    await act('Disable')
    await dialog(page).getByText('Lantern shop').waitFor()
    await shoot(page, 'site-disable')
    await dialog(page).getByRole('button', { name: 'Disable' }).click()
    await page.getByText('This site is disabled: the hub does not call it.').waitFor()
    await shoot(page, 'site-disabled')
    await act('Enable')
    await dialog(page).getByRole('button', { name: 'Enable' }).click()
    await page.getByRole('button', { name: 'lantern-dev' }).waitFor()
    await page.getByText('Ada: disabled it.').waitFor()
  })

  it('take one of several contexts of a kubeconfig, and say why others cannot be taken', async () => {
    await using opened = await openPage(360)
    const { page } = opened
    await page.goto(`${test.url}/settings/sites`)
    await page.getByRole('button', { name: 'Connect a site' }).click()
    await page.getByRole('button', { name: 'Plain cluster' }).click()
    const server = `${fleet.ranchers.dev.url}/k8s/clusters/${fleet.places.dev.clusterId}`
    const kubeconfig = stringify({
      'current-context': 'cloud',
      clusters: [{ name: 'dev', cluster: { server } }],
      users: [
        { name: 'hub', user: { token: fleet.ranchers.dev.token } },
        { name: 'cloud', user: { exec: { command: 'aws' } } },
      ],
      contexts: [
        { name: 'cloud', context: { cluster: 'dev', user: 'cloud' } },
        { name: 'usable', context: { cluster: 'dev', user: 'hub' } },
      ],
    })
    await page.getByLabel('Kubeconfig').fill(kubeconfig)
    // The one that can be used is chosen; the file's own cannot.
    await dialog(page).getByText('usable', { exact: true }).waitFor()
    await dialog(page).getByRole('combobox', { name: 'Context' }).press('Enter')
    await page.getByText('This kubeconfig signs in by running a program (the field «exec» of the user)').waitFor()
    await shoot(page, 'site-contexts')
    expect(await page.getByRole('option', { name: /^cloud/ }).getAttribute('aria-disabled')).toBe('true')
    await page.getByRole('option', { name: /usable/ }).click()
    await page.getByRole('button', { name: 'Test connection' }).click()
    await dialog(page)
      .getByText(/The token of u-devel-admin is accepted/)
      .waitFor()
    await shoot(page, 'site-tested-360')
    await expectFits(page)
  })
})
