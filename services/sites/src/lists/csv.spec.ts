import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvLine } from './csv.ts'

/** Reads lines as RFC 4180 writes them, independently of what wrote them. */
const readCsv = (text: string): string[][] => {
  const records: string[][] = []
  let cells: string[] = []
  let cell = ''
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at]
    if (quoted) {
      if (sign !== '"') cell += sign
      else if (text[at + 1] === '"') {
        cell += '"'
        at += 1
      } else quoted = false
    } else if (sign === '"') quoted = true
    else if (sign === ',') {
      cells.push(cell)
      cell = ''
    } else if (sign === '\r' && text[at + 1] === '\n') {
      records.push([...cells, cell])
      cells = []
      cell = ''
      at += 1
    } else cell += sign
  }
  return records
}
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', '=', '+', '-', '@', '\t', ' ', 'a', "'"), maxLength: 12 }),
)

describe('a CSV line', () => {
  it('gives back each cell, with an apostrophe before what would be a formula', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 6 }), (cells) => {
        const [read = []] = readCsv(csvLine(cells))
        expect(read.map((cell, at) => (cell === cells[at] ? cell : cell.slice(1)))).toEqual(cells)
        for (const cell of read) expect(cell).not.toMatch(/^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/)
      }),
      { seed: 20261126, numRuns: 500 },
    )
  })

  it('leaves numbers as they are, and nothing where nothing is known', () => {
    expect(csvLine([-1, undefined, true, 'a,b', 'say "hi"'])).toBe('-1,,true,"a,b","say ""hi"""\r\n')
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1', '=cmd|"/c calc"!A1'])('defuses %j', (cell) => {
    expect(readCsv(csvLine([cell]))).toEqual([[`'${cell}`]])
  })
})
