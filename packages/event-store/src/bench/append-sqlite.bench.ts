import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteEventStore } from '../sqlite.ts'
import { openEventsDatabase } from '../sqlite-database.ts'
import { type AppendOne, type BenchResult, compareAppends } from './append-bench.ts'

const openRaw = (file: string): Disposable & { readonly append: AppendOne } => {
  const db = openEventsDatabase(file)
  const insert = db.prepare(
    'INSERT INTO events (stream, revision, id, type, category, data, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  return {
    append: (stream, revision, { id, type, data, metadata }) =>
      insert.run(stream, revision, id, type, 'syncItem', JSON.stringify(data), JSON.stringify(metadata)),
    [Symbol.dispose]: () => db.close(),
  }
}

/** Appends to the SQLite store, one event at a time with fsync, against bare inserts of the same rows in the same run. */
export const run = async (): Promise<BenchResult> => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-append-'))
  using _ = { [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
  using raw = openRaw(join(folder, 'raw.db'))
  await using store = openSqliteEventStore({ file: join(folder, 'store.db') })
  return await compareAppends(
    { name: 'append-sqlite', unit: 'appends/s', what: 'raw node:sqlite insert of the same row, fsync on' },
    raw.append,
    async (stream, revision, event) =>
      await store.append(stream, [event], { expected: revision === 0 ? 'none' : revision - 1 }),
  )
}
