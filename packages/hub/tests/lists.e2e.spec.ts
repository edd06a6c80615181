import { readFileSync } from 'node:fs'
import { addPerson, createIgnoreRule, deleteIgnoreRule, redeemLink } from '@rancher-hub/contracts'
import { type Fleet, resourceOfKind, startFleet } from '@rancher-hub/fleet'
import { startTcpProxy, type TcpProxy } from '@rancher-hub/tcp-proxy'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectFleet } from '../src/index.ts'
import {
  chromiumPath,
  expectFits,
  openBrowser,
  openScreen,
  screens,
  shoot,
  signInAs,
  violationsOf,
  watchForErrors,
} from './browser.fixtures.ts'
import { createIn, instanceIds, scale } from './fleet-page.fixtures.ts'
import { createSession, openTestHub, type TestHub } from './hub.fixtures.ts'

const deployment = (name: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { app: name } },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'web', image: 'registry.lantern.example/shop/gifts:1.0.0' }] },
    },
  },
})

describe.skipIf(chromiumPath === undefined)('Workloads and Config over all app instances [Chromium]', () => {
  let fleet: Fleet
  /** Between the hub and the Rancher server of production. */
  let line: TcpProxy
  let test: TestHub
  let browser: Browser
  let page: Page
  let errors: string[]
  let ids: Awaited<ReturnType<typeof instanceIds>>

  const productionPort = (): number => Number(new URL(fleet.ranchers.production.url).port)
  const param = (name: string): string[] => new URL(page.url()).searchParams.getAll(name)
  const names = (): Locator => page.locator('tbody th a')
  const openList = async (address: string): Promise<void> => {
    await page.goto(test.url + address)
    await names().first().waitFor()
  }
  const facet = (group: string, value: string): Locator =>
    page.getByRole('group', { name: group, exact: true }).getByRole('checkbox', { name: new RegExp(`^${value}`) })
  const shows = async (text: string): Promise<void> => await page.getByText(text, { exact: true }).first().waitFor()
  const row = (name: string, environment: string): Locator =>
    page
      .getByRole('row')
      .filter({ has: page.getByRole('link', { name, exact: true }) })
      .filter({ hasText: environment })

  beforeAll(async () => {
    fleet = await startFleet({ stepMs: 50, deadlineMs: 1_500 })
    test = await openTestHub()
    line = await startTcpProxy([productionPort()])
    const production = { ...fleet.ranchers.production, url: `http://127.0.0.1:${line.port}` }
    await connectFleet(test.administrator, { ...fleet, ranchers: { ...fleet.ranchers, production } })
    ids = await instanceIds(test.administrator)
    browser = await openBrowser()
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    errors = watchForErrors(page)
    await signInAs(page, test.url)
  })
  afterAll(async () => {
    await browser?.close()
    await test?.[Symbol.asyncDispose]()
    await line?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  it('shows what runs anywhere, narrowed by keys and by a click, and Back takes each step back', async () => {
    await page.getByRole('link', { name: 'Workloads' }).click()
    await shows('42 workloads')
    await shoot(page, 'lists-01-all')
    await page.keyboard.press('/')
    await page.keyboard.type('cart')
    await shows('3 workloads')
    expect(param('text')).toEqual(['cart'])
    await facet('Environment', 'Production').check()
    await shows('1 workload')
    await facet('Environment', 'Staging').check()
    await shows('2 workloads')
    expect(param('env')).toHaveLength(2)
    await page.getByRole('button', { name: 'Remove the filter Environment Production' }).click()
    await shows('1 workload')
    await page.goBack()
    await shows('2 workloads')
    await page.goBack()
    await page.goBack()
    await shows('3 workloads')
    expect(await page.getByRole('searchbox').or(page.getByLabel('Find by name or image')).inputValue()).toBe('cart')
    await page.reload()
    await shows('3 workloads')
    await page.goBack()
    await shows('42 workloads')
  })

  it('is ordered by a header, and shows the columns that are chosen, both in the address', async () => {
    await openList('/workloads')
    const header = page.getByRole('columnheader', { name: 'Environment' })
    await header.getByRole('button').click()
    await expect.poll(async () => await header.getAttribute('aria-sort')).toBe('ascending')
    await header.getByRole('button').click()
    await expect.poll(async () => await header.getAttribute('aria-sort')).toBe('descending')
    await expect.poll(async () => await page.getByRole('row').nth(1).textContent()).toContain('Production')
    expect([param('sort'), param('dir')]).toEqual([['environment'], ['desc']])
    await page.getByRole('button', { name: 'Columns and row height' }).click()
    await page.getByRole('checkbox', { name: 'Labels' }).check()
    await page.getByRole('checkbox', { name: 'Drift' }).uncheck()
    expect(await violationsOf(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByText('app=cart app.kubernetes.io/part-of=lantern-shop').first().waitFor()
    await page.reload()
    await page.getByText('app=cart app.kubernetes.io/part-of=lantern-shop').first().waitFor()
    expect(await page.getByRole('columnheader', { name: 'Drift' }).count()).toBe(0)
  })

  it('updates rows in place; new ones wait until they are asked for', async () => {
    await openList('/workloads?size=200')
    await shows('42 workloads')
    await row('cart', 'Production').hover()
    const before = await names().allTextContents()
    scale(fleet, 'production', 'cart', 5)
    await row('cart', 'Production').getByText('5/5').waitFor()
    await createIn(fleet, 'dev', '/apis/apps/v1 deployments', deployment('a-gift-wrapper'))
    await page.getByRole('button', { name: '1 new' }).waitFor()
    expect(await names().allTextContents()).toEqual(before)
    await shoot(page, 'lists-02-waiting')
    await page.getByRole('button', { name: '1 new' }).click()
    await expect.poll(async () => await names().first().textContent()).toContain('a-gift-wrapper')
    await shows('43 workloads')
  })

  it('tells which app instance is not known and why; the others stay as they are', async () => {
    await openList('/workloads')
    line.use([])
    line.cut()
    await page.getByText('1 app instance is not completely known').waitFor()
    await page.getByText('Changes do not arrive; as of').waitFor()
    await shoot(page, 'lists-03-stale')
    expect(await violationsOf(page)).toEqual([])
    scale(fleet, 'dev', 'catalog', 3)
    await row('catalog', 'Dev').getByText('3/3').waitFor()
    expect(await row('catalog', 'Production').count()).toBe(1)
    line.use([productionPort()])
    // It is whole again without a click.
    await page.getByText('1 app instance is not completely known').waitFor({ state: 'detached', timeout: 60_000 })
  })

  it('takes what rules ignore for ignored, and leads to what is', async () => {
    const match = { kinds: ['Deployment' as const], names: ['cart'], paths: [] }
    const reason = 'It is rolled out by hand'
    const { id: ruleId } = await test.administrator.call(createIgnoreRule, { match, reason })
    await openList('/workloads?drift=ignored')
    await shows('2 workloads')
    await row('cart', 'Staging').getByRole('link', { name: 'only ignored' }).click()
    await page.getByText('This object is ignored').waitFor()
    await page.goBack()
    await shows('2 workloads')
    await test.administrator.call(deleteIgnoreRule, { ruleId })
    await page.getByText('not in the list now').first().waitFor()
    await openList('/workloads?text=cart&drift=images-differ')
    await row('cart', 'Staging').getByRole('link', { name: 'other image' }).waitFor()
  })

  it('keeps views: saved, changed, shared, seen by others, deleted', async () => {
    await openList('/workloads?text=cart&sort=environment')
    await page.getByRole('button', { name: 'Views' }).click()
    await page.getByText('Save as a new view …').click()
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Carts')
    await page.getByRole('checkbox', { name: 'Share with everybody in the organization' }).check()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('button', { name: 'Carts' }).waitFor()
    expect(param('view')).toHaveLength(1)
    await facet('Environment', 'Dev').check()
    await shows('changed')
    await shoot(page, 'lists-04-view-changed')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('changed', { exact: true }).waitFor({ state: 'detached' })

    const { link } = await test.administrator.call(addPerson, { name: 'Ben', username: 'ben', role: 'viewer' })
    const ben = createSession(test.url)
    const token = link.url.split('#')[1] ?? ''
    await ben.call(redeemLink, { token, password: 'correct horse battery' })
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    const other = await context.newPage()
    await signInAs(other, test.url, 'ben')
    await other.goto(`${test.url}/workloads`)
    await other.getByRole('button', { name: 'Views' }).click()
    await other.getByText('Carts', { exact: true }).click()
    await other.getByText('1 workload', { exact: true }).waitFor()
    await other.getByRole('button', { name: 'Carts' }).click()
    expect(await other.getByText('Delete «Carts»').count()).toBe(0)
    await context.close()

    await page.getByRole('button', { name: 'Carts' }).click()
    await page.getByText('Delete «Carts»').click()
    await page.getByText('It disappears for everybody.').waitFor()
    expect(await violationsOf(page)).toEqual([])
    const remove = page.getByRole('button', { name: 'Delete', exact: true })
    expect(await remove.getAttribute('class')).toContain('bg-error')
    await remove.click()
    await page.getByRole('button', { name: 'Views' }).waitFor()
    expect(param('view')).toEqual([])
    await shows('1 workload')
  })

  it('is walked with the keyboard alone: from a row to its comparison, and to its page', async () => {
    await openList('/workloads?text=pricing')
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    await page.keyboard.press('x')
    await shows('2 selected')
    await shoot(page, 'lists-05-selected')
    await page.keyboard.press('c')
    await expect.poll(() => param('instances')).toEqual([`${ids.dev},${ids.staging}`])
    expect([param('text'), param('kind')]).toEqual([['pricing'], ['Deployment']])
    await page.goBack()
    await names().first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'pricing' }).waitFor()
    expect(new URL(page.url()).pathname).toBe(`/instances/${ids.dev}/workloads/Deployment/pricing`)
    await page.getByRole('link', { name: 'shop dev' }).click()
    await shows('15 workloads')
    await page.goto(`${test.url}/instances/${ids.staging}/workloads`)
    await shows('14 workloads')
    expect(param('instance')).toEqual([ids.staging])
  })

  it('leads from a row that differs to what differs', async () => {
    await openList('/workloads?text=catalog&drift=images-differ')
    await page.getByRole('cell', { name: 'other image' }).first().getByRole('link').click()
    await page.getByRole('heading', { level: 1, name: 'catalog' }).waitFor()
    expect([param('source'), param('target')]).toEqual([[ids.staging], [ids.production]])
  })

  it('gives the filtered list as a file', async () => {
    await openList('/workloads?text=cart&kind=Deployment')
    await page.getByRole('button', { name: 'Download the filtered list' }).click()
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'CSV', exact: true }).click()
    const file = await download
    expect(file.suggestedFilename()).toMatch(/^workloads.*\.csv$/)
    const lines = readFileSync(await file.path(), 'utf8')
      .trimEnd()
      .split('\r\n')
    expect(lines).toHaveLength(4)
    expect(lines[0]).toContain('environment')
  })

  it('shows workloads of operators beside the others', async () => {
    await createIn(fleet, 'staging', '/apis/argoproj.io/v1alpha1 rollouts', {
      ...deployment('canary-cart'),
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
    })
    const { cluster } = fleet.places.staging
    cluster.edit('Rollout', 'shop-staging', 'canary-cart', 'rollouts-controller', (object) => {
      object['status'] = { phase: 'Degraded', message: 'RolloutAborted: metric "errors" failed' }
    })
    await page.goto(`${test.url}/workloads?kind=Rollout`)
    const found = page.getByRole('row').filter({ hasText: 'canary-cart' })
    await found.getByText('Rollout', { exact: true }).waitFor()
    await found.getByText('RolloutAborted: metric "errors" failed').waitFor()
    await found.getByRole('link', { name: 'canary-cart' }).waitFor()
    await shoot(page, 'lists-06-rollout')
    cluster.delete(resourceOfKind('Rollout'), 'shop-staging', 'canary-cart')
    // Rows keep their place until the list is asked for anew.
    await found.and(page.locator(':not(.gone)')).waitFor({ state: 'detached' })
  })

  it('says why it shows nothing, and what to do', async () => {
    await page.goto(`${test.url}/workloads?text=nothing-like-it&status=stalled`)
    await page.getByText('Nothing matches all of these filters.').waitFor()
    await page.getByRole('main').getByRole('button', { name: 'Clear all filters' }).last().click()
    await shows('43 workloads')
    await page.goto(`${test.url}/workloads?label=a%20b%20c`)
    const refusal = page.getByRole('alert').getByText(/^label: /)
    await refusal.first().waitFor()
    expect(await refusal.count()).toBe(1)
    await shoot(page, 'lists-07-refused')
    await page.getByRole('button', { name: 'Remove the filter Label a b c' }).click()
    await shows('43 workloads')
    // One that is typed with a mistake changes nothing: it stays in its box, with what is wrong.
    const field = page.getByRole('textbox', { name: 'Label', exact: true })
    await field.fill('tier in (web')
    await field.press('Enter')
    await page
      .locator('.words')
      .getByText(/\(character \d+\)/)
      .waitFor()
    expect(await field.inputValue()).toBe('tier in (web')
    expect(param('label')).toEqual([])
    await shows('43 workloads')
    await shoot(page, 'lists-08-label-mistake')
    await field.fill('app=cart')
    await field.press('Enter')
    await page.getByRole('button', { name: 'Remove the filter Label app=cart' }).click()
    await shows('43 workloads')
  })

  it('lists ConfigMaps and Secrets with who reads them', async () => {
    await openList('/config')
    await page.getByRole('checkbox', { name: 'read by none' }).check()
    await names().filter({ hasText: 'gift-wrapping' }).waitFor()
    expect(await names().count()).toBe(1)
    await names().first().click()
    await page.getByRole('heading', { level: 1, name: 'gift-wrapping' }).waitFor()
    expect(new URL(page.url()).pathname).toBe(`/instances/${ids.dev}/config/ConfigMap/gift-wrapping`)
  })

  it.each(screens)('is accessible and fits at %i px, %s', async (width, colorScheme) => {
    await using screen = await openScreen(browser, await page.context().storageState(), [width, colorScheme])
    const { page: own } = screen
    for (const [name, address] of [
      ['workloads', '/workloads?text=c&sort=environment&size=25'],
      ['config', '/config?kind=Secret'],
    ] as const) {
      await own.goto(test.url + address)
      await own
        .getByRole('checkbox', { name: /^Select / })
        .first()
        .waitFor()
      await expectFits(own, name)
      await shoot(own, `lists-${name}-${width}-${colorScheme}`)
      if (width >= 1200) continue
      await own.getByRole('button', { name: /^Filters/ }).click()
      await own.getByRole('button', { name: /^Show / }).waitFor()
      expect.soft(await violationsOf(own), `${name}, filters`).toEqual([])
      await shoot(own, `lists-${name}-filters-${width}-${colorScheme}`)
      await own.getByRole('button', { name: /^Show / }).click()
    }
  })

  it('meets no error on the way', () => {
    expect(errors).toEqual([])
  })
})
