import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asAnswered, inPlace } from './steady-rows.ts'

interface Row {
  readonly id: string
  readonly text: string
}
const idOf = ({ id }: Row): string => id
const rows = fc.uniqueArray(fc.record({ id: fc.constantFrom(...'abcdefgh'), text: fc.string() }), {
  selector: idOf,
})

describe('rows of a live list', () => {
  it('stay where they are with their newest content, whatever the list becomes', () => {
    fc.assert(
      fc.property(rows, fc.array(rows), (first, later) => {
        let steady = asAnswered(first, idOf)
        for (const answer of later) {
          steady = inPlace(steady.rows, answer, idOf)
          expect(steady.rows.map(({ id }) => id)).toEqual(first.map(idOf))
          for (const { id, row, isGone } of steady.rows) {
            const fresh = answer.find((each) => each.id === id)
            expect(isGone).toBe(fresh === undefined)
            if (fresh !== undefined) expect(row).toBe(fresh)
          }
          expect(steady.waiting).toBe(answer.filter(({ id }) => !first.some((each) => each.id === id)).length)
          expect(steady.isBehind).toBe(first.map(idOf).join() !== answer.map(idOf).join())
        }
      }),
    )
  })
})
