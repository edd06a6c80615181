import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const copy = mkdtempSync(join(tmpdir(), 'new-feature-'))
const parts = [
  'packages',
  'services',
  'tooling',
  'package.json',
  'tsconfig.json',
  'tsconfig.base.json',
  'biome.json',
  '.gitignore',
]

const git = (...args: string[]): string => execFileSync('git', ['-C', copy, ...args], { encoding: 'utf8' })
const commit = (): string =>
  git('-c', 'user.name=spec', '-c', 'user.email=spec@localhost', 'commit', '--quiet', '--message', 'before')
const run = (script: string, ...args: string[]) =>
  spawnSync(process.execPath, [script, ...args], { cwd: copy, encoding: 'utf8' })
const changed = (): string[] =>
  git('status', '--porcelain', '--untracked-files=all', '--', 'packages', 'services').trimEnd().split('\n')

beforeAll(() => {
  // Each package's own dependencies are relative links: copied as they are, they point at the copy's neighbours.
  for (const part of parts) cpSync(join(root, part), join(copy, part), { recursive: true, verbatimSymlinks: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  git('init', '--quiet')
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

describe('new-feature', () => {
  it.each([
    ['query', 'list-kites'],
    ['command', 'fly-kite'],
  ])('writes a %s: three new files and one line in two', (kind, name) => {
    git('add', '.')
    commit()
    expect(run('tooling/new-feature.ts', 'sync', name, '--kind', kind)).toMatchObject({ status: 0, stderr: '' })
    expect(changed().sort()).toEqual(
      [
        ' M packages/contracts/src/sync/index.ts',
        ' M services/sync/src/service.ts',
        `?? packages/contracts/src/sync/${name}.ts`,
        `?? services/sync/src/features/${name}/${name}.spec.ts`,
        `?? services/sync/src/features/${name}/${name}.ts`,
      ].sort(),
    )
    expect(git('diff', '--numstat').trimEnd().split('\n')).toEqual([
      '1\t0\tpackages/contracts/src/sync/index.ts',
      '2\t0\tservices/sync/src/service.ts',
    ])
  })

  it('writes what type-checks', () => {
    expect(run('node_modules/@typescript/native/bin/tsc', '--project', 'tsconfig.json')).toMatchObject({
      status: 0,
      stdout: '',
    })
  })

  it('writes contracts that the catalogue takes, and specs that fail', () => {
    const tests = ['packages/contracts/src/catalogue.spec.ts', 'services/sync/src/features']
    const { stderr } = run('node_modules/vitest/vitest.mjs', 'run', '--reporter=json', '--outputFile=r.json', ...tests)
    const report = JSON.parse(readFileSync(join(copy, 'r.json'), 'utf8')) as {
      testResults: { name: string; status: string }[]
    }
    const failed = report.testResults.filter(({ status }) => status !== 'passed').map(({ name }) => basename(name))
    expect(failed.sort(), stderr).toEqual(['fly-kite.spec.ts', 'list-kites.spec.ts'])
  })

  it('writes what lint and formatter leave as it is', () => {
    const { stdout, stderr, status } = run(
      'node_modules/@biomejs/biome/bin/biome',
      'check',
      'packages/contracts',
      'services/sync',
    )
    expect(status, stdout + stderr).toBe(0)
  })

  it('fits every service that has features', () => {
    for (const service of ['auth', 'sites'])
      expect(run('tooling/new-feature.ts', service, 'list-kites', '--kind', 'query').stderr).toBe('')
  })

  it.each([
    [['deploy', 'list-kites', '--kind', 'query'], 'There is no service «deploy»'],
    [['sync', 'Kites', '--kind', 'query'], 'is no imperative kebab-case name'],
    [['sync', 'list-kites'], 'only reads or changes state'],
  ])('refuses %j', (args, problem) => {
    const refused = run('tooling/new-feature.ts', ...args)
    expect(refused.stderr).toContain(problem)
    expect(refused.status).toBe(1)
  })
})
