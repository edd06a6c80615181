import type { SiteProblem } from '@rancher-hub/contracts'

/**
 * Whether a place (a site, or one cluster behind Rancher) is called at all. Immutable; times are milliseconds of one
 * clock. `closed`: yes. `open`: not before `until`. `half-open`: one probe is under way, and decides.
 */
export type Breaker = ClosedBreaker | BrokenBreaker

export interface ClosedBreaker {
  readonly state: 'closed'
  /** Calls in a row that got no answer. */
  readonly failures: number
  /** When the first of them failed. */
  readonly since: number
  /** How often it has opened since a call was answered: each time it waits longer. */
  readonly openings: number
}

export interface BrokenBreaker {
  readonly state: 'open' | 'half-open'
  readonly failures: number
  readonly since: number
  readonly openings: number
  /** When the probe is sent. */
  readonly until: number
  /** How the last call failed. */
  readonly problem: SiteProblem
}

/** Calls without an answer in a row, after which no more are made. */
const FAILURES = 5
const WAIT_MS = 2_000
/** Below the time that a sync goes on trying a write, so that it sees the site come back. */
const MAX_WAIT_MS = 30_000

export const closedBreaker: ClosedBreaker = { state: 'closed', failures: 0, since: 0, openings: 0 }

/** Wait before the probe: twice as long each time. */
export const waitBeforeProbe = (openings: number): number =>
  Math.min(MAX_WAIT_MS, WAIT_MS * 2 ** Math.min(openings, 10))

/** A call got no answer. While broken, late failures are counted, and change nothing else. */
export const onFailed = (breaker: Breaker, problem: SiteProblem, now: number): Breaker => {
  const failures = breaker.failures + 1
  if (breaker.state !== 'closed') return { ...breaker, failures, problem }
  const since = breaker.failures === 0 ? now : breaker.since
  const { openings } = breaker
  return failures < FAILURES
    ? { ...breaker, failures, since }
    : { state: 'open', failures, since, problem, openings: openings + 1, until: now + waitBeforeProbe(openings) }
}

/** A call was answered, whatever with: the place is there. */
export const onReached = (breaker: Breaker): Breaker =>
  breaker.state === 'closed' && breaker.failures === 0 && breaker.openings === 0 ? breaker : closedBreaker

/** The probe is sent. */
export const onProbing = (breaker: Breaker): Breaker =>
  breaker.state === 'open' ? { ...breaker, state: 'half-open' } : breaker

/** The probe was answered: calls are made again. The next opening waits longer, until a call is answered too. */
export const onProbeAnswered = (breaker: Breaker): Breaker =>
  breaker.state === 'half-open' ? { ...closedBreaker, openings: breaker.openings } : breaker

/** The probe got no answer either. */
export const onProbeFailed = (breaker: Breaker, problem: SiteProblem, now: number): Breaker => {
  if (breaker.state !== 'half-open') return breaker
  const { openings, failures } = breaker
  const until = now + waitBeforeProbe(openings)
  return { ...breaker, state: 'open', failures: failures + 1, openings: openings + 1, until, problem }
}
