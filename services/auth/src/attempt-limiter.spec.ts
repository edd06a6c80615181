import { describe, expect, it } from 'vitest'
import { accountKey, addressKey, createAttemptLimiter } from './attempt-limiter.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 24) + seconds * 1000)
const ada = accountKey('ada')

describe('attempt limiter', () => {
  it('lets five failures through, then makes each next one wait twice as long', () => {
    const limiter = createAttemptLimiter()
    for (let attempt = 0; attempt < 5; attempt += 1) expect(limiter.claim([ada], at(0))).toBe(0)
    expect(limiter.claim([ada], at(0))).toBe(1)
    expect(limiter.claim([ada], at(1))).toBe(0)
    expect(limiter.claim([ada], at(1))).toBe(2)
    expect(limiter.claim([ada], at(3))).toBe(0)
    expect(limiter.claim([ada], at(3))).toBe(4)
  })

  it('never makes an account wait more than a minute', () => {
    const limiter = createAttemptLimiter()
    let second = 0
    for (let attempt = 0; attempt < 40; attempt += 1) second += limiter.claim([ada], at(second))
    expect(limiter.claim([ada], at(second))).toBeLessThanOrEqual(60)
  })

  it('limits an address over all accounts', () => {
    const limiter = createAttemptLimiter()
    for (let attempt = 0; attempt < 20; attempt += 1)
      expect(limiter.claim([accountKey(`user${attempt}`), addressKey('192.0.2.1')], at(0))).toBe(0)
    expect(limiter.claim([accountKey('another'), addressKey('192.0.2.1')], at(0))).toBeGreaterThan(0)
    expect(limiter.claim([accountKey('another'), addressKey('192.0.2.2')], at(0))).toBe(0)
  })

  it('forgets failures after a success and after half an hour', () => {
    const limiter = createAttemptLimiter()
    for (let attempt = 0; attempt < 5; attempt += 1) limiter.claim([ada], at(0))
    expect(limiter.claim([ada], at(1801))).toBe(0)
    for (let attempt = 0; attempt < 4; attempt += 1) limiter.claim([ada], at(1801))
    limiter.succeeded([ada], [ada])
    expect(limiter.claim([ada], at(1801))).toBe(0)
  })
})
