import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CallerName } from '@rancher-hub/contracts'
import { createInternalKeys } from '../src/distributed/internal-keys.ts'

export const main = join(import.meta.dirname, '../src/main.ts')

/** Keys for processes that are started one by one: what each is given. */
export const createKeys = (folder: string): ((name: string) => Readonly<Record<string, string>>) => {
  const { privatePems, publicKeysJson } = createInternalKeys()
  const file = join(folder, 'public-keys.json')
  writeFileSync(file, publicKeysJson)
  return (name) => ({
    HUB_INTERNAL_KEYS_FILE: file,
    HUB_INTERNAL_KEY: privatePems[name as CallerName] ?? '',
    [`HUB_${name.toUpperCase()}_HEALTH_PORT`]: '0',
  })
}

/** Runs a command of the hub to its end; one that does not end by itself is killed, and has no exit code. */
export const runCommand = async (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> => {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    timeout: 60_000,
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    said.stdout += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    said.stderr += String(chunk)
  })
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve)
  })
  return { code: child.killed ? null : code, ...said }
}
