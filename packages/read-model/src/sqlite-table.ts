import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { DuplicateKeyError, type Index, ReadModelsUnavailableError } from './read-model.port.ts'
import { fieldSql } from './sql-filter.ts'

const MAX_STATEMENTS = 500

/** SQLITE_CONSTRAINT_UNIQUE, https://www.sqlite.org/rescode.html */
const CONSTRAINT_UNIQUE = 2067

/** A name as SQL. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Prepared statements by their text; a bounded cache, since filters make many texts. */
export const createStatements = (db: DatabaseSync) => {
  const known = new Map<string, StatementSync>()
  return (text: string): StatementSync => {
    const found = known.get(text)
    if (found !== undefined) return found
    if (known.size >= MAX_STATEMENTS) known.clear()
    const made = db.prepare(text)
    known.set(text, made)
    return made
  }
}

/** What SQLite threw, in the words of the port. */
export const toReadModelError = (collection: string, error: unknown): Error => {
  const message = (error as Error).message
  const unique = error instanceof Error && 'errcode' in error && error.errcode === CONSTRAINT_UNIQUE
  if (unique) return new DuplicateKeyError(collection, message)
  return new ReadModelsUnavailableError(`The read models cannot be used: ${message}`, { cause: error })
}

/** Makes the table of a collection. */
export const createTable = (db: DatabaseSync, name: string): void => {
  db.exec(`CREATE TABLE IF NOT EXISTS ${quote(name)} (_id TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT, WITHOUT ROWID`)
}

const indexName = (table: string, { fields, unique }: Index): string =>
  `${table}:${fields.join(',')}${unique === true ? ':unique' : ''}`

/** Makes the indexes of a collection and drops those of earlier versions, which would cost time and refuse documents. */
export const createIndexes = (db: DatabaseSync, table: string, indexes: readonly Index[]): void => {
  const wanted = new Set(indexes.map((index) => indexName(table, index)))
  const there = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL")
    .all(table)
  for (const { name } of there) if (!wanted.has(String(name))) db.exec(`DROP INDEX ${quote(String(name))}`)
  for (const index of indexes) {
    const kind = index.unique === true ? 'UNIQUE INDEX' : 'INDEX'
    const fields = index.fields.map(fieldSql).join(', ')
    db.exec(`CREATE ${kind} IF NOT EXISTS ${quote(indexName(table, index))} ON ${quote(table)} (${fields})`)
  }
}
