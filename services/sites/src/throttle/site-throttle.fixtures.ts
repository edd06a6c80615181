import { SiteError } from '../egress/site-error.ts'
import { SitePausedError } from './call-result.ts'
import type { Priority } from './lanes.ts'
import { createManualClock, type ManualClock } from './manual-clock.fixtures.ts'
import type { CallOutcome } from './recent-calls.ts'
import { SITE_SCOPE } from './site-breakers.ts'
import { createSiteThrottle } from './site-throttle.ts'

export const noAnswer = () => new SiteError({ code: 'timed-out', message: 'No answer in time.' }, { maybeSent: true })
export const tooMany = (retryAfterMs?: number) =>
  new SiteError({ code: 'throttled', message: 'Too many.' }, { status: 429, maybeSent: true, retryAfterMs })
export const status = (code: number) =>
  new SiteError({ code: 'upstream-error', message: String(code) }, { status: code })

/** A throttle on a clock that stands, with calls that end as a spec says. */
export const openThrottle = (max = 2, probe: () => Promise<void> = async () => undefined) => {
  const clock: ManualClock = createManualClock()
  const probed: string[] = []
  const outcomes: CallOutcome[] = []
  let changes = 0
  const throttle = createSiteThrottle({
    host: 'rancher.example.com',
    max,
    clock,
    probe: async (scope) => {
      probed.push(scope)
      await probe()
    },
    onChanged: () => {
      changes += 1
    },
    onCall: (outcome) => outcomes.push(outcome),
  })
  const begun: string[] = []
  /** Calls and tells the breakers how it ended, as callers do. */
  const call = async (
    name: string,
    end: unknown = undefined,
    more: { ms?: number; priority?: Priority; scope?: string; signal?: AbortSignal; isOpening?: boolean } = {},
  ): Promise<string> => {
    const { ms = 0, priority = 'interactive', scope = SITE_SCOPE, ...rest } = more
    try {
      await throttle.take({ priority, scope, ...rest }, async () => {
        begun.push(name)
        if (ms > 0) await new Promise<void>((resolve) => void clock.after(ms, resolve))
        if (end !== undefined) throw end
      })
      throttle.breakers.note(scope)
      return 'done'
    } catch (error) {
      throttle.breakers.note(scope, error)
      return error instanceof SitePausedError ? 'paused' : error instanceof SiteError ? error.problem.code : 'left'
    }
  }
  const fail = async (times: number, scope: string = SITE_SCOPE) => {
    for (let index = 0; index < times; index += 1) await call('failing', noAnswer(), { scope })
  }
  return { throttle, clock, probed, begun, call, fail, outcomes, changes: () => changes }
}
