import { setTimeout as sleep } from 'node:timers/promises'

/** Waits that grow: `base · 2^failures` up to `max`, each between half and all of it, so that clients do not march in step. */
export const backoffMs = (failures: number, base: number, max: number, random: () => number = Math.random): number =>
  Math.min(max, base * 2 ** Math.min(failures, 20)) * (0.5 + random() / 2)

/** Waits; false when `signal` aborted first. */
export const waited = async (ms: number, signal: AbortSignal): Promise<boolean> => {
  try {
    await sleep(ms, undefined, { signal })
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}
