import { pause } from '@rancher-hub/service-kit'

/** Waits that grow: `base · 2^failures` up to `max`, each between half and all of it, so that clients do not march in step. */
export const backoffMs = (failures: number, base: number, max: number, random: () => number = Math.random): number =>
  Math.min(max, base * 2 ** Math.min(failures, 20)) * (0.5 + random() / 2)

/** Pauses before a site is asked again. They end early when there is a reason to think that it answers now. */
export interface Pauses {
  /** Waits; false when `signal` aborted first. */
  wait(siteId: string, ms: number, signal: AbortSignal): Promise<boolean>
  /** Whoever waits for the site tries again now: a person asked for it. */
  end(siteId: string): void
  /**
   * The site answers again: whoever waits for it tries again within `spreadMs`. Once in `EASE_MS` at most: where calls
   * fail and succeed in turn (one cluster answers, another one does not), the waits of those that fail still grow.
   */
  ease(siteId: string): void
}

/** Milliseconds between two times that the waits for a site end because it answers. */
const EASE_MS = 5_000

/** Pauses of all who wait for sites, in this process. */
export const createPauses = (options: {
  /** Milliseconds over which tries are spread when a site answers again. */
  readonly spreadMs: number
  readonly random?: (() => number) | undefined
}): Pauses => {
  const { spreadMs, random = Math.random } = options
  const waiting = new Map<string, Set<AbortController>>()
  const eased = new Set<string>()
  return {
    wait: async (siteId, ms, signal) => {
      const ended = new AbortController()
      const ofSite = waiting.get(siteId) ?? new Set()
      waiting.set(siteId, ofSite.add(ended))
      try {
        await pause(ms, AbortSignal.any([signal, ended.signal]))
        return !signal.aborted
      } finally {
        ofSite.delete(ended)
        if (ofSite.size === 0 && waiting.get(siteId) === ofSite) waiting.delete(siteId)
      }
    },
    end: (siteId) => {
      for (const ended of waiting.get(siteId) ?? []) ended.abort()
    },
    ease: (siteId) => {
      const ofSite = waiting.get(siteId)
      if (ofSite === undefined || eased.has(siteId)) return
      eased.add(siteId)
      setTimeout(() => eased.delete(siteId), EASE_MS).unref()
      for (const ended of ofSite) setTimeout(() => ended.abort(), random() * spreadMs).unref()
    },
  }
}
