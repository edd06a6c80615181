import type { SiteProblem } from '@rancher-hub/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Breaker,
  closedBreaker,
  onFailed,
  onProbeAnswered,
  onProbeFailed,
  onProbing,
  onReached,
  waitBeforeProbe,
} from './breaker.ts'

const problem: SiteProblem = { code: 'timed-out', message: 'No answer.' }
const failed = (breaker: Breaker, times: number, now = 0): Breaker =>
  Array.from({ length: times }).reduce<Breaker>((each) => onFailed(each, problem, now), breaker)

describe('the breaker', () => {
  it('opens after five failures in a row, and tells since when', () => {
    const four = failed(onFailed(closedBreaker, problem, 100), 3, 200)
    expect(four.state).toBe('closed')
    expect(onFailed(four, problem, 300)).toMatchObject({ state: 'open', failures: 5, since: 100, until: 2300 })
  })

  it('counts from the beginning after an answer', () => {
    expect(failed(onReached(failed(closedBreaker, 4)), 4).state).toBe('closed')
  })

  it('is closed by a late answer, whatever it waits for', () => {
    expect(onReached(failed(closedBreaker, 5))).toBe(closedBreaker)
    expect(onReached(onProbing(failed(closedBreaker, 5)))).toBe(closedBreaker)
  })

  it('lets its probe decide, and waits longer when that fails', () => {
    const probing = onProbing(failed(closedBreaker, 5, 0))
    expect(probing.state).toBe('half-open')
    expect(onProbeAnswered(probing)).toMatchObject({ state: 'closed', failures: 0 })
    expect(onProbeFailed(probing, problem, 2000)).toMatchObject({ state: 'open', failures: 6, since: 0, until: 6000 })
  })

  it('waits longer when it opens again before any call was answered', () => {
    const again = failed(onProbeAnswered(onProbing(failed(closedBreaker, 5))), 5, 10_000)
    expect(again).toMatchObject({ state: 'open', until: 10_000 + waitBeforeProbe(1) })
    expect([0, 1, 2, 3, 4, 1000].map(waitBeforeProbe)).toEqual([2000, 4000, 8000, 16_000, 30_000, 30_000])
  })

  it('is never stuck: from any state, an answered probe makes calls go again', () => {
    const step = fc.constantFrom('failed', 'reached', 'probing', 'probe answered', 'probe failed')
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        let breaker: Breaker = closedBreaker
        for (const [now, each] of steps.entries()) {
          const before = breaker
          if (each === 'failed') breaker = onFailed(breaker, problem, now)
          else if (each === 'reached') breaker = onReached(breaker)
          else if (each === 'probing') breaker = onProbing(breaker)
          else if (each === 'probe answered') breaker = onProbeAnswered(breaker)
          else breaker = onProbeFailed(breaker, problem, now)
          // Only failures open it, and only a probe or an answer closes it.
          if (before.state === 'closed' && breaker.state !== 'closed') expect(each).toBe('failed')
          if (before.state !== 'closed' && breaker.state === 'closed')
            expect(['reached', 'probe answered']).toContain(each)
          if (breaker.state === 'open') expect(breaker.until - now).toBeLessThanOrEqual(30_000)
        }
        expect(onProbeAnswered(onProbing(breaker)).state).toBe('closed')
      }),
    )
  })
})
