import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { addHandler } from './new-feature/add-handler.ts'
import { contractFile, featureFile, specFile } from './new-feature/templates.ts'

const usage = 'pnpm new:feature <service> <imperative-name> --kind query|command'

const refuse = (problem: string): never => {
  process.stderr.write(`${problem}\n  ${usage}\n`)
  process.exit(1)
}

const readArguments = () => {
  const { values, positionals } = parseArgs({ options: { kind: { type: 'string' } }, allowPositionals: true })
  const [service = '', name = ''] = positionals
  const kind = values.kind === 'query' || values.kind === 'command' ? values.kind : undefined
  if (service !== 'auth' && service !== 'sites' && service !== 'sync')
    return refuse(`There is no service «${service}»: auth, sites or sync.`)
  if (!/^[a-z]+(-[a-z]+)+$/.test(name)) return refuse(`«${name}» is no imperative kebab-case name like list-drifts.`)
  if (kind === undefined) return refuse('Say whether it only reads or changes state.')
  return { service, name, kind } as const
}

/** Writes a new file; never over an existing one. */
const writeNew = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text, { flag: 'wx' })
}

/** Adds a line to a barrel, in alphabetical order. */
const addExport = (file: string, line: string): void => {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  writeFileSync(file, `${[...lines, line].sort().join('\n')}\n`)
}

const root = join(import.meta.dirname, '..')
const { service, name, kind } = readArguments()
const contracts = join(root, 'packages/contracts/src', service)
const feature = join(root, 'services', service, 'src/features', name)
const entry = join(root, 'services', service, 'src/service.ts')

writeNew(join(contracts, `${name}.ts`), contractFile({ service, name, kind }))
writeNew(join(feature, `${name}.ts`), featureFile({ service, name, kind }))
writeNew(join(feature, `${name}.spec.ts`), specFile({ service, name, kind }))
addExport(join(contracts, 'index.ts'), `export * from './${name}.ts'`)
writeFileSync(entry, addHandler(readFileSync(entry, 'utf8'), name))
// The formatter folds long lines and puts the import in its place.
const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
const tidied = spawnSync(process.execPath, [biome, 'check', '--write', contracts, feature, entry], {
  cwd: root,
  encoding: 'utf8',
})
if (tidied.status !== 0) process.stderr.write(tidied.stderr)

process.stdout.write(
  `Next: the contract in packages/contracts/src/${service}/${name}.ts, then the failing spec in services/${service}/src/features/${name}/.\n`,
)
