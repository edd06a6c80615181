import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'

/** Debian's Chromium, or what `CHROMIUM` names; undefined when this machine has none. */
export const chromiumPath = [process.env['CHROMIUM'], '/usr/bin/chromium'].find(
  (path) => path !== undefined && existsSync(path),
)

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const openBrowser = async (): Promise<Browser> =>
  await chromium.launch({ executablePath: chromiumPath ?? '', headless: true, args })

/** Collects what must not happen on any page: errors, and refusals of the content security policy. */
export const watchForErrors = (page: Page): string[] => {
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('status of 4')) errors.push(message.text())
  })
  return errors
}

/** The first field of a form takes the focus a moment after it is shown; what is typed elsewhere before that gets lost. */
export const firstFieldFocused = async (page: Page): Promise<void> => await page.locator('input:focus').waitFor()

/** Signs in with a password. */
export const signInAs = async (page: Page, url: string, username = 'ada'): Promise<void> => {
  await page.goto(`${url}/sign-in`)
  await firstFieldFocused(page)
  await page.getByLabel('Sign-in name').fill(username)
  await page.getByLabel('Password').fill('correct horse battery')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
}

/** What keeps a page signed in. */
export type Session = Awaited<ReturnType<BrowserContext['storageState']>>

/** Signs in once, for many pages. */
export const openSession = async (browser: Browser, url: string): Promise<Session> => {
  await using context = await browser.newContext()
  await signInAs(await context.newPage(), url)
  return await context.storageState()
}

/** Widths in pixels and themes that screens are looked at in. */
export const screens = [360, 768, 1440].flatMap((width) =>
  (['light', 'dark'] as const).map((theme) => [width, theme] as const),
)

/** A page of its own in a size and a theme, signed in. */
export const openScreen = async (
  browser: Browser,
  session: Session,
  [width, colorScheme]: (typeof screens)[number],
): Promise<{ readonly page: Page } & AsyncDisposable> => {
  const viewport = { width, height: width < 600 ? 780 : 900 }
  const context = await browser.newContext({ storageState: session, viewport, colorScheme, reducedMotion: 'reduce' })
  return { page: await context.newPage(), [Symbol.asyncDispose]: async () => await context.close() }
}

/** Keeps a picture of the page where `HUB_SCREENSHOTS` names a folder. */
export const shoot = async (page: Page, name: string): Promise<void> => {
  const folder = process.env['HUB_SCREENSHOTS']
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`) })
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

/** Resolves once no animation that ends is running; it looks again frame by frame. Spinners turn for ever. */
const stillness = `(async () => {
  const frame = () => new Promise(requestAnimationFrame)
  const moves = () =>
    document.getAnimations().some((one) => one.playState === 'running' && one.effect.getComputedTiming().endTime !== Infinity)
  // A transition begins one frame after what it shows is there.
  await frame()
  do await frame()
  while (moves())
})()`

/** Runs axe in the page. Its script comes in through the debugger, past the content security policy. */
export const violationsOf = async (page: Page): Promise<string[]> => {
  // Half of a fade has too little contrast.
  await page.evaluate(stillness)
  await page.evaluate(axeSource)
  const found: Violation[] = await page.evaluate(async () => {
    const { axe } = globalThis as typeof globalThis & {
      axe: { run: (options: object) => Promise<{ violations: Violation[] }> }
    }
    return (await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })).violations
  })
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))
}

/** Checks that a page is not wider than the screen, and accessible. `name` tells which in what fails. */
export const expectFits = async (page: Page, name = 'the page'): Promise<void> => {
  const overflow: number = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  expect.soft(overflow, `${name} is wider than the screen by so many pixels`).toBeLessThanOrEqual(0)
  expect.soft(await violationsOf(page), name).toEqual([])
}
