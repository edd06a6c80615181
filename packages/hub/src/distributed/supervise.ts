import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { CallerName } from '@rancher-hub/contracts'
import { REFUSED_EXIT_CODE } from '../exit-codes.ts'
import type { Environment } from './service-process.ts'

const FIRST_PAUSE_MS = 500
const MAX_PAUSE_MS = 30_000
/** Who lived that long has not failed to start: the next pause is the first again. */
const HEALTHY_MS = 60_000

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

  /** How it ended: its exit code, or the signal. */
  const runOnce = async (name: CallerName): Promise<number | string | null> => {
    const env = Object.fromEntries(Object.entries(envOf(name)).filter(([, value]) => value !== undefined))
    const child = spawn(process.execPath, [main, 'service', name], { env, stdio: ['ignore', 'inherit', 'inherit'] })
    const end = (): void => void child.kill('SIGTERM')
    stopped.signal.addEventListener('abort', end, { once: true })
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
      child.once('exit', (...how) => resolve(how))
    })
    stopped.signal.removeEventListener('abort', end)
    return signal ?? code
  }

  const keep = async (name: CallerName): Promise<void> => {
    let wait = FIRST_PAUSE_MS
    while (!stopped.signal.aborted) {
      const since = performance.now()
      const how = await runOnce(name)
      if (stopped.signal.aborted) return
      if (how === REFUSED_EXIT_CODE) return refused.resolve(name)
      if (performance.now() - since >= HEALTHY_MS) wait = FIRST_PAUSE_MS
      say(
        `${name} ended (${typeof how === 'string' ? how : `exit code ${how}`}) and is started again in ${wait / 1000} s`,
      )
      await pause(wait, undefined, { signal: stopped.signal }).catch(() => undefined)
      wait = Math.min(wait * 2, MAX_PAUSE_MS)
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
