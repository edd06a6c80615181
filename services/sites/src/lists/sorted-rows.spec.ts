import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSortedRows, type Entry } from './sorted-rows.ts'

interface Row {
  readonly id: number
  readonly value: number
}
const compare = (a: Row, b: Row): number => a.value - b.value || a.id - b.id
type Rows = Map<number, Entry<Row>>
const entry = (id: number, value: number): Entry<Row> => ({ row: { id, value }, slot: id })
const sortedEntries = (rows: Rows): Entry<Row>[] => [...rows.values()].sort((a, b) => compare(a.row, b.row))
const sorted = (rows: Rows): number[] => sortedEntries(rows).map(({ slot }) => slot)

/** Changes of some rows: a new value, or gone. */
const changes = fc.array(
  fc.record({ id: fc.nat(40), value: fc.option(fc.nat(6), { nil: undefined }), ask: fc.boolean() }),
  { maxLength: 200 },
)

describe('an order', () => {
  it('is the sorted list after any changes, however often it was asked for in between', () => {
    fc.assert(
      fc.property(changes, (steps) => {
        const rows = new Map() as Rows
        const order = createSortedRows(() => sortedEntries(rows), compare)
        for (const { id, value, ask } of steps) {
          const before = rows.get(id)
          const after = value === undefined ? undefined : entry(id, value)
          if (after === undefined) rows.delete(id)
          else rows.set(id, after)
          order.note(before, after)
          if (ask) expect([...order.slots()]).toEqual(sorted(rows))
        }
        expect([...order.slots()]).toEqual(sorted(rows))
      }),
      { seed: 20261126, numRuns: 200 },
    )
  })

  it('is sorted anew where it does not find what goes, for rows that compare as equal', () => {
    const rows: Rows = new Map([1, 2, 3].map((id) => [id, entry(id, 0)]))
    const order = createSortedRows(
      () => [...rows.values()],
      () => 0,
    )
    expect([...order.slots()]).toEqual([1, 2, 3])
    const before = rows.get(3)
    rows.delete(3)
    order.note(before, undefined)
    expect([...order.slots()]).toEqual([1, 2])
  })

  it('is the sorted list after thousands of changes at once', () => {
    const rows = new Map() as Rows
    const order = createSortedRows(() => sortedEntries(rows), compare)
    const change = (id: number, value: number): void => {
      const before = rows.get(id)
      const after = entry(id, value)
      rows.set(id, after)
      order.note(before, after)
    }
    for (const step of [100, 3000, 5000, 60]) {
      for (let id = 0; id < step; id += 1) change(id, (id * 7919 + step) % 101)
      expect([...order.slots()]).toEqual(sorted(rows))
    }
  })
})
