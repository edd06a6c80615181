import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLanes } from './lanes.ts'

describe('lanes', () => {
  it('let interactive entries go first, each lane in its order', () => {
    const lanes = createLanes<string>()
    lanes.add('b1', 'background')
    lanes.add('b2', 'background')
    lanes.add('i1', 'interactive')
    lanes.add('i2', 'interactive')
    lanes.promote('b2')
    expect([1, 2, 3, 4, 5].map(() => lanes.next())).toEqual(['i1', 'i2', 'b2', 'b1', undefined])
  })

  it('let one in the background go after eight interactive ones', () => {
    const lanes = createLanes<string>()
    for (let index = 0; index < 20; index += 1) lanes.add(`i${index}`, 'interactive')
    lanes.add('b', 'background')
    const order = Array.from({ length: 21 }, () => lanes.next())
    expect(order.indexOf('b')).toBe(8)
  })

  it('lose nobody and give nobody out twice', () => {
    const step = fc.oneof(
      fc.constantFrom('interactive' as const, 'background' as const),
      fc.constantFrom('next' as const, 'remove' as const, 'promote' as const),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const lanes = createLanes<number>()
        const expected = new Set<number>()
        const out: number[] = []
        for (const [index, each] of steps.entries()) {
          if (each === 'next') out.push(lanes.next() ?? -1)
          else if (each === 'remove')
            expect(lanes.remove(index - 1)).toBe(expected.has(index - 1) && !out.includes(index - 1))
          else if (each === 'promote') lanes.promote(index - 1)
          else {
            lanes.add(index, each)
            expected.add(index)
          }
          if (each === 'remove' && !out.includes(index - 1)) expected.delete(index - 1)
        }
        out.push(...lanes.takeAll(() => true))
        expect(out.filter((each) => each >= 0).toSorted((a, b) => a - b)).toEqual([...expected])
        expect(lanes.size).toBe(0)
      }),
    )
  })
})
