import { addPerson, changeNetworks, connectSite, getNetworks, listClusters, redeemLink } from '@rancher-hub/contracts'
import { type Fleet, startFleet } from '@rancher-hub/fleet'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  chromiumPath,
  expectFits,
  openBrowser,
  openScreen,
  openSession,
  type Session,
  screens,
  shoot,
  signInAs,
  watchForErrors,
} from './browser.fixtures.ts'
import { createSession, openTestHub, type TestHub } from './hub.fixtures.ts'

describe.skipIf(chromiumPath === undefined)('networks in a browser [Chromium]', () => {
  let fleet: Fleet
  let test: TestHub
  let browser: Browser
  let session: Session
  let siteId = ''

  beforeAll(async () => {
    fleet = await startFleet({ stepMs: 1 })
    test = await openTestHub()
    const { dev, production } = fleet.ranchers
    for (const { name, url, token } of [dev, production]) {
      const { id } = await test.administrator.call(connectSite, { name, connection: { kind: 'rancher', url, token } })
      await test.administrator.call(listClusters, { siteId: id })
      siteId = id
    }
    browser = await openBrowser()
    session = await openSession(browser, test.url)
  })
  afterAll(async () => {
    await browser?.close()
    await test?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  const open = async (context: BrowserContext): Promise<Page> => {
    const page = await context.newPage()
    await page.goto(`${test.url}/settings/networks`)
    await page.getByRole('heading', { name: 'Which networks the hub may call' }).waitFor()
    return page
  }
  const list = (page: Page, text: string) => ({
    add: async () => {
      await page.getByLabel('Add networks, addresses or names').fill(text)
      await page.getByRole('button', { name: 'Add', exact: true }).click()
    },
  })
  const state = async () => await test.administrator.call(getNetworks, {})

  it('are changed with their consequences in view, hold at once, and stand in the history', async () => {
    await using context = await browser.newContext({
      storageState: session,
      viewport: { width: 1440, height: 1000 },
      reducedMotion: 'reduce',
    })
    const page = await open(context)
    const errors = watchForErrors(page)
    await page.getByText('Only what is listed here.').first().click()
    await page.getByText('Nothing is listed: no site could be called.').waitFor()
    await list(page, '10.20.0.0/16, *.Corp.Example 10.1.2.3/8').add()
    await page.getByText('the network of this address is 10.0.0.0/8').waitFor()
    await page.getByLabel('Note on 10.20.0.0/16').fill('Data centre Frankfurt')
    await page.getByText('2 connected sites would not be called any more').waitFor()
    expect((await state()).revision).toBe(0)
    await shoot(page, 'networks-preview')

    await page.getByRole('textbox', { name: 'Address, name or URL' }).fill('http://2852039166/latest')
    await page.getByText('169.254.169.254 is refused: it is a metadata service of a cloud provider.').waitFor()
    await page.getByRole('textbox', { name: 'Address, name or URL' }).fill('10.20.1.1')
    await page.getByText('10.20.1.1 may be called: the entry 10.20.0.0/16 allows it.').waitFor()
    await page.getByText('Judged by your unsaved changes.').waitFor()
    expect(new URL(page.url()).searchParams.get('address')).toBe('10.20.1.1')

    await page.getByRole('button', { name: 'Save', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Cut off 2 sites?').waitFor()
    await shoot(page, 'networks-confirm')
    await dialog.getByRole('button', { name: 'Save and cut off' }).click()
    await page.getByText('Saved. It holds from now on.').waitFor()
    await page.getByText('added 10.20.0.0/16, *.corp.example').waitFor()
    expect(await state()).toMatchObject({
      mode: 'listed',
      allowed: [{ target: '10.20.0.0/16', note: 'Data centre Frankfurt' }, { target: '*.corp.example' }],
    })
    await page.getByRole('tab', { name: 'Sites' }).click()
    await page.getByText('The hub does not call this address').first().waitFor()
    await shoot(page, 'networks-sites-refused')

    await page.getByRole('tab', { name: 'Networks' }).click()
    await list(page, '127.0.0.0/8').add()
    await page.getByText('All connected sites can still be called.').waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Saved. It holds from now on.').waitFor()
    expect((await test.administrator.call(listClusters, { siteId })).items).not.toEqual([])
    expect(errors).toEqual([])
  })

  it('that somebody else changes meanwhile are not overwritten, nor are edits lost', async () => {
    await using context = await browser.newContext({ storageState: session, viewport: { width: 1440, height: 1000 } })
    const page = await open(context)
    await list(page, '10.99.0.0/16').add()
    const { mode, allowed, revision } = await state()
    await test.administrator.call(changeNetworks, { mode, allowed: [...allowed, { target: 'fd12::/32' }], revision })
    await page.getByText('Ada changed the networks meanwhile.').waitFor()
    expect(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true)
    await page.getByLabel('Note on 10.99.0.0/16').waitFor()
    await shoot(page, 'networks-meanwhile')
    await page.getByRole('button', { name: 'Load theirs, discard mine' }).click()
    await page.getByLabel('Note on fd12::/32').waitFor()
    expect(await page.getByLabel('Note on 10.99.0.0/16').count()).toBe(0)
  })

  it('that are not saved are not left unasked; what can never be allowed is marked where it stands', async () => {
    await using context = await browser.newContext({ storageState: session, viewport: { width: 1440, height: 1000 } })
    const page = await open(context)
    await list(page, '169.254.0.0/16').add()
    await page.getByRole('tab', { name: 'Sites' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Leave without saving?').waitFor()
    await shoot(page, 'networks-leave')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await page.getByText('All connected sites can still be called.').waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('The hub never calls this. Take it off the list.').waitFor()
    await shoot(page, 'networks-never')
    await page.getByRole('tab', { name: 'Sites' }).click()
    await dialog.getByRole('button', { name: 'Leave without saving' }).click()
    await page.waitForURL('**/settings/sites')
    expect((await state()).allowed.map(({ target }) => target)).not.toContain('169.254.0.0/16')
  })

  it('are seen, and not changed, by who may only look', async () => {
    const { link } = await test.administrator.call(addPerson, { name: 'Ben', username: 'ben', role: 'viewer' })
    const ben = createSession(test.url)
    await ben.call(redeemLink, { token: link.url.split('#')[1] ?? '', password: 'correct horse battery' })
    const refused = ben.call(changeNetworks, { mode: 'open', allowed: [], revision: (await state()).revision })
    await expect(refused).rejects.toMatchObject({ status: 403 })
    await using context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    const page = await context.newPage()
    await signInAs(page, test.url, 'ben')
    const errors = watchForErrors(page)
    await page.goto(`${test.url}/settings/networks`)
    await page.getByText('10.20.0.0/16', { exact: true }).waitFor()
    expect(await page.getByRole('button', { name: /Save|Add|Remove/ }).count()).toBe(0)
    expect(await page.getByRole('radio').first().isDisabled()).toBe(true)
    await shoot(page, 'networks-viewer')
    expect(errors).toEqual([])
  })

  it.each(screens)('are shown at %i px, %s', async (width, colorScheme) => {
    await using screen = await openScreen(browser, session, [width, colorScheme])
    const { page } = screen
    await page.goto(`${test.url}/settings/networks?address=${encodeURIComponent('https://169.254.169.254')}`)
    await page.getByText('it is a metadata service').waitFor()
    await list(page, 'a-very-long-name-of-a-server-in-some-data-centre.and-its-even-longer-domain.corp.example').add()
    await page.getByText('All connected sites can still be called.').waitFor()
    await expectFits(page)
    const folder = process.env['HUB_SCREENSHOTS']
    if (folder !== undefined)
      await page.screenshot({ path: `${folder}/networks-${width}-${colorScheme}.png`, fullPage: true })
  })
})
