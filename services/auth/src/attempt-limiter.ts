import { LRUCache } from 'lru-cache'
/** Counts failed attempts by key (an address, an account) and tells how long to wait. */
export interface AttemptLimiter {
  /** Claims an attempt before it is made, so that a burst cannot slip through. 0: go on; else seconds to wait, and nothing is claimed. */
  claim(keys: readonly AttemptKey[], now: Date): number
  /** The claimed attempt succeeded: it does not count, and `forget` starts anew. */
  succeeded(keys: readonly AttemptKey[], forget: readonly AttemptKey[]): void
}

export interface AttemptKey {
  readonly key: string
  /** Failures before the first wait. */
  readonly free: number
  /** Longest wait, seconds. */
  readonly longest: number
}

/** An account waits a minute at most, so that a stranger cannot lock its owner out for long. */
export const accountKey = (username: string): AttemptKey => ({ key: `account:${username}`, free: 5, longest: 60 })
/** An address waits up to 15 minutes, but a shared one has more tries. */
export const addressKey = (address: string | undefined): AttemptKey => ({
  key: `address:${address ?? 'unknown'}`,
  free: 20,
  longest: 900,
})

interface Attempts {
  readonly count: number
  readonly last: number
}

const MAX_KEYS = 50_000
const FORGET_MS = 30 * 60_000

/** Keeps counts in memory: each replica limits for itself. Waits double from one second on. */
export const createAttemptLimiter = (): AttemptLimiter => {
  const attempts = new LRUCache<string, Attempts>({ max: MAX_KEYS })

  const waitOf = ({ key, free, longest }: AttemptKey, now: number): number => {
    const known = attempts.get(key)
    if (known === undefined || now - known.last > FORGET_MS || known.count < free) return 0
    const seconds = Math.min(longest, 2 ** Math.min(known.count - free, 20))
    return Math.max(0, Math.ceil((known.last + seconds * 1000 - now) / 1000))
  }
  const add = (key: string, now: number): void => {
    const known = attempts.get(key)
    const count = known === undefined || now - known.last > FORGET_MS ? 0 : known.count
    attempts.set(key, { count: count + 1, last: now })
  }

  return {
    claim: (keys, now) => {
      const wait = Math.max(...keys.map((key) => waitOf(key, now.getTime())))
      if (wait === 0) for (const { key } of keys) add(key, now.getTime())
      return wait
    },
    succeeded: (keys, forget) => {
      for (const { key } of keys) {
        const known = attempts.get(key)
        if (known !== undefined) attempts.set(key, { ...known, count: Math.max(0, known.count - 1) })
      }
      for (const { key } of forget) attempts.delete(key)
    },
  }
}
