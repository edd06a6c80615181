import type { Clock } from './clock.ts'

/** A clock that stands until it is moved. */
export interface ManualClock extends Clock {
  /** Moves on, calling what falls due on the way, each at its time; work that this begins is let run. */
  move(ms: number): Promise<void>
}

/** Lets promises settle. */
export const settle = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve))

export const createManualClock = (): ManualClock => {
  let now = 1_000_000
  const due = new Set<{ readonly at: number; readonly call: () => void }>()
  return {
    now: () => now,
    timeOf: (reading) => new Date(Date.UTC(2026, 0, 1) + reading),
    after: (ms, call) => {
      const entry = { at: now + Math.max(0, ms), call }
      due.add(entry)
      return () => void due.delete(entry)
    },
    move: async (ms) => {
      const end = now + ms
      await settle()
      for (;;) {
        const [next] = [...due].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)
        if (next === undefined) break
        due.delete(next)
        now = Math.max(now, next.at)
        next.call()
        await settle()
      }
      now = end
    },
  }
}
