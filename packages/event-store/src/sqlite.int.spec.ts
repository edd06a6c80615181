import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, describe, expect, it } from 'vitest'
import { collect, newEvents } from './contract/suite.ts'
import { eventStoreContract } from './event-store.contract.ts'
import { type EventStore, EventStoreUnavailableError } from './event-store.port.ts'
import { EVENTS_SCHEMA_VERSION, NewerDataError, openSqliteEventStore, readEventsSchemaVersion } from './sqlite.ts'
import { openEventsDatabase } from './sqlite-database.ts'

const folder = mkdtempSync(join(tmpdir(), 'event-store-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let made = 0
const newFile = (): string => {
  made += 1
  return join(folder, `${made}.db`)
}

const files = new WeakMap<EventStore, string>()
const openFile = (file: string): EventStore => {
  const store = openSqliteEventStore({ file })
  files.set(store, file)
  return store
}
const reopen = async (store: EventStore): Promise<EventStore> => {
  await store[Symbol.asyncDispose]()
  return openFile(files.get(store) ?? '')
}

eventStoreContract('sqlite', async () => openFile(newFile()), { reopen, knownIds: 'refused' })

describe('sqlite event store', () => {
  it('knows the schema version of a file without opening it as a store', async () => {
    const file = newFile()
    expect(readEventsSchemaVersion(file)).toBeUndefined()
    await openFile(file)[Symbol.asyncDispose]()
    expect(readEventsSchemaVersion(file)).toBe(EVENTS_SCHEMA_VERSION)
  })

  it('refuses a file of a newer version, says so, and leaves it as it is', async () => {
    const file = newFile()
    await openFile(file)[Symbol.asyncDispose]()
    const db = new DatabaseSync(file)
    db.exec("UPDATE meta SET value = '99' WHERE key = 'schema_version'; PRAGMA journal_mode = DELETE")
    db.close()
    const before = readFileSync(file)
    expect(() => openSqliteEventStore({ file })).toThrow(NewerDataError)
    expect(() => openSqliteEventStore({ file })).toThrow(/newer version \(schema 99, this version knows 1\)/)
    expect(readEventsSchemaVersion(file)).toBe(99)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('writes ahead to a log and syncs it on every commit', () => {
    using db = openEventsDatabase(newFile())
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    // 2 is FULL, https://www.sqlite.org/pragma.html#pragma_synchronous
    expect(db.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
  })

  it('is unavailable, and writes nothing, while the file cannot be written to', async () => {
    const file = newFile()
    await using store = openFile(file)
    await store.append('thing-1', newEvents(1), { expected: 'none' })
    using db = new DatabaseSync(file)
    db.exec("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT raise(FAIL, 'database or disk is full'); END")
    for (const count of [1, 3]) {
      await expect(store.append('thing-1', newEvents(count), { expected: 0 })).rejects.toBeInstanceOf(
        EventStoreUnavailableError,
      )
    }
    db.exec('DROP TRIGGER full')
    expect(await collect(store.readAll())).toHaveLength(1)
    expect((await store.append('thing-1', newEvents(2), { expected: 0 })).revision).toBe(2)
  })
})
