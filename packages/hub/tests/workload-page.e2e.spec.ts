import type { Fleet } from '@rancher-hub/fleet'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, expectFits, screens, shoot } from './browser.fixtures.ts'
import { type FleetPage, openFleetPage } from './fleet-page.fixtures.ts'
import type { TestHub } from './hub.fixtures.ts'

const backOff = 'Back-off pulling image "registry.lantern.example/shop/cart:broken"'
const long = 'recommendation-engine-with-seasonal-ranking'

describe.skipIf(chromiumPath === undefined)('the page of a workload [Chromium]', () => {
  let opened: FleetPage
  let fleet: Fleet
  let test: TestHub
  let page: Page
  let errors: string[]
  let ids: FleetPage['ids']

  const edit = (place: 'dev' | 'production', name: string, change: (spec: Spec) => void): void => {
    const { cluster, namespace } = fleet.places[place]
    cluster.edit('Deployment', namespace, name, 'kubectl-edit', (object) => change(object['spec'] as Spec))
  }

  beforeAll(async () => {
    opened = await openFleetPage({ stepMs: 100, deadlineMs: 1_500 })
    ;({ fleet, test, page, errors, ids } = opened)
  })
  afterAll(async () => await opened?.[Symbol.asyncDispose]())

  it('opens from Compare by a click, and shows its pods as they change', async () => {
    await page.goto(`${test.url}/compare?instances=${ids.dev},${ids.production}`)
    await page.getByRole('link', { name: 'Open cart in Production' }).click()
    await page.getByRole('heading', { level: 1, name: 'cart' }).waitFor()
    await page.getByText('4 of 4 pods are available').waitFor()
    const rows = page.getByRole('rowheader').filter({ hasText: /^cart-/ })
    await expect.poll(async () => await rows.count()).toBe(4)
    expect(await page.getByTitle('registry.lantern.example/shop/cart:1.14.2').first().isVisible()).toBe(true)
    await shoot(page, '01-healthy')
    edit('production', 'cart', (spec) => (spec.replicas = 6))
    await expect.poll(async () => await rows.count()).toBe(6)
    edit('production', 'cart', (spec) => {
      const [container] = spec.template.spec.containers
      if (container !== undefined) container.image = 'registry.lantern.example/shop/cart:broken'
    })
    await page.getByText('Stalled', { exact: true }).waitFor()
    await page.getByText(/of 8 pods: ImagePullBackOff, registry says not found/).waitFor()
    await shoot(page, '02-stalled')
    await page.getByRole('button', { name: /pods with a problem/ }).click()
    await expect.poll(async () => await rows.count()).toBe(3)
    await page
      .getByRole('button', { name: /^Containers of cart-/ })
      .first()
      .click()
    await shoot(page, '03-troubled')
  })

  it('keeps its tab in the address', async () => {
    await page.getByRole('tab', { name: 'Events' }).click()
    await page.getByText(backOff, { exact: true }).first().waitFor()
    await page.reload()
    await page.getByText(backOff, { exact: true }).first().waitFor()
    expect(await page.getByRole('tab', { name: 'Events' }).getAttribute('aria-selected')).toBe('true')
    await shoot(page, '04-events')
    for (const [tab, text] of [
      ['Revisions', 'current'],
      ['References', 'cart-redis'],
      ['Syncs', 'No sync has touched this here.'],
    ] as const) {
      await page.getByRole('tab', { name: tab }).click()
      await page.getByText(text).first().waitFor()
      await shoot(page, `05-${tab.toLowerCase()}`)
    }
    await page.goBack()
    await page.getByText('cart-redis').first().waitFor()
  })

  it('follows the log of a pod, pauses, searches and filters', async () => {
    await page.goto(`${test.url}/instances/${ids.dev}/workloads/Deployment/payments`)
    await page.getByRole('button', { name: /^Log of payments-/ }).click()
    const log = page.getByRole('region', { name: 'Lines of the log' })
    await log.locator('.line').first().waitFor()
    const name = new URL(page.url()).searchParams.get('pod') ?? ''
    const say = (text: string): void => fleet.places.dev.cluster.logs.say('shop', name, 'payments', text)
    say('\u001b[31mpayment refused\u001b[0m by the bank')
    await log.getByText('payment refused by the bank').waitFor()
    await shoot(page, '06-log')
    for (let index = 0; index < 3000; index += 1) say(`bulk ${index}`)
    await log.getByText('bulk 2999').waitFor()
    // Only what is in view is in the page.
    expect(await log.locator('.line').count()).toBeLessThan(200)
    await log.evaluate((element) => element.scrollTo({ top: 0 }))
    await page.getByRole('button', { name: 'Follow', exact: true }).waitFor()
    say('while nobody follows')
    await page.getByRole('button', { name: /new lines?$/ }).click()
    await log.getByText('while nobody follows').waitFor()
    await log.press('/')
    await page.keyboard.type('REFUSED')
    await log.locator('mark').filter({ hasText: 'refused' }).waitFor()
    await shoot(page, '07-log-search')
    await page.getByRole('textbox', { name: 'Only lines with' }).fill('bulk 29')
    await page.getByRole('textbox', { name: 'Only lines with' }).press('Enter')
    await expect.poll(async () => new URL(page.url()).searchParams.get('filter')).toBe('bulk 29')
    await log.getByText('bulk 2999').waitFor()
    expect(await log.getByText('while nobody').count()).toBe(0)
    await page.reload()
    await log.getByText('bulk 2999').waitFor()
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download these lines' }).click()
    expect((await download).suggestedFilename()).toBe(`${name}-payments.log`)
  })

  it('stays readable with long names and many pods', async () => {
    edit('production', long, (spec) => {
      spec.replicas = 60
      const [container] = spec.template.spec.containers
      if (container !== undefined) container.image = 'registry.lantern.example/shop/recommendation:0.43.0-crashing'
    })
    await page.goto(`${test.url}/instances/${ids.production}/workloads/Deployment/${long}`)
    await page.getByText(/pods: CrashLoopBackOff/).waitFor()
    await page.getByText('33 pods').waitFor()
    await shoot(page, '08-many')
    for (const width of [768, 360]) {
      await page.setViewportSize({ width, height: 800 })
      await expectFits(page, `at ${width}`)
      await shoot(page, `09-many-${width}`)
    }
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.goto(`${test.url}/instances/${ids.production}/workloads`)
    await page.getByRole('link', { name: 'nightly-reindex' }).click()
    await page.getByText('The last run succeeded').waitFor()
    await page.getByRole('tab', { name: 'Runs' }).click()
    await shoot(page, '10-cron')
    await page.goto(`${test.url}/instances/${ids.production}/workloads/Deployment/absent`)
    await page.getByText('There is no Deployment absent here').waitFor()
    await shoot(page, '11-absent')
    expect(errors).toEqual([])
  })

  it('shows what was known last where a site is away, and the page itself once it is back', async () => {
    await page.goto(`${test.url}/workloads?text=recommendation-engine`)
    await page.getByRole('link', { name: long }).first().waitFor()
    const { faults } = fleet.ranchers.dev
    faults.add({ kind: 'error', status: 502 })
    await page.goto(`${test.url}/instances/${ids.dev}/workloads/Deployment/${long}`)
    const known = page.getByRole('region', { name: 'Last known' })
    await known.getByText('1 of 1 pods are available').waitFor()
    for (const [width, colorScheme] of screens) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      await expectFits(page, `at ${width}, ${colorScheme}`)
      await shoot(page, `12-last-known-${width}-${colorScheme}`)
    }
    faults.clear()
    await known.waitFor({ state: 'detached' })
    await page.getByText('1 of 1 pods are available').waitFor()
  })

  it('leaves nothing of what containers say in the log of the hub', () => {
    expect(test.logged()).not.toBe('')
    expect(test.logged()).not.toContain('payment refused')
  })
})

interface Spec {
  replicas: number
  readonly template: { readonly spec: { readonly containers: { image: string }[] } }
}
