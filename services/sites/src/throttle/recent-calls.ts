/** How a call ended, as it is counted: `answered` with any status but those that follow. */
export type CallOutcome = 'answered' | 'refused' | 'failed'
export const callOutcomes: readonly CallOutcome[] = ['answered', 'refused', 'failed']

/** Minutes that {@link RecentCalls} look back. */
export const RECENT_MINUTES = 5

/** Calls of the last minutes, counted in slots of a second: bounded, whatever the traffic. */
export interface RecentCalls {
  note(outcome: CallOutcome): void
  /** Calls within the last {@link RECENT_MINUTES} minutes. */
  count(outcome: CallOutcome): number
  /** Answers in the best of the last seconds: what the server does take when the hub asks. */
  answeredPerSecond(): number
}

const SLOTS = RECENT_MINUTES * 60
/** Seconds; a pause that the server asked for is shorter most of the time. */
const BEST_OF = 3

export const createRecentCalls = (now: () => number): RecentCalls => {
  const slots = new Map<number, Record<CallOutcome, number>>()
  const second = (): number => Math.floor(now() / 1000)
  return {
    note: (outcome) => {
      const at = second()
      const slot = slots.get(at) ?? { answered: 0, refused: 0, failed: 0 }
      slot[outcome] += 1
      slots.set(at, slot)
      for (const old of slots.keys()) if (old <= at - SLOTS) slots.delete(old)
    },
    count: (outcome) => {
      const from = second() - SLOTS
      let sum = 0
      for (const [at, slot] of slots) if (at > from) sum += slot[outcome]
      return sum
    },
    answeredPerSecond: () => {
      const at = second()
      return Math.max(...Array.from({ length: BEST_OF }, (_, ago) => slots.get(at - ago)?.answered ?? 0))
    },
  }
}
