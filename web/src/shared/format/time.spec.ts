import { describe, expect, it } from 'vitest'
import { pastTime, relativeTime } from './time.ts'

const now = new Date('2030-01-01T12:00:00Z')
const at = (seconds: number): Date => new Date(now.getTime() + seconds * 1000)

describe('times in words', () => {
  it('say how long ago something was', () => {
    expect(pastTime(at(-300), now, 'en')).toBe('5 minutes ago')
    expect(pastTime(at(-3), now, 'en', 'narrow')).toBe('3s ago')
  })

  it('call what a fast server clock dates ahead «now»', () => {
    expect(pastTime(at(8), now, 'en')).toBe('now')
    expect(pastTime(at(8), now, 'en', 'narrow')).toBe('now')
  })

  it('say when something is to come', () => {
    expect(relativeTime(at(8), now, 'en')).toBe('in 8 seconds')
  })
})
