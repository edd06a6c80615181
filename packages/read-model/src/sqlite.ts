import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { matches } from './matches.ts'
import {
  type Collection,
  type Document,
  DuplicateKeyError,
  type Filter,
  type FindOptions,
  type Index,
  type ReadModels,
  ReadModelsUnavailableError,
  type Write,
} from './read-model.port.ts'
import { fieldSql, filterSql, sortSql } from './sql-filter.ts'

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`
const MAX_STATEMENTS = 500
const SCAN_PAGE = 500

/** Prepared statements by their text; a bounded cache, since filters make many texts. */
const createStatements = (db: DatabaseSync) => {
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

const createTable = (db: DatabaseSync, name: string, indexes: readonly Index[]): void => {
  db.exec(`CREATE TABLE IF NOT EXISTS ${quote(name)} (_id TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT, WITHOUT ROWID`)
  for (const { fields, unique } of indexes) {
    const indexName = quote(`${name}:${fields.join(',')}${unique === true ? ':unique' : ''}`)
    db.exec(`CREATE ${unique === true ? 'UNIQUE ' : ''}INDEX IF NOT EXISTS ${indexName} ON ${quote(name)} (${fields.map(fieldSql).join(', ')})`)
  }
}

const toError = (name: string, error: unknown): Error => {
  const message = (error as Error).message
  if (message.includes('UNIQUE constraint failed')) return new DuplicateKeyError(name, message)
  return new ReadModelsUnavailableError(`The read models cannot be used: ${message}`, { cause: error })
}

const openCollection = <T extends Document>(db: DatabaseSync, prepared: (text: string) => StatementSync, name: string): Collection<T> => {
  const table = quote(name)
  const parse = (row: Record<string, unknown>): T => JSON.parse(String(row['doc'])) as T

  const guarded = <R>(work: () => R): R => {
    try {
      return work()
    } catch (error) {
      throw toError(name, error)
    }
  }

  const rows = (filter: Filter, { sort = [], limit, skip = 0 }: FindOptions): T[] => {
    const where = filterSql(filter)
    const text = `SELECT doc FROM ${table} WHERE ${where.text} ORDER BY ${sortSql(sort)} LIMIT ? OFFSET ?`
    return guarded(() => prepared(text).all(...where.parameters, limit ?? -1, skip).map(parse))
  }

  const writeOne = (write: Write<T>): boolean => {
    const id = write.kind === 'put' ? write.doc._id : write.id
    if (write.when !== undefined) {
      const stored = prepared(`SELECT doc FROM ${table} WHERE _id = ?`).get(id)
      if (!matches(stored === undefined ? undefined : parse(stored), write.when)) return false
    }
    if (write.kind === 'delete') prepared(`DELETE FROM ${table} WHERE _id = ?`).run(id)
    else {
      const text = `INSERT INTO ${table} (_id, doc) VALUES (?, ?) ON CONFLICT (_id) DO UPDATE SET doc = excluded.doc`
      prepared(text).run(id, JSON.stringify(write.doc))
    }
    return true
  }

  const inTransaction = <R>(work: () => R): R => {
    prepared('BEGIN IMMEDIATE').run()
    try {
      const result = work()
      prepared('COMMIT').run()
      return result
    } catch (error) {
      prepared('ROLLBACK').run()
      throw error
    }
  }

  return {
    get: async (id) => {
      const row = guarded(() => prepared(`SELECT doc FROM ${table} WHERE _id = ?`).get(id))
      return row === undefined ? undefined : parse(row)
    },
    getMany: async (ids) => {
      const statement = prepared(`SELECT doc FROM ${table} WHERE _id = ?`)
      return guarded(() => ids.map((id) => statement.get(id)).filter((row) => row !== undefined).map(parse))
    },
    find: async (filter, options = {}) => rows(filter, options),
    count: async (filter) => {
      const where = filterSql(filter)
      return guarded(() => Number(prepared(`SELECT count(*) AS n FROM ${table} WHERE ${where.text}`).get(...where.parameters)?.['n']))
    },
    countBy: async (filter, field) => {
      const where = filterSql(filter)
      const text = `SELECT ${fieldSql(field)} AS value, ${fieldSql(field).replace('json_extract', 'json_type')} AS type, count(*) AS n FROM ${table} WHERE ${where.text} GROUP BY 1, 2 ORDER BY 1`
      const found = guarded(() => prepared(text).all(...where.parameters))
      return found.map(({ value, type, n }) => ({
        value: type === 'true' ? true : type === 'false' ? false : ((value ?? null) as string | number | null),
        count: Number(n),
      }))
    },
    write: async (write) => guarded(() => inTransaction(() => writeOne(write))),
    bulk: async (writes) => {
      guarded(() =>
        inTransaction(() => {
          for (const write of writes) writeOne(write)
        }),
      )
    },
    scan: async function* () {
      for (let after = ''; ; ) {
        const page = guarded(() => prepared(`SELECT doc FROM ${table} WHERE _id > ? ORDER BY _id LIMIT ?`).all(after, SCAN_PAGE).map(parse))
        yield* page
        const last = page.at(-1)
        if (last === undefined || page.length < SCAN_PAGE) return
        after = last._id
      }
    },
    clear: async () => {
      guarded(() => db.exec(`DELETE FROM ${table}`))
    },
  }
}

/** Read models in one SQLite file. They can be made again from the events, so a power cut may cost the last writes. */
export const openSqliteReadModels = (options: { readonly file: string }): ReadModels => {
  const db = new DatabaseSync(options.file, { timeout: 5_000 })
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864')
  const prepared = createStatements(db)
  const opened = new Map<string, Collection<Document>>()
  let open = true
  return {
    collection: async <T extends Document>(name: string, settings: { readonly indexes?: readonly Index[] | undefined } = {}) => {
      if (!open) throw new ReadModelsUnavailableError('The read models are closed')
      if (!opened.has(name)) {
        createTable(db, name, settings.indexes ?? [])
        opened.set(name, openCollection<Document>(db, prepared, name))
      }
      // A collection holds what its owner put there: the type is the owner's promise.
      return opened.get(name) as Collection<Document> as Collection<never> as Collection<T>
    },
    [Symbol.asyncDispose]: async () => {
      if (!open) return
      open = false
      db.close()
    },
  }
}
