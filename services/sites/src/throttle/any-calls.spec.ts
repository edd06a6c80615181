import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SITE_SCOPE } from './site-breakers.ts'
import { noAnswer, openThrottle as open, status, tooMany } from './site-throttle.fixtures.ts'

describe('any calls to a site', () => {
  it('are all answered, keep to the limit, and end, whatever happens', async () => {
    const caller = fc.record({
      at: fc.integer({ min: 0, max: 20_000 }),
      ms: fc.integer({ min: 0, max: 3000 }),
      priority: fc.constantFrom('interactive' as const, 'background' as const),
      scope: fc.constantFrom(SITE_SCOPE, 'c-one', 'c-two'),
      isOpening: fc.boolean(),
      leavesAfter: fc.option(fc.integer({ min: 0, max: 5000 }), { nil: undefined }),
      end: fc.constantFrom('answer', 'none', 'none', 'none', 'refused', 'pause', 'broken', 'missing'),
    })
    const ends = {
      answer: () => undefined,
      none: noAnswer,
      refused: () => tooMany(),
      pause: () => tooMany(2000),
      broken: () => status(503),
      missing: () => status(404),
    }
    await fc.assert(
      fc.asyncProperty(fc.array(caller, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (callers, max) => {
        let isUp = false
        const { throttle, clock, call } = open(max, async () => {
          if (!isUp) throw noAnswer()
        })
        const results: string[] = []
        for (const { at, end, leavesAfter, ...more } of callers) {
          const abort = new AbortController()
          clock.after(at, () => {
            call('x', ends[end as keyof typeof ends](), { ...more, signal: abort.signal }).then(
              (result) => results.push(result),
              () => results.push('defect'),
            )
            expect(throttle.inFlight()).toBeLessThanOrEqual(max)
          })
          if (leavesAfter !== undefined) clock.after(at + leavesAfter, () => abort.abort())
        }
        await clock.move(30_000)
        isUp = true
        await clock.move(120_000)
        expect(results).toHaveLength(callers.length)
        expect(results).not.toContain('defect')
        expect([throttle.inFlight(), throttle.waiting(), throttle.breakers.broken()]).toEqual([0, 0, []])
        throttle[Symbol.dispose]()
      }),
      { numRuns: 60 },
    )
  })
})
