import {
  connectSite,
  createEnvironment,
  createIgnoreRule,
  editIgnoreRule,
  listIgnoreRules,
  listInstances,
} from '@rancher-hub/contracts'
import { type Fleet, startFleet } from '@rancher-hub/fleet'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  chromiumPath,
  expectFits,
  openBrowser,
  screens,
  shoot,
  signInAs,
  violationsOf,
  watchForErrors,
} from './browser.fixtures.ts'
import { openTestHub, type TestHub } from './hub.fixtures.ts'

describe.skipIf(chromiumPath === undefined)('instances and what is ignored, in a browser [Chromium]', () => {
  let fleet: Fleet
  let test: TestHub
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let errors: string[]
  const ids: Record<string, string> = {}

  const signIn = async (opened: BrowserContext): Promise<Page> => {
    const first = await opened.newPage()
    await signInAs(first, test.url)
    return first
  }

  beforeAll(async () => {
    fleet = await startFleet({ stepMs: 20 })
    test = await openTestHub({ HUB_ALLOW_LOOPBACK_SITES: 'true' })
    for (const { name, url, token } of [fleet.ranchers.dev, fleet.ranchers.production])
      await test.administrator.call(connectSite, { name, connection: { kind: 'rancher', url, token } })
    for (const [name, colour, isProtected] of [
      ['Dev', '#2f855a', false],
      ['Staging', '#b7791f', false],
      ['Production', '#c53030', true],
    ] as const)
      await test.administrator.call(createEnvironment, { name, colour, protected: isProtected })
    browser = await openBrowser()
    context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
    page = await signIn(context)
    errors = watchForErrors(page)
  })
  afterAll(async () => {
    await browser?.close()
    await test?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  const quiet = async (shown: Page): Promise<void> => {
    await expect.poll(async () => await shown.locator('[aria-busy="true"]').count()).toBe(0)
  }

  it('are suggested in the first steps, and bound several at once', async () => {
    await page.goto(`${test.url}/first-steps`)
    const section = page.getByRole('region', { name: 'Suggested from names' })
    await section.getByRole('checkbox', { name: 'Bind shop dev', exact: true }).waitFor()
    await shoot(page, 'suggest')
    expect(await violationsOf(page)).toEqual([])
    for (const name of ['shop dev', 'shop staging', 'shop production'])
      await section.getByRole('checkbox', { name: `Bind ${name}`, exact: true }).check()
    await section.getByRole('button', { name: 'Bind 3 chosen' }).click()
    await section.getByText('3 of 3 bound').waitFor()
    const { items } = await test.administrator.call(listInstances, {})
    expect(items.map(({ name, environment, namespace }) => [name, environment.name, namespace])).toEqual([
      ['shop dev', 'Dev', 'shop'],
      ['shop staging', 'Staging', 'shop-staging'],
      ['shop production', 'Production', 'shop'],
    ])
    for (const { id, environment } of items) ids[environment.name] = id
    await shoot(page, 'suggest-bound')
  })

  it('are narrowed by a selector that shows what it selects, and where it cannot be read', async () => {
    await page.goto(`${test.url}/settings/instances`)
    await page.getByRole('button', { name: 'Edit shop dev' }).click()
    const dialog = page.getByRole('dialog')
    const field = dialog.getByRole('textbox', { name: 'Label selector (optional)' })
    await field.fill('app in (cart')
    await dialog.getByText('cannot be read at character 13').waitFor()
    await shoot(page, 'selector-wrong')
    await field.fill('app in (cart)')
    await dialog.getByText('It selects now').waitFor()
    await dialog.getByText('would belong to no instance').waitFor()
    await shoot(page, 'selector')
    expect(await violationsOf(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Cancel' }).click()
  })

  const openObject = async (kind: string, name: string): Promise<void> => {
    await page.goto(
      `${test.url}/compare/object?source=${ids['Dev']}&target=${ids['Staging']}&kind=${kind}&name=${name}`,
    )
    await page.getByRole('heading', { level: 1, name }).waitFor()
  }

  it('lose a difference to a rule that is made where it is seen', async () => {
    await openObject('Deployment', 'pricing')
    await page.getByRole('button', { name: 'Ignore replicas …' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('It would hide 1 field of 1 object now').waitFor()
    await dialog.getByLabel('Reason').fill('Each environment has its own size')
    await shoot(page, 'ignore-field')
    expect(await violationsOf(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Save' }).click()
    const ignored = page.getByRole('region', { name: 'Ignored by rules' })
    await ignored.getByText('Ignored: Each environment has its own size').waitFor()
    await ignored.getByText('replicas').waitFor()
    await shoot(page, 'object-ignored-field')
    expect(await page.getByRole('checkbox', { name: 'Write replicas' }).count()).toBe(0)
  })

  it('lose a whole object to a rule, and say so in the comparison and in the list of rules', async () => {
    await openObject('Deployment', 'recommendation-engine-with-seasonal-ranking')
    await page.getByRole('button', { name: 'Ignore this object …' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Reason').fill('An experiment')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('This object is ignored').waitFor()
    await shoot(page, 'object-ignored')

    await page.goto(`${test.url}/compare?instances=${ids['Dev']},${ids['Staging']}`)
    await page.getByText('1 ignored, 1 field of others too').waitFor()
    expect(await page.getByRole('button', { name: /recommendation-engine/ }).count()).toBe(0)
    await page.getByRole('button', { name: 'Show what is ignored' }).click()
    await page.getByRole('button', { name: /recommendation-engine/ }).waitFor()
    expect(
      await page
        .getByRole('checkbox', { name: 'Select recommendation-engine-with-seasonal-ranking for the plan' })
        .isDisabled(),
    ).toBe(true)

    await page.getByRole('link', { name: 'Rules', exact: true }).click()
    await page.getByText('An experiment').waitFor()
    await page.getByText('2 rules').waitFor()
    const row = page.getByRole('listitem').filter({ hasText: 'An experiment' })
    await row.getByText('1 object').waitFor()
    await row.getByLabel(/^Rule «Deployment recommendation-engine.* is on$/).click()
    await row.getByText('off', { exact: true }).waitFor()
    await page.goto(`${test.url}/compare?instances=${ids['Dev']},${ids['Staging']}`)
    await page.getByRole('button', { name: /recommendation-engine/ }).waitFor()
    expect(errors).toEqual([])
  })

  it('tell the second of two who edit a rule, and let them choose', async () => {
    const { items } = await test.administrator.call(listIgnoreRules, { text: 'own size' })
    const [{ id: ruleId, match } = expect.fail('the rule is gone')] = items
    const openForm = async () => {
      await page.goto(`${test.url}/settings/ignore-rules`)
      await page.getByRole('button', { name: /^Edit the rule .*replicas/ }).click()
      return page.getByRole('dialog')
    }
    const reasonNow = async () => (await test.administrator.call(listIgnoreRules, { ids: [ruleId] })).items[0]?.reason
    const dialog = await openForm()
    await dialog.getByLabel('Reason').fill('Mine')
    await test.administrator.call(editIgnoreRule, { ruleId, match, reason: 'Somebody else’s' })
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await dialog.getByText('Ada changed this rule while you were editing:').waitFor()
    await dialog.getByText('Somebody else’s').waitFor()
    await shoot(page, 'rule-conflict')
    await expectFits(page, 'conflict')
    expect(await reasonNow()).toBe('Somebody else’s')
    await dialog.getByRole('button', { name: 'Load the new state, drop mine' }).click()
    await expect.poll(async () => await dialog.getByLabel('Reason').inputValue()).toBe('Somebody else’s')
    await dialog.getByLabel('Reason').fill('Mine again')
    await test.administrator.call(editIgnoreRule, { ruleId, match, reason: 'Somebody else’s, later' })
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await dialog.getByRole('button', { name: 'Save mine all the same' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await reasonNow()).toBe('Mine again')
    expect(errors).toEqual([])
  })

  it.each(screens)('are accessible and fit at %i px, %s', async (width, scheme) => {
    if (width === 360 && scheme === 'light')
      await test.administrator.call(createIgnoreRule, {
        match: {
          kinds: ['ConfigMap', 'Secret'],
          names: ['mail-*', 'feature-flags-of-the-recommendation-engine-*'],
          labels: 'app.kubernetes.io/part-of=shop,tier notin (cache,queue)',
          paths: ['data[*.example.com/a-rather-long-key.json]'],
        },
        reason:
          'Templates are written by the marketing team of each country, and tested there before anybody else sees them',
      })
    await using opened = await browser.newContext({
      viewport: { width, height: width < 600 ? 780 : 900 },
      colorScheme: scheme,
      reducedMotion: 'reduce',
    })
    const shown = await signIn(opened)
    const pair = `${ids['Dev']},${ids['Staging']}`
    const object = `source=${ids['Dev']}&target=${ids['Staging']}&kind=Deployment`
    for (const [name, path] of Object.entries({
      'ignore-rules': '/settings/ignore-rules',
      instances: '/settings/instances',
      'first-steps': '/first-steps',
      compare: `/compare?instances=${pair},${ids['Production']}&state=ignored,differs`,
      'object-diff': `/compare/object?${object}&name=pricing`,
    })) {
      await shown.goto(test.url + path)
      await shown.locator('h1, h2').first().waitFor()
      await quiet(shown)
      await shoot(shown, `${name}-${width}-${scheme}`)
      await expectFits(shown, name)
    }
    await shown.goto(`${test.url}/settings/ignore-rules`)
    await shown.getByRole('button', { name: 'Add a rule' }).click()
    await shown.getByRole('dialog').getByLabel('Reason').waitFor()
    await shoot(shown, `rule-form-${width}-${scheme}`)
    expect.soft(await violationsOf(shown), 'rule form').toEqual([])
    await shown.goto(`${test.url}/settings/instances`)
    await shown.getByRole('button', { name: 'Bind an instance' }).click()
    await quiet(shown)
    await shoot(shown, `bind-${width}-${scheme}`)
    expect.soft(await violationsOf(shown), 'bind').toEqual([])
  })
})
