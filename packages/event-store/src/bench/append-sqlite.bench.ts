import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NewEvent } from '../event-store.port.ts'
import { openSqliteEventStore } from '../sqlite.ts'
import { openEventsDatabase } from '../sqlite-database.ts'

/** One figure, what it is measured against in the same run, and whether it meets its bar. */
export interface BenchResult {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly against: { readonly what: string; readonly value: number }
  readonly ratio: number
  /** The least ratio that is good enough. */
  readonly bar: number
  readonly met: boolean
}

const BAR = 0.6
const BLOCK = 100
const BLOCKS = 20

const newEvent = (n: number): NewEvent => ({
  id: randomUUID(),
  type: 'SyncItemExecuted',
  data: {
    syncId: randomUUID(),
    item: `apps/v1/Deployment/web-${n}`,
    outcome: 'changed',
    fields: ['image', 'replicas'],
    durationMs: n,
  },
  metadata: {
    organization: randomUUID(),
    correlationId: randomUUID(),
    causationId: randomUUID(),
    actor: 'user:ada',
    time: '2026-01-01T00:00:00.000Z',
  },
})

/** Milliseconds that some work took. */
const timed = async (work: () => Promise<void> | void): Promise<number> => {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

const openRaw = (file: string) => {
  const db = openEventsDatabase(file)
  const insert = db.prepare(
    'INSERT INTO events (stream, revision, id, type, category, data, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  return {
    insert: (stream: string, revision: number, { id, type, data, metadata }: NewEvent) =>
      insert.run(stream, revision, id, type, 'syncItem', JSON.stringify(data), JSON.stringify(metadata)),
    close: () => db.close(),
  }
}

/** Times both in turns, block by block, so that a busy machine slows both down alike. */
const measure = async (folder: string): Promise<{ readonly raw: number; readonly store: number }> => {
  const raw = openRaw(join(folder, 'raw.db'))
  await using store = openSqliteEventStore({ file: join(folder, 'store.db') })
  const spent = { raw: 0, store: 0 }
  for (let block = 0; block <= BLOCKS; block += 1) {
    const stream = `syncItem-${block}`
    const events = Array.from({ length: BLOCK }, (_, n) => newEvent(n))
    const rawTime = await timed(() => events.forEach((event, n) => void raw.insert(stream, n, event)))
    const storeTime = await timed(async () => {
      for (const [n, event] of events.entries())
        await store.append(stream, [event], { expected: n === 0 ? 'none' : n - 1 })
    })
    // The first block warms up.
    if (block === 0) continue
    spent.raw += rawTime
    spent.store += storeTime
  }
  raw.close()
  const perSecond = (milliseconds: number): number => Math.round((BLOCK * BLOCKS * 1_000) / milliseconds)
  return { raw: perSecond(spent.raw), store: perSecond(spent.store) }
}

/** Appends to the SQLite store, one event at a time with fsync, against bare inserts of the same rows in the same run. */
export const run = async (): Promise<BenchResult> => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-append-'))
  try {
    const { raw, store } = await measure(folder)
    const ratio = Math.round((store / raw) * 100) / 100
    return {
      name: 'append-sqlite',
      value: store,
      unit: 'appends/s',
      against: { what: 'raw node:sqlite insert of the same row, fsync on', value: raw },
      ratio,
      bar: BAR,
      met: ratio >= BAR,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
