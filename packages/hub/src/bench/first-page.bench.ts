import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const BUDGET_KB = 250
const dist = join(import.meta.dirname, '../../../../web/dist')

const imports = (file: string): string[] =>
  [...readFileSync(join(dist, 'assets', file), 'utf8').matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)].map(
    ([, name]) => name ?? '',
  )

/** Everything that a browser loads for a page: its chunk, and what those import at once. */
const closure = (files: readonly string[]): Set<string> => {
  const all = new Set<string>()
  const open = [...files]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (all.has(file)) continue
    all.add(file)
    open.push(...imports(file))
  }
  return all
}
const gzipKb = (files: Iterable<string>): number =>
  [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, 'assets', file))).length, 0) / 1024

/** JavaScript of the sign-in page, gzip, from the built application; Compare's first load beside it. */
export const run = async () => {
  const assets = readdirSync(join(dist, 'assets'))
  const chunk = (name: string): string[] => assets.filter((file) => file.startsWith(`${name}-`) && file.endsWith('.js'))
  const entry = /assets\/(index-[^"]+\.js)/.exec(readFileSync(join(dist, 'index.html'), 'utf8'))?.[1] ?? ''
  const signIn = gzipKb(closure([entry, ...chunk('SignInPage')]))
  const compare = gzipKb(closure([entry, ...chunk('ComparePage')]))
  return {
    name: 'first-page',
    value: signIn,
    unit: `kB gzip JavaScript (sign-in); Compare: ${compare.toFixed(0)} kB`,
    against: { what: 'budget, kB', value: BUDGET_KB },
    ratio: signIn / BUDGET_KB,
    bar: 1,
    met: signIn <= BUDGET_KB,
  }
}
