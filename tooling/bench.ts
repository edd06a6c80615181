import { globSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What a benchmark comes to. `ratio` is set against `bar`; `met` says whether it holds. */
interface Result {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly against: { readonly what: string; readonly value: number }
  readonly ratio: number
  readonly bar: number
  readonly met: boolean
}

/** A benchmark that this machine cannot run: the settings that name what it needs. */
interface Skipped {
  readonly name: string
  readonly skipped: string
}

/** One file may measure several things in one go. */
type Outcome = Result | Skipped | readonly Result[]

const root = join(import.meta.dirname, '..')
const files = globSync('{packages,services}/*/src/bench/*.bench.ts', { cwd: root }).toSorted()
const nameOf = (file: string): string => basename(file, '.bench.ts')
const [wanted, ...flags] = process.argv.slice(2)
const only = wanted?.startsWith('--') === true ? undefined : wanted
const options = new Set([wanted, ...flags])
const chosen = files.filter((file) => only === undefined || nameOf(file) === only)
if (chosen.length === 0) {
  process.stderr.write(`No benchmark is named ${only}. There are: ${files.map(nameOf).join(', ')}\n`)
  process.exit(1)
}

const round = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))
const results: Result[] = []
const skipped: Skipped[] = []
for (const file of chosen) {
  const { run } = (await import(pathToFileURL(join(root, file)).href)) as { run: () => Promise<Outcome> }
  const outcome = await run()
  if ('skipped' in outcome) {
    skipped.push(outcome)
    process.stderr.write(`${outcome.name} is skipped: it needs ${outcome.skipped}\n`)
  } else results.push(...[outcome].flat())
}

const table = [
  '| benchmark | measured | against | ratio | bar | met |',
  '| --- | --- | --- | --- | --- | --- |',
  ...results.map(
    ({ name, value, unit, against, ratio, bar, met }) =>
      `| ${name} | ${round(value)} ${unit} | ${against.what}: ${round(against.value)} | ${round(ratio)} | ${bar} | ${met ? 'yes' : '**no**'} |`,
  ),
].join('\n')

if (options.has('--write')) {
  const missing = skipped.map(({ name, skipped: needs }) => `\n${name} was not measured: it needs ${needs}.\n`)
  const page = `# Benchmarks\n\nMeasured by \`pnpm bench --write\` on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}. Figures are ratios against something measured in the same run wherever one exists; they never decide whether tests pass.\n\n${table}\n${missing.join('')}`
  writeFileSync(join(root, 'docs/reference/benchmarks.md'), page)
}
if (options.has('--json')) for (const result of results) process.stdout.write(`${JSON.stringify(result)}\n`)
else process.stdout.write(`${table}\n`)
