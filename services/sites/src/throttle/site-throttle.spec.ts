import { describe, expect, it } from 'vitest'
import { settle } from './manual-clock.fixtures.ts'
import { SITE_SCOPE } from './site-breakers.ts'
import { noAnswer, openThrottle as open, status, tooMany } from './site-throttle.fixtures.ts'

describe('the throttle of a site', () => {
  it('makes so many calls at once, and no more', async () => {
    const { throttle, clock, call } = open(2)
    const all = Promise.all(['a', 'b', 'c', 'd', 'e'].map(async (name) => await call(name, undefined, { ms: 10 })))
    await settle()
    expect([throttle.inFlight(), throttle.waiting()]).toEqual([2, 3])
    await clock.move(30)
    expect(await all).toEqual(['done', 'done', 'done', 'done', 'done'])
    expect([throttle.inFlight(), throttle.waiting()]).toEqual([0, 0])
  })

  it('sends nothing before the time that a refusal asks for, then people’s calls first', async () => {
    const { clock, call, begun } = open(1)
    expect(await call('refused', tooMany(3000))).toBe('throttled')
    const rest = Promise.all([
      call('list', undefined, { priority: 'background' }),
      call('compare', undefined, { priority: 'interactive' }),
    ])
    await clock.move(2999)
    expect(begun).toEqual(['refused'])
    await clock.move(10_000)
    await rest
    expect(begun).toEqual(['refused', 'compare', 'list'])
  })

  it('keeps the pace that it learnt', async () => {
    const { clock, call, begun, throttle } = open(10)
    await Promise.all(Array.from({ length: 10 }, async (_, index) => await call(String(index))))
    await call('refused', tooMany(1000))
    expect(throttle.pace.perSecond()).toBeCloseTo(8.5)
    const rest = Promise.all(Array.from({ length: 100 }, async () => await call('later')))
    await clock.move(1000)
    const before = begun.length
    await clock.move(2000)
    // Evenly, a little faster each second, and as many as a late timer may catch up with.
    expect(begun.length - before).toBeGreaterThanOrEqual(17)
    expect(begun.length - before).toBeLessThanOrEqual(20)
    await clock.move(60_000)
    await rest
  })

  it('tells everybody at once when the site does not answer, and calls it again after a probe', async () => {
    const { throttle, clock, call, fail, probed, begun } = open(1)
    await fail(4)
    const slow = call('slow', undefined, { ms: 60_000 })
    const hanging = call('fifth', noAnswer(), { ms: 100, isOpening: true })
    const waiting = [call('person'), call('list', undefined, { priority: 'background' })]
    await clock.move(100)
    expect(await hanging).toBe('timed-out')
    expect(await Promise.all(waiting)).toEqual(['paused', 'paused'])
    expect(throttle.breakers.pausedError(SITE_SCOPE)?.problem).toEqual({
      code: 'timed-out',
      message: expect.stringMatching(
        /^rancher\.example\.com did not answer 5 times since \d\d:\d\d:\d\d UTC; the hub tries again at \d\d:\d\d:\d\d UTC\. The last time: No answer in time\.$/,
      ),
    })
    expect(begun).not.toContain('person')
    await clock.move(2000)
    expect(probed).toEqual([SITE_SCOPE])
    expect(throttle.breakers.pausedError(SITE_SCOPE)).toBeUndefined()
    const again = call('again')
    await clock.move(60_000)
    expect([await slow, await again]).toEqual(['done', 'done'])
  })

  it('lets the opening of a watch wait while the breaker is open', async () => {
    let answers = false
    const { clock, call, fail, begun, probed } = open(1, async () => {
      if (!answers) throw noAnswer()
    })
    await fail(5)
    const watch = call('watch', undefined, { isOpening: true })
    await clock.move(2000)
    expect([begun.includes('watch'), probed.length]).toEqual([false, 1])
    answers = true
    await clock.move(4000)
    expect(await watch).toBe('done')
    expect(probed).toHaveLength(2)
  })

  it('stops one cluster and no other, nor the site', async () => {
    const { call, fail, throttle } = open(2)
    await fail(5, 'c-dead')
    expect(await call('dead', undefined, { scope: 'c-dead' })).toBe('paused')
    expect(await call('alive', undefined, { scope: 'c-alive' })).toBe('done')
    expect(await call('site')).toBe('done')
    expect(throttle.breakers.pausedError('c-dead')?.message).toMatch(/^The cluster c-dead behind rancher\.example\.com/)
  })

  it('tries at once when asked to, and says what came of it', async () => {
    let answers = false
    const { throttle, fail, call, probed } = open(1, async () => {
      if (!answers) throw noAnswer()
    })
    await fail(5)
    await throttle.breakers.tryNow()
    expect(throttle.breakers.broken()).toMatchObject([{ scope: SITE_SCOPE, breaker: { state: 'open', failures: 6 } }])
    answers = true
    await throttle.breakers.tryNow()
    expect(throttle.breakers.broken()).toEqual([])
    expect(probed).toHaveLength(2)
    expect(await call('again')).toBe('done')
  })

  it('counts every answer as one, whatever it says, but for 502, 503 and 504', async () => {
    const { throttle, call } = open(1)
    for (const code of [400, 401, 403, 404, 409, 410, 422, 500]) {
      for (let index = 0; index < 5; index += 1) await call(String(code), status(code))
      expect(throttle.breakers.broken()).toEqual([])
    }
    for (const code of [502, 503, 504, 502, 503]) await call(String(code), status(code))
    expect(throttle.breakers.broken()).toHaveLength(1)
  })

  it('does not open because of refusals for being too many', async () => {
    const { throttle, call, clock } = open(1)
    for (let index = 0; index < 10; index += 1) {
      const refused = call('refused', tooMany(10))
      await clock.move(20_000)
      await refused
    }
    expect(throttle.breakers.broken()).toEqual([])
  })

  it('lets go of callers who leave while they wait', async () => {
    const { clock, call, begun, throttle } = open(1)
    const abort = new AbortController()
    const first = call('first', undefined, { ms: 10 })
    const second = call('second', undefined, { signal: abort.signal })
    await settle()
    abort.abort()
    expect(await second).toBe('left')
    await clock.move(10)
    expect([await first, begun, throttle.waiting()]).toEqual(['done', ['first'], 0])
  })

  it('refuses who waits when it is closed', async () => {
    const { call, throttle, clock } = open(1)
    const first = call('first', undefined, { ms: 10 })
    const second = call('second')
    await settle()
    throttle[Symbol.dispose]()
    expect(await second).toBe('unreachable')
    await clock.move(10)
    expect(await first).toBe('done')
  })
})
