import type { SiteProblem } from '@rancher-hub/contracts'
import { hasStatus, SiteError } from '../egress/site-error.ts'

/** The site is not called now: its breaker is open. Nothing was sent. */
export class SitePausedError extends SiteError {
  override name = 'SitePausedError'
}

/** Problems without an answer that are of the network, and pass. */
const networkTrouble: ReadonlySet<SiteProblem['code']> = new Set(['unreachable', 'timed-out', 'name-not-found'])

/**
 * What the end of a call says about the place that was called. `reached`: it answered, whatever with (refusals of a
 * request, too many requests, a cluster that Rancher has no connection to). `failed`: no answer, or 502, 503, 504 of
 * what stands before it. `nothing`: the caller left, the address or the certificate is refused, a defect.
 */
export const whatItSays = (error: unknown): 'reached' | 'failed' | 'nothing' => {
  if (!(error instanceof SiteError) || error instanceof SitePausedError) return 'nothing'
  if (error.status === undefined) return networkTrouble.has(error.problem.code) ? 'failed' : 'nothing'
  return hasStatus(error, 502, 503, 504) && error.problem.code !== 'cluster-unavailable' ? 'failed' : 'reached'
}

const time = (at: Date): string => at.toISOString().slice(11, 19)

/** What callers are told while a place is not called. */
export const pausedError = (paused: {
  readonly host: string
  /** Id of the cluster behind Rancher, when it is only that. */
  readonly cluster?: string | undefined
  readonly failures: number
  readonly since: Date
  /** Undefined: right now. */
  readonly nextTry: Date | undefined
  readonly waitMs: number
  readonly problem: SiteProblem
}): SitePausedError => {
  const { host, cluster, failures, since, nextTry, waitMs, problem } = paused
  const place = cluster === undefined ? host : `The cluster ${cluster} behind ${host}`
  const next = nextTry === undefined ? 'is trying again now' : `tries again at ${time(nextTry)} UTC`
  const message = `${place} did not answer ${failures} times since ${time(since)} UTC; the hub ${next}. The last time: ${problem.message}`
  const code = networkTrouble.has(problem.code) ? problem.code : 'unreachable'
  return new SitePausedError({ ...problem, code, message }, { maybeSent: false, retryAfterMs: waitMs })
}
