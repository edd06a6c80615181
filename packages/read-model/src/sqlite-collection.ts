import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import { matches } from './matches.ts'
import {
  type Collection,
  type Document,
  type Filter,
  type FindOptions,
  ReadModelsUnavailableError,
  type Write,
} from './read-model.port.ts'
import { createRecentAnswers, type RecentAnswers } from './recent-answers.ts'
import { fieldSql, filterSql, isBooleanSql, sortSql } from './sql-filter.ts'
import { quote, toReadModelError } from './sqlite-table.ts'

const SCAN_PAGE = 500

type Row = Record<string, SQLOutputValue>

const createWriter = <T extends Document>(
  db: DatabaseSync,
  prepared: (text: string) => StatementSync,
  table: string,
) => {
  const stored = (id: string): T | undefined => {
    const row = prepared(`SELECT doc FROM ${table} WHERE _id = ?`).get(id)
    return row === undefined ? undefined : JSON.parse(String(row['doc']))
  }

  const writeOne = (write: Write<T>): boolean => {
    const id = write.kind === 'put' ? write.doc._id : write.id
    if (write.when !== undefined && !matches(stored(id), write.when)) return false
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
    } finally {
      if (db.isTransaction) prepared('ROLLBACK').run()
    }
  }

  return {
    /** Without `when`, one statement is a transaction of its own. */
    write: (write: Write<T>): boolean =>
      write.when === undefined ? writeOne(write) : inTransaction(() => writeOne(write)),
    bulk: (writes: readonly Write<T>[]): void => {
      inTransaction(() => {
        for (const write of writes) writeOne(write)
      })
    },
  }
}

const createQueries = <T extends Document>(
  prepared: (text: string) => StatementSync,
  table: string,
  recent: RecentAnswers,
) => {
  const textOf = (row: Row): string => String(row['doc'])
  const parse = (row: Row): T => JSON.parse(textOf(row)) as T
  const parseText = (text: string): T => JSON.parse(text) as T
  return {
    get: (id: string): T | undefined => {
      const read = (): string[] => prepared(`SELECT doc FROM ${table} WHERE _id = ?`).all(id).map(textOf)
      const [text] = recent.rows(`_id ${id}`, read)
      return text === undefined ? undefined : parseText(text)
    },
    find: (filter: Filter, { sort = [], limit, skip = 0 }: FindOptions): T[] => {
      const read = (): string[] => {
        const where = filterSql(filter)
        const text = `SELECT doc FROM ${table} WHERE ${where.text} ORDER BY ${sortSql(sort)} LIMIT ? OFFSET ?`
        return prepared(text)
          .all(...where.parameters, limit ?? -1, skip)
          .map(textOf)
      }
      return recent.rows(JSON.stringify([filter, sort, limit, skip]), read).map(parseText)
    },
    count: (filter: Filter): number => {
      const where = filterSql(filter)
      return Number(prepared(`SELECT count(*) AS n FROM ${table} WHERE ${where.text}`).get(...where.parameters)?.['n'])
    },
    countBy: (filter: Filter, field: string) => {
      const where = filterSql(filter)
      const columns = `${fieldSql(field)} AS value, ${isBooleanSql(field)} AS boolean, count(*) AS n`
      const rows = prepared(`SELECT ${columns} FROM ${table} WHERE ${where.text} GROUP BY 1, 2`).all(
        ...where.parameters,
      )
      return rows.map(({ value, boolean, n }) => ({
        value: boolean === 1 ? value === 1 : ((value ?? null) as string | number | null),
        count: Number(n),
      }))
    },
    page: (after: string | undefined): T[] => {
      const where = after === undefined ? '' : 'WHERE _id > ?'
      const text = `SELECT doc FROM ${table} ${where} ORDER BY _id LIMIT ${SCAN_PAGE}`
      return prepared(text)
        .all(...(after === undefined ? [] : [after]))
        .map(parse)
    },
  }
}

/** The port over one table. */
export const openSqliteCollection = <T extends Document>(
  db: DatabaseSync,
  prepared: (text: string) => StatementSync,
  name: string,
): Collection<T> => {
  const table = quote(name)
  const writer = createWriter<T>(db, prepared, table)
  const recent = createRecentAnswers()
  const queries = createQueries<T>(prepared, table, recent)

  const guarded = <R>(work: () => R): R => {
    if (!db.isOpen) throw new ReadModelsUnavailableError('The read models are closed')
    try {
      return work()
    } catch (error) {
      throw error instanceof TypeError ? error : toReadModelError(name, error)
    }
  }

  const changing = <R>(work: () => R): R => {
    try {
      return guarded(work)
    } finally {
      recent.clear()
    }
  }

  return {
    get: async (id) => guarded(() => queries.get(id)),
    getMany: async (ids) => guarded(() => ids.map(queries.get).filter((doc) => doc !== undefined)),
    find: async (filter, options = {}) => guarded(() => queries.find(filter, options)),
    count: async (filter) => guarded(() => queries.count(filter)),
    countBy: async (filter, field) => guarded(() => queries.countBy(filter, field)),
    write: async (write) => changing(() => writer.write(write)),
    bulk: async (writes) => changing(() => writer.bulk(writes)),
    scan: async function* () {
      for (let after: string | undefined; ; ) {
        const page = guarded(() => queries.page(after))
        yield* page
        if (page.length < SCAN_PAGE) return
        after = page.at(-1)?._id
      }
    },
    clear: async () => {
      changing(() => prepared(`DELETE FROM ${table}`).run())
    },
  }
}
