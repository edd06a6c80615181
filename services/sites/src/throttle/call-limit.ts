/** How many calls a site gets: learnt from its refusals (429). Immutable; times are milliseconds of one clock. */
export interface CallLimit {
  /** Calls at the same time at most, as configured. */
  readonly max: number
  /** Calls at the same time now, 1 to `max`; a fraction is progress to the next whole call. */
  readonly concurrent: number
  /** Calls a second as they were when the server refused last; absent: not limited. */
  readonly rate?: number | undefined
  /** Nothing is sent before this time. */
  readonly pausedUntil: number
  /** When the server refused last. */
  readonly refusedAt?: number | undefined
  /** When the limit was lowered last: refusals of calls that had begun before do not lower it again. */
  readonly loweredAt: number
  /** Refusals without an answer in between. */
  readonly inRow: number
  /** What the server asked for last. */
  readonly retryAfterMs?: number | undefined
}

/** A refusal of the server (429). */
export interface Refused {
  readonly begunAt: number
  readonly retryAfterMs?: number | undefined
  /** What the server did take lately, answers a second. */
  readonly answeredPerSecond: number
  /** Said by the API server's priority and fairness: it counts calls at the same time, not calls a second. */
  readonly byFairness: boolean
}

const MAX_PAUSE_MS = 60_000
/** First pause when the server does not say how long. */
const PAUSE_MS = 250
const MAX_OWN_PAUSE_MS = 5_000
const FEWER = 0.5
const SLOWER = 0.85
const MIN_RATE = 2
/** Growth of the rate: calls a second, each second; as a part of it, and at least. */
const GROWTH = 0.02
const MIN_GROWTH = 0.3
/** After this time without a refusal there is no limit per second any more. */
const FORGET_MS = 300_000

export const newCallLimit = (max: number): CallLimit => ({
  max,
  concurrent: max,
  pausedUntil: Number.NEGATIVE_INFINITY,
  loweredAt: Number.NEGATIVE_INFINITY,
  inRow: 0,
})

/** Whole calls that may be under way at the same time. */
export const callsAtOnce = (limit: CallLimit): number => Math.max(1, Math.floor(limit.concurrent))

/** Calls a second that may be made now; undefined: as many as there are. Grows evenly while the server does not refuse. */
export const callsPerSecond = (limit: CallLimit, now: number): number | undefined => {
  if (limit.rate === undefined || now - limit.loweredAt > FORGET_MS) return undefined
  const seconds = Math.max(0, now - Math.max(limit.loweredAt, limit.pausedUntil)) / 1000
  return limit.rate + seconds * Math.max(MIN_GROWTH, limit.rate * GROWTH)
}

/** The server answered a call: additive increase, one more call at the same time per round of answers. */
export const onAnswered = (limit: CallLimit): CallLimit =>
  limit.concurrent === limit.max && limit.inRow === 0
    ? limit
    : { ...limit, inRow: 0, concurrent: Math.min(limit.max, limit.concurrent + 1 / limit.concurrent) }

/** How long to leave the server alone after a refusal: what it asks for, else longer each time. */
export const pauseAfter = (retryAfterMs: number | undefined, inRow: number): number =>
  retryAfterMs === undefined
    ? Math.min(MAX_OWN_PAUSE_MS, PAUSE_MS * 2 ** Math.min(inRow, 10))
    : Math.min(MAX_PAUSE_MS, retryAfterMs)

/** The server refused a call: a pause, and multiplicative decrease, once for all calls that were under way together. */
export const onRefused = (limit: CallLimit, refused: Refused, now: number): CallLimit => {
  const { retryAfterMs, begunAt, answeredPerSecond, byFairness } = refused
  const paused = {
    ...limit,
    refusedAt: now,
    retryAfterMs,
    pausedUntil: Math.max(limit.pausedUntil, now + pauseAfter(retryAfterMs, limit.inRow)),
  }
  if (begunAt <= limit.loweredAt) return paused
  const grown = callsPerSecond(limit, now)
  // A limit far above what is answered says nothing: the server refuses before it is reached.
  const before = Math.min(grown ?? Number.POSITIVE_INFINITY, Math.max(1, answeredPerSecond))
  return {
    ...paused,
    inRow: limit.inRow + 1,
    loweredAt: now,
    concurrent: Math.max(1, limit.concurrent * FEWER),
    rate: byFairness ? grown : Math.max(MIN_RATE, before * SLOWER),
  }
}
