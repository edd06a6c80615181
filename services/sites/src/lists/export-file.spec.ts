import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FileForm, fileText } from './export-file.ts'

interface Row {
  readonly name: string
  readonly count: number | undefined
  readonly labels: Readonly<Record<string, string>>
}
const fields = [
  { name: 'name', value: ({ name }: Row) => name },
  { name: 'count', value: ({ count }: Row) => count },
  { name: 'labels', value: ({ labels }: Row) => labels },
]
const text = (rows: Iterable<Row>, form: FileForm): string =>
  [...fileText(rows, fields, form)].map((each) => each.text).join('')
const row = fc.record({
  name: fc.string({ unit: 'grapheme' }),
  count: fc.option(fc.nat(), { nil: undefined }),
  labels: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ maxLength: 8 }), { noNullPrototype: true }),
})

describe('a file', () => {
  it('as JSON gives back every row', () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const read = JSON.parse(text(rows, { format: 'json', bom: false })) as unknown
        expect(read).toEqual(JSON.parse(JSON.stringify(rows)))
      }),
      { seed: 20261126 },
    )
  })

  it('as CSV has a head and a line for each row, and a mark where it is wanted', () => {
    const rows = [{ name: '=1', count: 2, labels: { app: 'cart', tier: 'front' } }]
    expect(text(rows, { format: 'csv', bom: true })).toBe("\ufeffname,count,labels\r\n'=1,2,app=cart; tier=front\r\n")
    expect(text([], { format: 'csv', bom: false })).toBe('name,count,labels\r\n')
  })

  it('is made while it is taken, in pieces that fit into messages', () => {
    let made = 0
    const rows = function* (): Iterable<Row> {
      for (; made < 20_000; made += 1) yield { name: `a name of some length ${made}`, count: made, labels: {} }
    }
    const pieces = fileText(rows(), fields, { format: 'csv', bom: false })[Symbol.iterator]()
    const first = pieces.next()
    expect([first.value.text.length > 50_000, first.value.text.length <= 100_000, made < 20_000]).toEqual([
      true,
      true,
      true,
    ])
  })
})
