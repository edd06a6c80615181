import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** Version of the tables below. Raise it when older code could not read what newer code writes. */
export const EVENTS_SCHEMA_VERSION = 1

/** The file was written by a newer version of the product; this one must not touch it. */
export class NewerDataError extends Error {
  override name = 'NewerDataError'
  readonly file: string
  readonly found: number
  constructor(file: string, found: number) {
    super(`${file} was written by a newer version (schema ${found}, this version knows ${EVENTS_SCHEMA_VERSION})`)
    this.file = file
    this.found = found
  }
}

const schema = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    category TEXT NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    UNIQUE (stream, revision)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS events_by_category ON events (category, position);
  INSERT OR IGNORE INTO meta (key, value) VALUES ('schema_version', '${EVENTS_SCHEMA_VERSION}');
`

const versionIn = (db: DatabaseSync): number | undefined => {
  const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'").get()
  if (table === undefined) return undefined
  const row = db.prepare("SELECT value FROM meta WHERE key = 'schema_version'").get()
  return row === undefined ? undefined : Number(row['value'])
}

/** Schema version of an event file, without changing it; undefined when there is no file or no events in it yet. */
export const readEventsSchemaVersion = (file: string): number | undefined => {
  if (!existsSync(file)) return undefined
  using db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
  return versionIn(db)
}

/** Opens or creates the file. @throws NewerDataError before anything in it is changed */
export const openEventsDatabase = (file: string): DatabaseSync => {
  const db = new DatabaseSync(file, { timeout: 5_000 })
  try {
    const version = versionIn(db)
    if (version !== undefined && version > EVENTS_SCHEMA_VERSION) throw new NewerDataError(file, version)
    // FULL: the log is on disk (fsync) before an append is acknowledged.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864')
    if (version === undefined) db.exec(`BEGIN IMMEDIATE; ${schema} COMMIT`)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}
