import type { SiteProblem } from '@rancher-hub/contracts'
import { hasStatus, SiteError } from '../egress/site-error.ts'
import type { HttpRequest } from '../egress/site-http.ts'
import { SitePausedError } from '../throttle/call-result.ts'
import type { Priority } from '../throttle/lanes.ts'

const ATTEMPTS = 4
/** A refused call counts at least this much of its patience, whatever the server asks for: it comes to an end. */
const MIN_WAIT_MS = 200
/** Milliseconds of pauses that one call waits out. */
const PATIENCE_MS = { interactive: 15_000, background: 120_000 } as const

/** Problems of the site; others are of one cluster or one request. */
export const siteProblems: ReadonlySet<SiteProblem['code']> = new Set([
  'address-refused',
  'name-not-found',
  'unreachable',
  'timed-out',
  'certificate-not-trusted',
  'certificate-expired',
  'certificate-wrong-host',
  'not-a-rancher',
  'not-kubernetes',
  'token-refused',
  'token-expired',
])

/** Whether the same request may be sent again after no answer: it only reads, and the trouble passes. */
export const mayReadAgain = (error: unknown, request: HttpRequest): boolean => {
  if (request.method !== 'GET') return false
  if (hasStatus(error, 502, 503, 504)) return error.problem.code !== 'cluster-unavailable'
  return (
    error instanceof SiteError && error.status === undefined && error.problem.code === 'unreachable' && error.maybeSent
  )
}

/** Decides for one call whether, and after which wait, it is sent again. */
export interface CallPatience {
  /**
   * Milliseconds until the call may be sent again; undefined: not at all. Nothing was done by a call that was refused
   * (429): it waits for its turn, since the throttle makes the pause.
   */
  waitAfter(error: unknown): number | undefined
  /** What its caller is told: when nothing is sent any more, how the attempt before ended says more. */
  toTell(error: unknown): unknown
}

/**
 * `turn`: whose priority is that of whoever waits now; a person may join a call that began in the background.
 * `mayRepeat`: whether the request may be sent again although it may have been carried out.
 */
export const createPatience = (
  turn: { readonly priority: Priority },
  mayRepeat: (error: unknown) => boolean,
): CallPatience => {
  let waited = 0
  let refusals = 0
  let failures = 0
  let before: unknown
  const growing = (times: number): number => 200 * 2 ** Math.min(times, 5) * (0.5 + Math.random())
  return {
    waitAfter: (error) => {
      const isRefused = hasStatus(error, 429)
      if (isRefused) refusals += 1
      else failures += 1
      if (!isRefused && (failures >= ATTEMPTS || !mayRepeat(error))) return undefined
      const asked = error instanceof SiteError ? error.retryAfterMs : undefined
      const wait = Math.max(MIN_WAIT_MS, asked ?? growing(isRefused ? refusals : failures))
      if (waited + wait > PATIENCE_MS[turn.priority]) return undefined
      waited += wait
      before = error
      return isRefused ? 0 : wait
    },
    toTell: (error) => (error instanceof SitePausedError ? (before ?? error) : error),
  }
}
