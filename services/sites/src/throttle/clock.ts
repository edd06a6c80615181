/** Time from outside. */
export interface Clock {
  /** Milliseconds that only ever grow, also when somebody sets the machine's time. */
  now(): number
  /** The time of day that belongs to a reading of {@link now}. */
  timeOf(reading: number): Date
  /** Calls once after so many milliseconds; the returned function prevents it. */
  after(ms: number, call: () => void): () => void
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  timeOf: (reading) => new Date(Date.now() + reading - performance.now()),
  after: (ms, call) => {
    const timer = setTimeout(call, Math.ceil(ms))
    return () => clearTimeout(timer)
  },
}
