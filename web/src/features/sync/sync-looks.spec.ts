import { describe, expect, it } from 'vitest'
import { progressOf } from './sync-looks.ts'

describe('the progress of a sync', () => {
  const now = new Date('2026-11-24T10:01:00Z')
  it('guesses nothing before the first object is done', () => {
    expect(progressOf(0, 10, '2026-11-24T10:00:00Z', now)).toEqual({
      share: 0,
      perMinute: undefined,
      leftMs: undefined,
    })
  })
  it('tells rate and time left from what was done', () => {
    expect(progressOf(5, 10, '2026-11-24T10:00:00Z', now)).toEqual({ share: 0.5, perMinute: 5, leftMs: 60_000 })
  })
})
