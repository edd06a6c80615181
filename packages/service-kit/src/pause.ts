import { setTimeout as wait } from 'node:timers/promises'

/** Resolves after some milliseconds, or at once when the signal aborts: true after all of them. */
export const pause = async (milliseconds: number, signal: AbortSignal): Promise<boolean> => {
  try {
    await wait(milliseconds, undefined, { signal })
    return true
  } catch (error) {
    if (!signal.aborted) throw error
    return false
  }
}
