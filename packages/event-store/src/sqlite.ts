import { ChangeSignal } from './change-signal.ts'
import { serializeAppend } from './event-check.ts'
import { type EventStore, EventStoreUnavailableError, WrongExpectedRevisionError } from './event-store.port.ts'
import { follow } from './follow.ts'
import { createAppender } from './sqlite-append.ts'
import { openEventsDatabase } from './sqlite-database.ts'
import { createReads } from './sqlite-reads.ts'

export { EVENTS_SCHEMA_VERSION, NewerDataError, readEventsSchemaVersion } from './sqlite-database.ts'

/** Where the events are kept. */
export interface SqliteEventStoreOptions {
  /** Path of the database file; made when it is not there. Its folder must exist. */
  readonly file: string
}

/**
 * Events in one SQLite file: write-ahead log, fsync on every append. One process writes; a subscription is woken by
 * the commit of the same process, without polling.
 * @throws NewerDataError when a newer version wrote the file
 */
export const openSqliteEventStore = (options: SqliteEventStoreOptions): EventStore => {
  const db = openEventsDatabase(options.file)
  const append = createAppender(db)
  const reads = createReads(db)
  const changes = new ChangeSignal()
  const closed = new AbortController()

  const guarded = <R>(work: () => R): R => {
    if (closed.signal.aborted) throw new EventStoreUnavailableError('The event store is closed')
    try {
      return work()
    } catch (error) {
      if (error instanceof WrongExpectedRevisionError) throw error
      throw new EventStoreUnavailableError(`The event store cannot be used: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }

  return {
    append: async (stream, events, { expected }) => {
      const serialized = serializeAppend(stream, events)
      const { result, written } = guarded(() => append(stream, serialized, expected))
      if (written) changes.notify()
      return result
    },
    readStream: async function* (stream, { from = 0, limit = Number.MAX_SAFE_INTEGER } = {}) {
      for (let next = from, left = limit; ; ) {
        const { events, complete } = guarded(() => reads.streamPage(stream, next, left))
        yield* events
        if (complete) return
        next += events.length
        left -= events.length
      }
    },
    readAll: async function* ({ after = -1, categories } = {}) {
      for (let from = after; ; ) {
        const { events, through, complete } = guarded(() => reads.page(categories, from))
        yield* events
        if (complete) return
        from = through
      }
    },
    subscribe: async function* ({ after = -1, categories, signal }) {
      const readPage = (from: number) => guarded(() => reads.page(categories, from))
      guarded(() => undefined)
      yield* follow(
        { readPage, head: () => guarded(reads.head) },
        changes,
        after,
        AbortSignal.any([signal, closed.signal]),
      )
    },
    head: async () => guarded(reads.head),
    [Symbol.asyncDispose]: async () => {
      if (closed.signal.aborted) return
      closed.abort()
      db.close()
    },
  }
}
