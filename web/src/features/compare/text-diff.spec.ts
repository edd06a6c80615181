import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diffLines } from './text-diff.ts'

describe('the text diff', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map((lines) => lines.join('\n'))
  it('holds both texts, and marks nothing where they are equal', () => {
    fc.assert(
      fc.property(text, text, (from, to) => {
        const lines = diffLines(from, to)
        const of = (...kinds: string[]) =>
          lines
            .filter(({ kind }) => kinds.includes(kind))
            .map((line) => line.text)
            .join('\n')
        expect(of('same', 'removed')).toBe(from)
        expect(of('same', 'added')).toBe(to)
        if (from === to) expect(lines.every(({ kind }) => kind === 'same')).toBe(true)
      }),
    )
  })
})
