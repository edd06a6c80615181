import type { SerializedEvent } from './event-check.ts'
import {
  type AppendResult,
  categoryOf,
  type ExpectedRevision,
  type RecordedEvent,
  WrongExpectedRevisionError,
} from './event-store.port.ts'
import type { EventPage } from './follow.ts'

interface Row extends SerializedEvent {
  readonly stream: string
  readonly revision: number
  readonly position: number
}

const PAGE = 500

const toRecorded = (row: Row): RecordedEvent => ({
  id: row.id,
  type: row.type,
  data: JSON.parse(row.data),
  metadata: JSON.parse(row.metadata),
  stream: row.stream,
  revision: row.revision,
  position: row.position,
})

const resultOf = (row: Row | undefined): AppendResult | undefined =>
  row === undefined ? undefined : { revision: row.revision, position: row.position }

/** Where these very events are already, if they sit right after the expected revision. */
const repeated = (
  rows: readonly Row[],
  events: readonly SerializedEvent[],
  expected: ExpectedRevision,
): AppendResult | undefined => {
  const first = expected === 'none' ? 0 : expected + 1
  const there = rows.slice(first, first + events.length)
  const same = there.length === events.length && there.every((row, index) => row.id === events[index]?.id)
  return same ? resultOf(there.at(-1)) : undefined
}

/** Streams and their common order, as JSON text in memory. */
export class MemoryLog {
  readonly #rows: Row[] = []
  readonly #ids = new Set<string>()
  readonly #streams = new Map<string, Row[]>()

  /** Nothing is written when these very events are there already. @throws WrongExpectedRevisionError */
  append(
    stream: string,
    events: readonly SerializedEvent[],
    expected: ExpectedRevision,
  ): { readonly result: AppendResult; readonly written: boolean } {
    const rows = this.#streams.get(stream) ?? []
    const actual = rows.length - 1
    const done = repeated(rows, events, expected)
    if (done !== undefined) return { result: done, written: false }
    const wrong = actual !== (expected === 'none' ? -1 : expected)
    if (wrong || events.some(({ id }) => this.#ids.has(id)))
      throw new WrongExpectedRevisionError(stream, expected, actual)
    for (const event of events) {
      const row: Row = { ...event, stream, revision: rows.length, position: this.#rows.length + 1 }
      rows.push(row)
      this.#rows.push(row)
      this.#ids.add(row.id)
    }
    this.#streams.set(stream, rows)
    return { result: { revision: rows.length - 1, position: this.#rows.length }, written: true }
  }

  stream(stream: string, from: number, limit: number | undefined): RecordedEvent[] {
    return (this.#streams.get(stream) ?? []).slice(from, limit === undefined ? undefined : from + limit).map(toRecorded)
  }

  page(categories: readonly string[] | undefined, after: number): EventPage {
    const from = Math.max(after, 0)
    const rows = this.#rows.slice(from, from + PAGE)
    const wanted = categories === undefined ? rows : rows.filter((row) => categories.includes(categoryOf(row.stream)))
    const through = rows.at(-1)?.position ?? after
    return { events: wanted.map(toRecorded), through, complete: from + rows.length >= this.#rows.length }
  }

  head(): number {
    return this.#rows.at(-1)?.position ?? -1
  }
}
