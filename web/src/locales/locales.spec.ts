import { describe, expect, it } from 'vitest'
import { firstTexts, i18n, loadPageTexts } from '../app/plugins/i18n.ts'
import { pageTexts } from '../app/plugins/page-texts.ts'

const sources = Object.values(
  import.meta.glob<string>(['../**/*.vue', '../**/*.ts', '!../**/*.spec.ts'], {
    eager: true,
    query: '?raw',
    import: 'default',
  }),
).join('\n')

type Tree = { readonly [key: string]: string | Tree }
const leaves = (tree: Tree, path: readonly string[] = []): string[] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[...path, key].join('.')] : leaves(value, [...path, key]),
  )

const keys = leaves({ ...firstTexts, ...pageTexts } as Tree)
/** Keys as they stand in the code, and the fixed beginnings of those that are put together. */
const literals = new Set([...sources.matchAll(/['"]([a-zA-Z]+(?:\.[\w-]+)+)['"]/g)].map(([, key]) => key ?? ''))
const beginnings = [...sources.matchAll(/`([a-zA-Z]+(?:\.[\w-]+)*\.)\$\{/g)].map(([, beginning]) => beginning ?? '')
const asked = [...sources.matchAll(/\$?\bt\(\s*['"]([a-zA-Z]+(?:\.[\w-]+)+)['"]/g)].map(([, key]) => key ?? '')

describe('the texts of the application', () => {
  it('have every key that the code asks for', () => {
    expect(asked.length).toBeGreaterThan(100)
    expect(asked.filter((key) => !keys.includes(key))).toEqual([])
    expect(beginnings.filter((beginning) => !keys.some((key) => key.startsWith(beginning)))).toEqual([])
  })

  it('have no key that nobody asks for', () => {
    expect(
      keys.filter((key) => !literals.has(key) && !beginnings.some((beginning) => key.startsWith(beginning))),
    ).toEqual([])
  })

  it('can be written: none is misread as the syntax of messages', async () => {
    await loadPageTexts()
    for (const key of keys) expect(() => i18n.global.t(key, 2), key).not.toThrow()
  })
})
