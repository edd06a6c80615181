import { DatabaseSync, type StatementSync } from 'node:sqlite'
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

const PAGE = 500
const SCHEMA_VERSION = 1

const schema = `
  CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    category TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    UNIQUE (stream, revision)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS events_by_category ON events (category, position);
`

interface Row {
  readonly position: number
  readonly stream: string
  readonly revision: number
  readonly id: string
  readonly type: string
  readonly data: string
  readonly metadata: string
}

/** The file was written by a newer version of the hub. */
export class NewerDataError extends Error {
  override name = 'NewerDataError'
}

const openDatabase = (file: string): DatabaseSync => {
  const db = new DatabaseSync(file, { timeout: 5_000 })
  // FULL: every append is on disk before it is acknowledged.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864')
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
  if (version > SCHEMA_VERSION) {
    db.close()
    throw new NewerDataError(`${file} was written by a newer version (schema ${version}, this one knows ${SCHEMA_VERSION})`)
  }
  db.exec(schema)
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
  return db
}

const toRecorded = (row: Row): RecordedEvent => ({
  id: row.id,
  type: row.type,
  data: JSON.parse(row.data),
  metadata: JSON.parse(row.metadata),
  stream: row.stream,
  revision: row.revision,
  position: row.position,
})

const columns = 'position, stream, revision, id, type, data, metadata'

/** SQLite gives values of any type; the STRICT table guarantees these. */
const rowsOf = (statement: StatementSync, ...parameters: (string | number)[]): Row[] => statement.all(...parameters) as object[] as Row[]

const prepare = (db: DatabaseSync) => ({
  begin: db.prepare('BEGIN IMMEDIATE'),
  commit: db.prepare('COMMIT'),
  rollback: db.prepare('ROLLBACK'),
  head: db.prepare('SELECT max(position) AS head FROM events'),
  last: db.prepare('SELECT max(revision) AS revision FROM events WHERE stream = ?'),
  insert: db.prepare('INSERT INTO events (stream, revision, category, id, type, data, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)'),
  byId: db.prepare(`SELECT ${columns} FROM events WHERE id = ?`),
  stream: db.prepare(`SELECT ${columns} FROM events WHERE stream = ? AND revision >= ? ORDER BY revision LIMIT ?`),
  all: db.prepare(`SELECT ${columns} FROM events WHERE position > ? ORDER BY position LIMIT ?`),
})

/**
 * Events in one SQLite file (WAL, fsync on every append). One process writes; a subscription is woken by the commit of
 * the same process, without polling.
 */
export const openSqliteEventStore = (options: { readonly file: string }): EventStore => {
  const db = openDatabase(options.file)
  const sql = prepare(db)
  const changes = new ChangeSignal()
  const closed = new AbortController()
  const byCategory = new Map<string, StatementSync>()

  const assertOpen = (): void => {
    if (closed.signal.aborted) throw new EventStoreUnavailableError('The event store is closed')
  }

  const repeated = (stream: string, events: readonly SerializedEvent[], expected: ExpectedRevision): AppendResult | undefined => {
    const found = events.flatMap(({ id }) => rowsOf(sql.byId, id))
    const first = found[0]
    const last = found.at(-1)
    if (first === undefined || last === undefined || found.length !== events.length) return undefined
    const begins = expected === 'none' ? 0 : expected === 'any' ? first.revision : expected + 1
    const inPlace = found.every((row, index) => row.stream === stream && row.revision === begins + index)
    return inPlace ? { revision: last.revision, position: last.position } : undefined
  }

  const isUnique = (error: unknown): boolean => String(error).includes('UNIQUE constraint failed')

  const insertAll = (stream: string, events: readonly SerializedEvent[], expected: ExpectedRevision): AppendResult => {
    const last = sql.last.get(stream)?.['revision']
    const actual = typeof last === 'number' ? last : -1
    if (expected !== 'any' && actual !== (expected === 'none' ? -1 : expected)) {
      const done = repeated(stream, events, expected)
      if (done !== undefined) return done
      throw new WrongExpectedRevisionError(stream, expected, actual)
    }
    const category = categoryOf(stream)
    let revision = actual
    let position = -1
    try {
      for (const { id, type, data, metadata } of events) {
        revision += 1
        position = Number(sql.insert.run(stream, revision, category, id, type, data, metadata).lastInsertRowid)
      }
    } catch (error) {
      if (!isUnique(error)) throw error
      const done = expected === 'any' ? repeated(stream, events, expected) : undefined
      if (done !== undefined && done.revision <= actual) return done
      throw new WrongExpectedRevisionError(stream, expected, actual)
    }
    return { revision, position }
  }

  const append = (stream: string, events: readonly NewEvent[], expected: ExpectedRevision): AppendResult => {
    assertOpen()
    const serialized = serializeAppend(stream, events)
    let open = false
    try {
      sql.begin.run()
      open = true
      const head = Number(sql.head.get()?.['head'] ?? 0)
      const result = insertAll(stream, serialized, expected)
      // Nothing new was written when the append repeats an earlier one.
      if (result.position > head) {
        sql.commit.run()
        open = false
        changes.notify()
      }
      return result
    } catch (error) {
      if (error instanceof WrongExpectedRevisionError) throw error
      throw new EventStoreUnavailableError(`The event store cannot be written to: ${(error as Error).message}`, { cause: error })
    } finally {
      if (open) sql.rollback.run()
    }
  }

  const readCategories = (categories: readonly string[], after: number): Row[] => {
    const key = categories.map(() => '?').join(', ')
    let statement = byCategory.get(key)
    if (statement === undefined) {
      statement = db.prepare(`SELECT ${columns} FROM events WHERE category IN (${key}) AND position > ? ORDER BY position LIMIT ?`)
      byCategory.set(key, statement)
    }
    return rowsOf(statement, ...categories, after, PAGE)
  }

  const headNow = (): number => Number(sql.head.get()?.['head'] ?? -1)

  const readPage =
    (categories: readonly string[] | undefined) =>
    (after: number): EventPage => {
      assertOpen()
      const head = headNow()
      const rows = categories === undefined ? rowsOf(sql.all, after, PAGE) : readCategories(categories, after)
      const complete = rows.length < PAGE
      return { events: rows.map(toRecorded), through: complete ? Math.max(head, after) : (rows.at(-1)?.position ?? after), complete }
    }

  return {
    append: async (stream, events, { expected }) => append(stream, events, expected),
    readStream: async function* (stream, { from = 0, limit } = {}) {
      assertOpen()
      let left = limit ?? Number.POSITIVE_INFINITY
      for (let next = from; left > 0; ) {
        const rows = rowsOf(sql.stream, stream, next, Math.min(PAGE, left))
        for (const row of rows) yield toRecorded(row)
        left -= rows.length
        next += rows.length
        if (rows.length < PAGE) return
      }
    },
    readAll: async function* (range = {}) {
      const page = readPage(range.categories)
      for (let after = range.after ?? -1; ; ) {
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
    head: async () => headNow(),
    [Symbol.asyncDispose]: async () => {
      if (closed.signal.aborted) return
      closed.abort()
      db.close()
    },
  }
}
