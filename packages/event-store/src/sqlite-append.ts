import type { DatabaseSync } from 'node:sqlite'
import type { SerializedEvent } from './event-check.ts'
import { type AppendResult, categoryOf, type ExpectedRevision, WrongExpectedRevisionError } from './event-store.port.ts'

/** What an append came to; nothing is written when it repeats an earlier one. */
export interface AppendOutcome {
  readonly result: AppendResult
  readonly written: boolean
}

/** SQLITE_CONSTRAINT_UNIQUE, https://www.sqlite.org/rescode.html */
const CONSTRAINT_UNIQUE = 2067

const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === CONSTRAINT_UNIQUE

const prepareAll = (db: DatabaseSync) => ({
  begin: db.prepare('BEGIN IMMEDIATE'),
  commit: db.prepare('COMMIT'),
  rollback: db.prepare('ROLLBACK'),
  last: db.prepare('SELECT revision FROM events WHERE stream = ? ORDER BY revision DESC LIMIT 1'),
  byId: db.prepare('SELECT stream, revision, position FROM events WHERE id = ?'),
  insert: db.prepare(
    'INSERT INTO events (stream, revision, id, type, category, data, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)',
  ),
})

/** Writes serialized events with optimistic concurrency; everything or nothing is on disk when it returns. */
export const createAppender = (db: DatabaseSync) => {
  const sql = prepareAll(db)

  const lastRevision = (stream: string): number => Number(sql.last.get(stream)?.['revision'] ?? -1)

  /** Where these very events are already, if they sit right after the expected revision. */
  const repeated = (
    stream: string,
    events: readonly SerializedEvent[],
    expected: ExpectedRevision,
  ): AppendResult | undefined => {
    const found = events.map(({ id }) => sql.byId.get(id)).filter((row) => row !== undefined)
    const last = found.at(-1)
    if (last === undefined || found.length !== events.length) return undefined
    const begins = expected === 'none' ? 0 : expected + 1
    const inPlace = found.every((row, index) => row['stream'] === stream && row['revision'] === begins + index)
    return inPlace ? { revision: Number(last['revision']), position: Number(last['position']) } : undefined
  }

  const insertAll = (stream: string, events: readonly SerializedEvent[], after: number): AppendResult => {
    const category = categoryOf(stream)
    let revision = after
    let position = -1
    for (const { id, type, data, metadata } of events) {
      revision += 1
      position = Number(sql.insert.run(stream, revision, id, type, category, data, metadata).lastInsertRowid)
    }
    return { revision, position }
  }

  /** One insert is a transaction of its own; several are put into one. */
  const insertAtomically = (stream: string, events: readonly SerializedEvent[], after: number): AppendResult => {
    if (events.length === 1) return insertAll(stream, events, after)
    sql.begin.run()
    try {
      const result = insertAll(stream, events, after)
      sql.commit.run()
      return result
    } finally {
      // SQLite has rolled back by itself after some errors (a full disk).
      if (db.isTransaction) sql.rollback.run()
    }
  }

  /** @throws WrongExpectedRevisionError, or what SQLite throws */
  return (stream: string, events: readonly SerializedEvent[], expected: ExpectedRevision): AppendOutcome => {
    const actual = lastRevision(stream)
    const wanted = expected === 'none' ? -1 : expected
    if (actual === wanted) {
      try {
        return { result: insertAtomically(stream, events, actual), written: true }
      } catch (error) {
        if (!isUniqueViolation(error)) throw error
      }
    }
    const result = repeated(stream, events, expected)
    if (result === undefined) throw new WrongExpectedRevisionError(stream, expected, lastRevision(stream))
    return { result, written: false }
  }
}
