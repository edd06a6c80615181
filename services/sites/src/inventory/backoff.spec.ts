import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPauses } from './backoff.ts'

const LONG_MS = 600_000

describe('pauses before a site is asked again', () => {
  // The pauses themselves are real, and longer than any spec: only who ends them is looked at.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout'] }))
  afterEach(() => void vi.useRealTimers())
  const start = (random: () => number = () => 0.5) => {
    const pauses = createPauses({ spreadMs: 1_000, random })
    const stopping = new AbortController()
    const ended: string[] = []
    const wait = (name: string, siteId = 'a') =>
      void pauses.wait(siteId, LONG_MS, stopping.signal).then((goesOn) => ended.push(`${name} ${goesOn}`))
    return { ...pauses, wait, ended, [Symbol.dispose]: () => stopping.abort() }
  }

  it('end at once for all who wait for the site when a person asks', async () => {
    using pauses = start()
    for (const name of ['first', 'second']) pauses.wait(name)
    pauses.wait('elsewhere', 'b')
    pauses.end('a')
    await vi.advanceTimersByTimeAsync(0)
    expect(pauses.ended).toEqual(['first true', 'second true'])
  })

  it('end one after the other when the site answers', async () => {
    const places = [0.9, 0.1]
    using pauses = start(() => places.shift() ?? 0)
    for (const name of ['late', 'early']) pauses.wait(name)
    pauses.ease('a')
    await vi.advanceTimersByTimeAsync(99)
    expect(pauses.ended).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(pauses.ended).toEqual(['early true'])
    await vi.advanceTimersByTimeAsync(800)
    expect(pauses.ended).toEqual(['early true', 'late true'])
  })

  it('end once in five seconds, however often it answers and fails in turn', async () => {
    using pauses = start()
    pauses.wait('first')
    pauses.ease('a')
    await vi.advanceTimersByTimeAsync(500)
    pauses.wait('again')
    for (let answered = 0; answered < 9; answered += 1) {
      pauses.ease('a')
      await vi.advanceTimersByTimeAsync(499)
    }
    expect(pauses.ended).toEqual(['first true'])
    await vi.advanceTimersByTimeAsync(9)
    pauses.ease('a')
    await vi.advanceTimersByTimeAsync(500)
    expect(pauses.ended).toEqual(['first true', 'again true'])
  })

  it('do not go on when whoever waits is stopped', async () => {
    const pauses = start()
    pauses.wait('first')
    pauses[Symbol.dispose]()
    await vi.advanceTimersByTimeAsync(0)
    expect(pauses.ended).toEqual(['first false'])
  })
})
