/** What can go wrong on purpose. Switched at any time; a count says how often it still happens. */
export interface Faults {
  /** New calls are refused with UNAVAILABLE. */
  refuse: boolean
  /** Calls are taken and never answered. */
  hang: boolean
  /** Milliseconds before each answer. */
  latencyMs: number
  /** Appends whose connection breaks before anything is stored. */
  dropBeforeStore: number
  /** Appends whose connection breaks after the events were stored: the outcome is unknown to the writer. */
  dropAfterStore: number
  /** Appends that end with RST_STREAM and no status, which clients see as code 13, after the events were stored. */
  resetAfterStore: number
  /** Live subscriptions are dropped with «Consumer too slow» at their next event. */
  tooSlow: number
  /** Batch appends that are answered twice. */
  answerTwice: number
  /** Questions for the server's features that end with INTERNAL, an answer that clients keep. */
  oddFeatures: number
  /** Subscriptions are not told that they have caught up. */
  noCaughtUp: boolean
  /** Reads and subscriptions that begin now see nothing beyond this position, as on a replica that lags. */
  lagAfter: number
  /** Address of the leader: calls that want the leader are sent there, as by a replica. Empty: this is the leader. */
  follows: string
}

/** Nothing goes wrong. */
export const createFaults = (): Faults => ({
  refuse: false,
  hang: false,
  latencyMs: 0,
  dropBeforeStore: 0,
  dropAfterStore: 0,
  resetAfterStore: 0,
  tooSlow: 0,
  answerTwice: 0,
  oddFeatures: 0,
  noCaughtUp: false,
  lagAfter: Number.MAX_SAFE_INTEGER,
  follows: '',
})

type Counted = { [K in keyof Faults]: Faults[K] extends number ? K : never }[keyof Faults]

/** Whether a counted fault happens now; one less is left then. */
export const takes = (faults: Faults, fault: Exclude<Counted, 'latencyMs' | 'lagAfter'>): boolean => {
  if (faults[fault] <= 0) return false
  faults[fault] -= 1
  return true
}
