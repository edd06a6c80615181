import { BYTE_ORDER_MARK, type Cell, csvLine } from './csv.ts'
import type { ExportField } from './export-fields.ts'

export interface FileForm {
  readonly format: 'csv' | 'json'
  readonly bom: boolean
}

/** Characters of one piece; messages must stay below 1 MB, also where each character takes three bytes. */
const PIECE = 100_000

const cellOf = (value: Cell | Readonly<Record<string, string>>): Cell =>
  typeof value === 'object'
    ? Object.entries(value)
        .map(([key, each]) => `${key}=${each}`)
        .join('; ')
    : value

const lines = function* <R>(rows: Iterable<R>, fields: readonly ExportField<R>[], bom: boolean): Iterable<string> {
  yield (bom ? BYTE_ORDER_MARK : '') + csvLine(fields.map(({ name }) => name))
  for (const row of rows) yield csvLine(fields.map(({ value }) => cellOf(value(row))))
}

const elements = function* <R>(rows: Iterable<R>, fields: readonly ExportField<R>[]): Iterable<string> {
  let before = '[\n'
  for (const row of rows) {
    yield before + JSON.stringify(Object.fromEntries(fields.map(({ name, value }) => [name, value(row)])))
    before = ',\n'
  }
  yield before === '[\n' ? '[]\n' : '\n]\n'
}

/** The text of a file, in pieces; a row is written when the piece before has been taken. */
export const fileText = function* <R>(
  rows: Iterable<R>,
  fields: readonly ExportField<R>[],
  { format, bom }: FileForm,
): Generator<{ readonly text: string }> {
  let text = ''
  for (const part of format === 'csv' ? lines(rows, fields, bom) : elements(rows, fields)) {
    if (text !== '' && text.length + part.length > PIECE) {
      yield { text }
      text = ''
    }
    text += part
  }
  yield { text }
}
