import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { CallerName } from '@rancher-hub/contracts'
import type { Environment } from './service-process.ts'

const RESTART_MS = 500
/** Exit code of a process that cannot start for a reason that somebody has to mend. */
export const REFUSED_EXIT_CODE = 1

/** Child processes that are started again when they die, until they are stopped. */
export interface Supervised extends AsyncDisposable {
  /** Resolves when a process refused to start: trying again would not help. */
  readonly refused: Promise<CallerName>
}

const main = join(import.meta.dirname, '../main.ts')

/** Starts a process for each name and keeps it running. */
export const supervise = (
  names: readonly CallerName[],
  envOf: (name: CallerName) => Environment,
  say: (text: string) => void,
): Supervised => {
  const stopped = new AbortController()
  const refused = Promise.withResolvers<CallerName>()

  const runOnce = async (name: CallerName): Promise<void> => {
    const env = Object.fromEntries(Object.entries(envOf(name)).filter(([, value]) => value !== undefined))
    const child = spawn(process.execPath, [main, 'service', name], { env, stdio: ['ignore', 'inherit', 'inherit'] })
    const end = (): void => void child.kill('SIGTERM')
    stopped.signal.addEventListener('abort', end, { once: true })
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
      child.once('exit', (...how) => resolve(how))
    })
    stopped.signal.removeEventListener('abort', end)
    if (stopped.signal.aborted) return
    if (code === REFUSED_EXIT_CODE) refused.resolve(name)
    else say(`${name} ended (${signal ?? `exit code ${code}`}) and is started again`)
  }

  const keep = async (name: CallerName): Promise<void> => {
    while (!stopped.signal.aborted) {
      await runOnce(name)
      if (!stopped.signal.aborted) await pause(RESTART_MS)
    }
  }
  const kept = names.map(keep)
  return {
    refused: refused.promise,
    [Symbol.asyncDispose]: async () => {
      stopped.abort()
      await Promise.all(kept)
    },
  }
}
