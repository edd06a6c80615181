import type { PausedPlace, Traffic } from '@rancher-hub/contracts'
import type { z } from 'zod'
import { callsAtOnce } from './call-limit.ts'
import type { Clock } from './clock.ts'
import { callOutcomes, RECENT_MINUTES } from './recent-calls.ts'
import { SITE_SCOPE } from './site-breakers.ts'
import type { SiteThrottle } from './site-throttle.ts'

const toTime = (clock: Clock, reading: number): string => clock.timeOf(reading).toISOString()

/** The places of a site that are not called now. */
export const pausedPlaces = ({ breakers }: SiteThrottle, clock: Clock): z.input<typeof PausedPlace>[] =>
  breakers.broken().map(({ scope, breaker: { state, failures, since, until, problem } }) => ({
    ...(scope === SITE_SCOPE ? {} : { cluster: scope }),
    state,
    failures,
    since: toTime(clock, since),
    nextTryAt: toTime(clock, until),
    problem,
  }))

/** How a site is called, as people see it. */
export const describeTraffic = (throttle: SiteThrottle, clock: Clock): z.input<typeof Traffic> => {
  const { pace } = throttle
  const limit = pace.limit()
  const { refusedAt, retryAfterMs } = limit
  const perSecond = pace.perSecond()
  const count = pace.calls.count
  return {
    callsAtOnce: callsAtOnce(limit),
    mostAtOnce: limit.max,
    ...(perSecond === undefined ? {} : { callsPerSecond: Math.round(perSecond * 10) / 10 }),
    inFlight: throttle.inFlight(),
    waiting: throttle.waiting(),
    recent: {
      minutes: RECENT_MINUTES,
      calls: callOutcomes.reduce((sum, outcome) => sum + count(outcome), 0),
      refused: count('refused'),
      failed: count('failed'),
    },
    ...(refusedAt === undefined ? {} : { slowedAt: toTime(clock, refusedAt) }),
    ...(retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.round(retryAfterMs / 100) / 10 }),
    ...(pace.fairness() === undefined ? {} : { fairness: pace.fairness() }),
    paused: pausedPlaces(throttle, clock),
  }
}
