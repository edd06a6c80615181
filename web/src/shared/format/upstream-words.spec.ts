import { describe, expect, it } from 'vitest'
import { upstreamWords } from './upstream-words.ts'

describe('words of a server', () => {
  it('are told where the sentence does not quote them', () => {
    expect(upstreamWords({ message: 'It is refused.', upstream: 'Unauthorized' })).toBe('Unauthorized')
    expect(upstreamWords({ message: 'It says: Unauthorized', upstream: 'Unauthorized' })).toBeUndefined()
    expect(upstreamWords({ message: 'It is away.' })).toBeUndefined()
  })
})
