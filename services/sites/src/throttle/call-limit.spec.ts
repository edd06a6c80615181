import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CallLimit, callsAtOnce, callsPerSecond, newCallLimit, onAnswered, onRefused } from './call-limit.ts'

const refusedAt = (limit: CallLimit, now: number, more: Partial<Parameters<typeof onRefused>[1]> = {}): CallLimit =>
  onRefused(limit, { begunAt: now, answeredPerSecond: 10, byFairness: false, ...more }, now)
const answered = (limit: CallLimit, times: number): CallLimit =>
  Array.from({ length: times }).reduce<CallLimit>(onAnswered, limit)

describe('the limit of calls', () => {
  it('begins where it is configured, and has no limit per second', () => {
    const limit = newCallLimit(10)
    expect(callsAtOnce(limit)).toBe(10)
    expect(callsPerSecond(limit, 0)).toBeUndefined()
  })

  it('is halved by a refusal, and grows by one for each round of answers', () => {
    const limit = refusedAt(newCallLimit(8), 1000)
    expect(callsAtOnce(limit)).toBe(4)
    expect(callsAtOnce(answered(limit, 5))).toBe(5)
    expect(callsAtOnce(answered(limit, 100))).toBe(8)
  })

  it('is lowered once for all calls that were under way together', () => {
    const first = refusedAt(newCallLimit(8), 1000)
    const second = refusedAt(first, 1010, { begunAt: 990, retryAfterMs: 3000 })
    expect(callsAtOnce(second)).toBe(4)
    expect(second.rate).toBe(first.rate)
    expect(second.pausedUntil).toBe(4010)
  })

  it('takes what the server did answer as its rate, less a part, and lets it grow evenly', () => {
    const limit = refusedAt(newCallLimit(10), 0, { retryAfterMs: 1000 })
    expect(callsPerSecond(limit, 0)).toBeCloseTo(8.5)
    expect(callsPerSecond(limit, 1000)).toBeCloseTo(8.5)
    expect(callsPerSecond(limit, 6000)).toBeCloseTo(10)
    expect(callsPerSecond(limit, 300_001)).toBeUndefined()
  })

  it('limits calls at the same time only, when the API server’s priority and fairness refuses', () => {
    const limit = refusedAt(newCallLimit(10), 0, { byFairness: true, retryAfterMs: 1000 })
    expect(callsPerSecond(limit, 0)).toBeUndefined()
    expect(callsAtOnce(limit)).toBe(5)
    expect(limit.pausedUntil).toBe(1000)
  })

  it('leaves the calls per second as they have become, when the API server’s priority and fairness refuses', () => {
    const limit = refusedAt(newCallLimit(10), 0)
    const before = callsPerSecond(limit, 60_000) ?? 0
    const grown = refusedAt(limit, 60_000, { byFairness: true })
    expect(before).toBeGreaterThan(18)
    expect(callsPerSecond(grown, 60_000)).toBeCloseTo(before)
    const forgotten = refusedAt(limit, 400_000, { byFairness: true })
    expect(callsPerSecond(forgotten, 400_000)).toBeUndefined()
  })

  it('pauses longer each time when the server does not say how long, and at most a minute when it does', () => {
    const first = refusedAt(newCallLimit(10), 0)
    expect(first.pausedUntil).toBe(250)
    const second = refusedAt(first, 1000)
    expect(second.pausedUntil).toBe(1500)
    expect(refusedAt(second, 2000, { retryAfterMs: 3_600_000 }).pausedUntil).toBe(62_000)
    expect(refusedAt(answered(second, 1), 3000).pausedUntil).toBe(3250)
  })

  it('stays within its bounds, never goes up by a refusal, and pauses at least as long as asked, whatever happens', () => {
    const step = fc.record({
      after: fc.integer({ min: 0, max: 30_000 }),
      call: fc.oneof(
        fc.constant('answered' as const),
        fc.record({
          age: fc.integer({ min: 0, max: 60_000 }),
          retryAfterMs: fc.option(fc.integer({ min: 0, max: 120_000 }), { nil: undefined }),
          answeredPerSecond: fc.integer({ min: 0, max: 1000 }),
          byFairness: fc.boolean(),
        }),
      ),
    })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.array(step, { maxLength: 200 }), (max, steps) => {
        let limit = newCallLimit(max)
        let now = 0
        for (const { after, call } of steps) {
          now += after
          const before = { limit, rate: callsPerSecond(limit, now) }
          if (call === 'answered') limit = onAnswered(limit)
          else {
            limit = onRefused(limit, { ...call, begunAt: now - call.age }, now)
            expect(limit.concurrent).toBeLessThanOrEqual(before.limit.concurrent)
            expect(limit.pausedUntil).toBeGreaterThanOrEqual(now + Math.min(60_000, call.retryAfterMs ?? 1))
            if (before.rate !== undefined && before.rate > 2)
              expect(callsPerSecond(limit, now)).toBeLessThanOrEqual(before.rate)
          }
          expect(limit.pausedUntil).toBeLessThanOrEqual(now + 60_000)
          expect(callsAtOnce(limit)).toBeGreaterThanOrEqual(1)
          expect(callsAtOnce(limit)).toBeLessThanOrEqual(max)
          expect(callsPerSecond(limit, now) ?? 1).toBeGreaterThan(0)
        }
        // It always comes back.
        expect(callsAtOnce(answered(limit, max * max + max))).toBe(max)
        expect(callsPerSecond(limit, now + 300_001)).toBeUndefined()
      }),
    )
  })
})
