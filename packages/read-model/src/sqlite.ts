import { DatabaseSync } from 'node:sqlite'
import {
  type Collection,
  type Document,
  type Index,
  type ReadModels,
  ReadModelsUnavailableError,
} from './read-model.port.ts'
import { openSqliteCollection } from './sqlite-collection.ts'
import { createIndexes, createStatements, createTable, toReadModelError } from './sqlite-table.ts'

/** Where the read models are kept. */
export interface SqliteReadModelsOptions {
  /** Path of the database file; made when it is not there. Its folder must exist. */
  readonly file: string
}

/** Read models in one SQLite file. They can be made again from the events, so a power cut may cost the last writes. */
export const openSqliteReadModels = (options: SqliteReadModelsOptions): ReadModels => {
  const db = new DatabaseSync(options.file, { timeout: 5_000 })
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864')
  const prepared = createStatements(db)
  const tables = new Set<string>()
  const indexed = new Map<string, string>()
  /** One object a table: everybody who reads it shares what is remembered of it. */
  const opened = new Map<string, Collection<Document>>()
  let open = true

  /** Only what has not been made by this process yet. */
  const ensure = (name: string, indexes: readonly Index[] | undefined): void => {
    if (!tables.has(name)) createTable(db, name)
    tables.add(name)
    const wanted = JSON.stringify(indexes)
    if (indexes === undefined || indexed.get(name) === wanted) return
    createIndexes(db, name, indexes)
    indexed.set(name, wanted)
  }

  return {
    collection: async <T extends Document>(
      name: string,
      settings: { readonly indexes?: readonly Index[] | undefined } = {},
    ) => {
      if (!open) throw new ReadModelsUnavailableError('The read models are closed')
      try {
        ensure(name, settings.indexes)
      } catch (error) {
        throw toReadModelError(name, error)
      }
      const collection = opened.get(name) ?? openSqliteCollection<Document>(db, prepared, name)
      opened.set(name, collection)
      // A collection holds what its owner put there: the type is the owner's promise.
      return collection as Collection<never> as Collection<T>
    },
    [Symbol.asyncDispose]: async () => {
      if (!open) return
      open = false
      db.close()
    },
  }
}
