import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const doors: Readonly<Record<string, string>> = JSON.parse(read('../package.json')).exports
const adapters = Object.entries(doors).filter(([door]) => !['.', './contract', './bench'].includes(door))

describe('adapters of the read models', () => {
  it('are at least those of the tests, the standalone and the distributed shape', () => {
    expect(adapters.map(([door]) => door)).toEqual(expect.arrayContaining(['./memory', './sqlite', './mongodb']))
  })

  it.each(adapters)('%s runs the contract suite', (_, file) => {
    const specs = ['.spec.ts', '.int.spec.ts'].map((suffix) => `.${file.replace('./src', '').replace(/\.ts$/, suffix)}`)
    const texts = specs.filter((spec) => existsSync(new URL(spec, import.meta.url))).map(read)
    expect(texts.some((text) => /^readModelContract\(/mu.test(text))).toBe(true)
  })
})
