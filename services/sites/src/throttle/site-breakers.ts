import { toNetworkError } from '../egress/network-problem.ts'
import { SiteError } from '../egress/site-error.ts'
import {
  type Breaker,
  type BrokenBreaker,
  closedBreaker,
  onFailed,
  onProbeAnswered,
  onProbeFailed,
  onProbing,
  onReached,
} from './breaker.ts'
import { pausedError, type SitePausedError, whatItSays } from './call-result.ts'
import type { Clock } from './clock.ts'

/** The site itself among the scopes; all others are clusters behind Rancher, by id. */
export const SITE_SCOPE = ''

/** A breaker for the site and one for each cluster behind it: a dead cluster stops no other. */
export interface SiteBreakers extends Disposable {
  /** What callers of a place are told; undefined: it is called. */
  pausedError(scope: string): SitePausedError | undefined
  /** Notes how a call to a place ended; undefined: well. */
  note(scope: string, error?: unknown): void
  /** Probes at once whatever is not closed, and waits for what comes of it. */
  tryNow(): Promise<void>
  /** Places that are not called now. */
  broken(): readonly { readonly scope: string; readonly breaker: BrokenBreaker }[]
}

export interface SiteBreakersOptions {
  readonly host: string
  readonly clock: Clock
  /** A small read of a place. @throws SiteError when it is not answered well */
  readonly probe: (scope: string) => Promise<void>
  /** Told after a breaker opened, closed, or its probe failed. */
  readonly onChanged: (scope: string) => void
}

export const createSiteBreakers = (options: SiteBreakersOptions): SiteBreakers => {
  const { host, clock, probe } = options
  const breakers = new Map<string, Breaker>()
  const timers = new Map<string, () => void>()
  const probes = new Map<string, Promise<void>>()
  let isDisposed = false

  const of = (scope: string): Breaker => breakers.get(scope) ?? closedBreaker
  const set = (scope: string, after: Breaker): void => {
    const before = of(scope)
    if (after === before) return
    if (after === closedBreaker) breakers.delete(scope)
    else breakers.set(scope, after)
    if (after.state === before.state) return
    timers.get(scope)?.()
    timers.delete(scope)
    if (after.state === 'open')
      timers.set(
        scope,
        clock.after(after.until - clock.now(), () => void runProbe(scope)),
      )
    if (after.state !== 'half-open') options.onChanged(scope)
  }

  const probeOnce = async (scope: string): Promise<void> => {
    set(scope, onProbing(of(scope)))
    const error = await probe(scope).then(
      () => undefined,
      (reason: unknown) => toNetworkError(reason, host),
    )
    if (isDisposed) return
    const isReached = error === undefined || whatItSays(error) === 'reached'
    set(scope, isReached ? onProbeAnswered(of(scope)) : onProbeFailed(of(scope), error.problem, clock.now()))
  }
  /** Probes a place, or waits for the probe that decides already. Throws nothing: what went wrong stands in the breaker. */
  const runProbe = async (scope: string): Promise<void> => {
    const isUnderWay = of(scope).state === 'half-open'
    const running = (isUnderWay ? probes.get(scope) : undefined) ?? probeOnce(scope)
    probes.set(scope, running)
    await running
    if (probes.get(scope) === running) probes.delete(scope)
  }

  const errorOf = (scope: string, breaker: BrokenBreaker): SitePausedError => {
    const waitMs = Math.max(0, breaker.until - clock.now())
    return pausedError({
      host,
      cluster: scope === SITE_SCOPE ? undefined : scope,
      failures: breaker.failures,
      since: clock.timeOf(breaker.since),
      nextTry: breaker.state === 'half-open' ? undefined : clock.timeOf(breaker.until),
      waitMs,
      problem: breaker.problem,
    })
  }

  return {
    pausedError: (scope) => {
      const breaker = of(scope)
      return breaker.state === 'closed' ? undefined : errorOf(scope, breaker)
    },
    note: (scope, error) => {
      const says = error === undefined ? 'reached' : whatItSays(error)
      if (says === 'reached') set(scope, onReached(of(scope)))
      else if (says === 'failed' && error instanceof SiteError)
        set(scope, onFailed(of(scope), error.problem, clock.now()))
    },
    tryNow: async () => {
      const scopes = [...breakers].filter(([, { state }]) => state !== 'closed').map(([scope]) => scope)
      await Promise.all(scopes.map(runProbe))
    },
    broken: () => [...breakers].flatMap(([scope, breaker]) => (breaker.state === 'closed' ? [] : [{ scope, breaker }])),
    [Symbol.dispose]: () => {
      isDisposed = true
      for (const cancel of timers.values()) cancel()
      timers.clear()
    },
  }
}
