import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const node = process.execPath

const checks: readonly (readonly [string, ...string[]])[] = [
  ['Format and lint', 'node_modules/@biomejs/biome/bin/biome', 'check'],
  ['Types', 'node_modules/@typescript/native/bin/tsc', '-p', 'tsconfig.json'],
  ['Types of the web application', 'node_modules/vue-tsc/bin/vue-tsc.js', '--noEmit', '-p', 'web/tsconfig.json'],
  [
    'Dependency rules',
    'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
    'packages',
    'services',
    'web/src',
    'tooling',
    '--config',
    '.dependency-cruiser.mjs',
  ],
  ['Unused code and dependencies', 'node_modules/knip/bin/knip.js', '--no-config-hints'],
  ['Generated documents', 'tooling/docs-gen.ts', '--check'],
  ['Links in documents', 'tooling/check-links.ts'],
]

/** Runs every check, also after one failed, so that one run tells everything; then the tests. */
const failed = checks.filter(([title, script, ...args]) => {
  const begun = performance.now()
  const { status, stdout, stderr } = spawnSync(node, [join(root, script ?? ''), ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  console.log(`${status === 0 ? '✓' : '✗'} ${title} (${seconds} s)`)
  if (status !== 0) console.log(stdout + stderr)
  return status !== 0
})
if (failed.length > 0) process.exit(1)
if (!process.argv.includes('--no-test'))
  process.exitCode =
    spawnSync(node, [join(root, 'tooling/run.mjs'), 'test'], { cwd: root, stdio: 'inherit' }).status ?? 1
