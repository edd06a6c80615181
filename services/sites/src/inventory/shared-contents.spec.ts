import type { Normalized } from '@rancher-hub/kubernetes'
import { describe, expect, it } from 'vitest'
import { type ContentParts, createSharedContents } from './shared-contents.ts'

const parts = (content: Normalized): ContentParts => ({
  json: JSON.stringify(content),
  images: {},
  keys: {},
  labels: {},
  references: [],
})

describe('shared contents', () => {
  it('are held once for all who take them, and not after the last has given them back', () => {
    const contents = createSharedContents()
    const [one, two] = [
      contents.take('a', () => parts({ data: { x: '1' } })),
      contents.take('a', () => {
        throw new Error('is there already')
      }),
    ]
    expect(one).toBe(two)
    expect(one.read()).toEqual({ data: { x: '1' } })
    expect(contents.held().count).toBe(1)
    contents.release(one)
    expect(contents.held().count).toBe(1)
    contents.release(two)
    expect(contents.held()).toEqual({ count: 0, size: 0 })
    expect(() => contents.release(one)).toThrow('Nobody holds')
    // Whoever still has one can read it.
    expect(one.read()).toEqual({ data: { x: '1' } })
  })

  it('take less room than their text when they are long, and stay what they were', () => {
    const contents = createSharedContents()
    const long = { data: { page: 'größer als alles ☃ '.repeat(5_000) } }
    const taken = contents.take('long', () => parts(long))
    expect(taken.read()).toEqual(long)
    expect(contents.held().size).toBeLessThan(JSON.stringify(long).length / 10)
    contents.release(taken)
    expect(contents.held().size).toBe(0)
  })
})
