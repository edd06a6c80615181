import { describe, expect, it } from 'vitest'
import { createKnowledge } from './knowledge.ts'

const lost = { code: 'unreachable', message: 'gone' } as const

describe('knowledge of a kind', () => {
  it('has the age that has passed, whatever the clock is set to', () => {
    let [now, elapsed] = [1_000_000, 0]
    const known = createKnowledge({ now: () => now, elapsed: () => elapsed }, () => {})
    expect(known.asOf()).toBeUndefined()
    known.complete()
    // An hour back: what is right now is as of now.
    now -= 3_600_000
    expect(known.asOf()).toBe(now)
    known.lost(lost)
    elapsed += 5_000
    now += 5_000 + 86_400_000
    expect(now - (known.asOf() ?? 0)).toBe(5_000)
    known.complete()
    expect(known.asOf()).toBe(now)
  })

  it('stays complete when changes stop, and tells what is new only', () => {
    let changes = 0
    const clocks = { now: () => 0, elapsed: () => 0 }
    const known = createKnowledge(clocks, () => {
      changes += 1
    })
    known.lost(lost)
    expect([known.state(), known.isCurrent(), changes]).toEqual(['failed', false, 1])
    known.complete()
    known.complete()
    known.lost(lost)
    known.lost(lost)
    expect([known.state(), known.isCurrent(), known.problem()?.code, changes]).toEqual([
      'complete',
      false,
      'unreachable',
      3,
    ])
    known.forbidden({ code: 'forbidden', message: 'no' })
    expect([known.state(), known.isCurrent()]).toEqual(['forbidden', true])
  })
})
