import { describe, expect, it } from 'vitest'
import type { SiteHttp } from '../egress/site-http.ts'
import { settle } from '../throttle/manual-clock.fixtures.ts'
import { openThrottle } from '../throttle/site-throttle.fixtures.ts'
import { createSiteCallers } from './site-caller.ts'

/** A server that refuses every call, and asks for ten seconds before the next. */
const refusing = () => {
  let asked = 0
  const http = {
    base: new URL('https://rancher.example.com'),
    request: async () => {
      asked += 1
      return { status: 429, headers: { 'retry-after': '10' }, text: '{}' }
    },
  } as Partial<SiteHttp> as SiteHttp
  return { http, asked: () => asked }
}

describe('a person', () => {
  it('who joins a read in the background waits no longer than for one of their own', async () => {
    const { http, asked } = refusing()
    const { throttle, clock } = openThrottle()
    const callerOf = createSiteCallers({ http, upstream: 'rancher', throttle })
    const read = async (priority: 'interactive' | 'background') =>
      await callerOf({ priority })
        .json({ method: 'GET', path: '/api' })
        .catch((error: unknown) => error)
    const background = read('background')
    await settle()
    expect(asked()).toBe(1)
    let told: unknown
    const person = read('interactive').then((error) => {
      told = error
    })
    await clock.move(10_000)
    expect([asked(), told]).toEqual([2, expect.objectContaining({ status: 429 })])
    await Promise.all([background, person])
  })
})
