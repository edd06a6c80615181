import { setTimeout as pause } from 'node:timers/promises'
import { isUnavailable, type Logger } from '@rancher-hub/service-kit'
import { toStartRefused } from '../start-refused-error.ts'

const MAX_WAIT_MS = 3_000

/** What a starting process still waits for, by name. */
export type Missing = Map<string, string>

/**
 * Does what needs a server as often as that server is away, and says so. Ends with the first success.
 * @throws StartRefusedError where trying again does not help; the reason of the signal when it aborts
 */
export const waitUntilThere = async <T>(
  name: string,
  work: () => Promise<T>,
  context: { readonly missing: Missing; readonly log: Logger; readonly signal: AbortSignal },
): Promise<T> => {
  const { missing, log, signal } = context
  for (let wait = 100; ; wait = Math.min(wait * 2, MAX_WAIT_MS)) {
    signal.throwIfAborted()
    try {
      const result = await work()
      if (missing.delete(name)) log.info({ waitedFor: name }, 'there again')
      return result
    } catch (error) {
      if (!isUnavailable(error)) throw toStartRefused(error)
      const { message } = error as Error
      if (missing.get(name) !== message) log.warn({ waitingFor: name, reason: message }, 'waiting')
      missing.set(name, message)
      await pause(wait, undefined, { signal })
    }
  }
}
