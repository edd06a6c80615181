import { ChangeSignal } from './change-signal.ts'
import { type SerializedEvent, serializeAppend } from './event-check.ts'
import {
  type AppendResult,
  categoryOf,
  type EventStore,
  EventStoreUnavailableError,
  type ExpectedRevision,
  type NewEvent,
  type RecordedEvent,
  WrongExpectedRevisionError,
} from './event-store.port.ts'
import { type EventPage, follow } from './follow.ts'

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

/** Keeps everything in memory, as JSON text, so that what works here works on disk. For tests. */
export const openMemoryEventStore = (): EventStore => {
  const log: Row[] = []
  const streams = new Map<string, Row[]>()
  const changes = new ChangeSignal()
  const closed = new AbortController()

  const assertOpen = (): void => {
    if (closed.signal.aborted) throw new EventStoreUnavailableError('The event store is closed')
  }

  const repeated = (rows: readonly Row[], events: readonly SerializedEvent[], expected: ExpectedRevision): AppendResult | undefined => {
    const first = expected === 'none' ? 0 : expected === 'any' ? rows.findIndex((row) => row.id === events[0]?.id) : expected + 1
    if (first < 0) return undefined
    const there = rows.slice(first, first + events.length)
    if (there.length !== events.length || there.some((row, index) => row.id !== events[index]?.id)) return undefined
    const last = there.at(-1)
    return last === undefined ? undefined : { revision: last.revision, position: last.position }
  }

  const append = (stream: string, events: readonly NewEvent[], expected: ExpectedRevision): AppendResult => {
    assertOpen()
    const serialized = serializeAppend(stream, events)
    const rows = streams.get(stream) ?? []
    const actual = rows.length - 1
    const done = repeated(rows, serialized, expected)
    if (done !== undefined) return done
    if (expected !== 'any' && actual !== (expected === 'none' ? -1 : expected)) throw new WrongExpectedRevisionError(stream, expected, actual)
    if (serialized.some(({ id }) => log.some((row) => row.id === id))) throw new WrongExpectedRevisionError(stream, expected, actual)
    for (const event of serialized) {
      const row: Row = { ...event, stream, revision: rows.length, position: log.length + 1 }
      rows.push(row)
      log.push(row)
    }
    streams.set(stream, rows)
    changes.notify()
    return { revision: rows.length - 1, position: log.length }
  }

  const readPage =
    (categories: readonly string[] | undefined) =>
    (after: number): EventPage => {
      const from = Math.max(after, 0)
      const slice = log.slice(from, from + PAGE)
      const wanted = categories === undefined ? slice : slice.filter((row) => categories.includes(categoryOf(row.stream)))
      const through = from + slice.length
      return { events: wanted.map(toRecorded), through: through === 0 ? after : through, complete: through >= log.length }
    }

  return {
    append: async (stream, events, { expected }) => append(stream, events, expected),
    readStream: async function* (stream, options = {}) {
      assertOpen()
      const from = options.from ?? 0
      const rows = (streams.get(stream) ?? []).slice(from, options.limit === undefined ? undefined : from + options.limit)
      for (const row of rows) yield toRecorded(row)
    },
    readAll: async function* (options = {}) {
      assertOpen()
      const page = readPage(options.categories)
      for (let after = options.after ?? -1; ; ) {
        const { events, through, complete } = page(after)
        yield* events
        if (complete) return
        after = through
      }
    },
    subscribe: async function* ({ after, categories, signal }) {
      assertOpen()
      yield* follow(readPage(categories), changes, after ?? -1, AbortSignal.any([signal, closed.signal]))
    },
    head: async () => (log.length === 0 ? -1 : log.length),
    [Symbol.asyncDispose]: async () => closed.abort(),
  }
}
