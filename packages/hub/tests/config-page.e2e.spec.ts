import { type Fleet, shopCertificate } from '@rancher-hub/fleet'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, expectFits, openScreen, screens, shoot } from './browser.fixtures.ts'
import { createIn, type FleetPage, openFleetPage } from './fleet-page.fixtures.ts'
import type { TestHub } from './hub.fixtures.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const CANARY = 'canary-4711-secret'

describe.skipIf(chromiumPath === undefined)('the page of a ConfigMap or Secret [Chromium]', () => {
  let opened: FleetPage
  let fleet: Fleet
  let test: TestHub
  let browser: Browser
  let page: Page
  let errors: string[]
  let ids: FleetPage['ids']

  const go = async (kind: 'ConfigMap' | 'Secret', name: string, stage: keyof typeof ids = 'production') => {
    await page.goto(`${test.url}/instances/${ids[stage]}/config/${kind}/${name}`)
    await page.getByRole('heading', { level: 1, name }).waitFor()
  }

  beforeAll(async () => {
    opened = await openFleetPage({ stepMs: 50, deadlineMs: 1_500 })
    ;({ fleet, test, browser, page, errors, ids } = opened)
    await createIn(fleet, 'production', '/api/v1 secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'shop-lantern-example-certificate-of-the-storefront', labels: { team: 'shop' } },
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': base64(shopCertificate), 'tls.key': base64(CANARY) },
    })
  })
  afterAll(async () => await opened?.[Symbol.asyncDispose]())

  it('shows keys, readers and what differs elsewhere, as it changes', async () => {
    await go('ConfigMap', 'storefront-settings')
    await page.getByText('reads all keys').waitFor()
    const elsewhere = page.getByRole('region', { name: 'Elsewhere' })
    await elsewhere.getByText('3 keys differ').waitFor()
    await elsewhere.getByText('2 keys differ').waitFor()
    await shoot(page, 'config-01-map')
    fleet.places.production.cluster.edit('ConfigMap', 'shop', 'storefront-settings', 'kubectl-edit', (object) =>
      Object.assign(object, { data: { theme: 'winter', season: 'advent' } }),
    )
    await page.getByText('season', { exact: true }).first().waitFor()
    await page.getByText('by kubectl-edit').waitFor()
  })

  it('shows a value when it is asked for, and keeps the open key in the address', async () => {
    await go('ConfigMap', 'pricing-rules', 'dev')
    expect(await page.getByText('rounding').count()).toBe(0)
    await page.getByRole('button', { name: 'Value of rules.yaml' }).click()
    await page.getByText('rounding: 0.05').waitFor()
    expect(new URL(page.url()).searchParams.get('key')).toBe('rules.yaml')
    fleet.places.dev.cluster.edit('ConfigMap', 'shop', 'pricing-rules', 'kubectl-edit', (object) =>
      Object.assign(object, { data: { 'rules.yaml': 'rounding: 0.10\n' } }),
    )
    await page.getByText('rounding: 0.10').waitFor()
    await page.reload()
    await page.getByText('rounding: 0.10').waitFor()
    await shoot(page, 'config-02-value')
  })

  it('shows of a Secret everything but values', async () => {
    await go('Secret', 'shop-lantern-example-certificate-of-the-storefront')
    await page.getByText('Certificate has ended').waitFor()
    await page.getByText('shop.lantern.example, *.shop.lantern.example, 10.0.0.7').waitFor()
    expect(await page.getByRole('button', { name: /^Value of/ }).count()).toBe(0)
    await shoot(page, 'config-03-certificate')
    await go('Secret', 'cart-redis')
    await page.getByText('reads the key password').waitFor()
    await page.getByRole('link', { name: 'cart', exact: true }).last().click()
    await page.getByRole('heading', { level: 1, name: 'cart' }).waitFor()
    await page.getByRole('tab', { name: 'References' }).click()
    await page.getByRole('link', { name: 'cart-redis' }).click()
    await page.getByRole('heading', { level: 1, name: 'cart-redis' }).waitFor()
  })

  it('says that it is not there, and who needs it', async () => {
    const { cluster } = fleet.places.staging
    cluster.edit('Deployment', 'shop-staging', 'mailer', 'kubectl-edit', (object) => {
      const { template } = object['spec'] as { template: { spec: { containers: object[] } } }
      Object.assign(template.spec.containers[0] ?? {}, { envFrom: [{ configMapRef: { name: 'mail-footers' } }] })
    })
    await go('ConfigMap', 'mail-footers', 'staging')
    await page.getByText('There is no ConfigMap mail-footers here').waitFor()
    await page.getByText('Pods cannot start without it').waitFor()
    await shoot(page, 'config-04-absent')
  })

  it.each(screens)('is accessible and fits at %i px, %s', async (width, colorScheme) => {
    await using screen = await openScreen(browser, await page.context().storageState(), [width, colorScheme])
    const { page: own } = screen
    for (const [name, address] of [
      ['map', 'ConfigMap/storefront-settings?key=theme'],
      ['secret', 'Secret/shop-lantern-example-certificate-of-the-storefront'],
      ['left-out', 'ConfigMap/kube-root-ca.crt'],
    ] as const) {
      await own.goto(`${test.url}/instances/${ids.production}/config/${address}`)
      await own.getByRole('heading', { name: 'Who reads it' }).waitFor()
      await expect.poll(async () => await own.locator('[aria-busy="true"]').count()).toBe(0)
      await expectFits(own, name)
      await shoot(own, `config-${name}-${width}-${colorScheme}`)
    }
  })

  it('leaves no value of a Secret in the log of the hub, and meets no error on the way', () => {
    expect(test.logged()).not.toBe('')
    expect(test.logged().includes(CANARY) || test.logged().includes(base64(CANARY))).toBe(false)
    expect(errors).toEqual([])
  })
})
