import { type FairnessRefusal, hasStatus, type SiteError } from '../egress/site-error.ts'
import { type CallLimit, callsAtOnce, callsPerSecond, newCallLimit, onAnswered, onRefused } from './call-limit.ts'
import { whatItSays } from './call-result.ts'
import type { Clock } from './clock.ts'
import { type CallOutcome, createRecentCalls, type RecentCalls } from './recent-calls.ts'

/** When the next call to a site may begin, learnt from how calls end. */
export interface SitePace {
  /** Earliest beginning of the next call; not later than now: at once. */
  freeAt(): number
  hasRoom(inFlight: number): boolean
  /** A call or the opening of a stream begins. */
  begun(): void
  ended(begunAt: number, error?: unknown): void
  readonly calls: RecentCalls
  limit(): CallLimit
  /** Calls a second that may be made now; undefined: not limited. */
  perSecond(): number | undefined
  /** Set when the API server's priority and fairness refused last. */
  fairness(): FairnessRefusal | undefined
}

/** How far pacing may catch up after a late timer, so that lateness does not add up. */
const CATCH_UP_MS = 100

export const createSitePace = (options: {
  readonly max: number
  readonly clock: Clock
  /** The server refused, and the limit went down. */
  readonly onSlowed: () => void
  readonly onCall: (outcome: CallOutcome) => void
}): SitePace => {
  const { clock } = options
  const calls = createRecentCalls(clock.now)
  let limit = newCallLimit(options.max)
  let fairness: FairnessRefusal | undefined
  let nextAt = Number.NEGATIVE_INFINITY

  const refused = (begunAt: number, error: SiteError): void => {
    const before = limit.loweredAt
    const { retryAfterMs } = error
    fairness = error.fairness
    const answeredPerSecond = calls.answeredPerSecond()
    limit = onRefused(
      limit,
      { begunAt, retryAfterMs, answeredPerSecond, byFairness: fairness !== undefined },
      clock.now(),
    )
    if (limit.loweredAt !== before) options.onSlowed()
  }
  const perSecond = (): number | undefined => callsPerSecond(limit, clock.now())

  return {
    calls,
    limit: () => limit,
    perSecond,
    fairness: () => fairness,
    hasRoom: (inFlight) => inFlight < callsAtOnce(limit),
    freeAt: () => (perSecond() === undefined ? limit.pausedUntil : Math.max(limit.pausedUntil, nextAt)),
    begun: () => {
      const rate = perSecond()
      if (rate !== undefined) nextAt = Math.max(nextAt, clock.now() - CATCH_UP_MS) + 1000 / rate
    },
    ended: (begunAt, error) => {
      const says = error === undefined ? 'reached' : whatItSays(error)
      if (says === 'nothing') return
      const isRefused = hasStatus(error, 429)
      if (isRefused) refused(begunAt, error)
      else if (says === 'reached') limit = onAnswered(limit)
      const outcome: CallOutcome = isRefused ? 'refused' : says === 'reached' ? 'answered' : 'failed'
      calls.note(outcome)
      options.onCall(outcome)
    },
  }
}
