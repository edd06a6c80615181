import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client'
import { openEventStoreDb } from '../eventstoredb.ts'
import { type AppendOne, type BenchResult, compareAppends } from './append-bench.ts'
import { startStandInProcess } from './stand-in-process.ts'

const openBare = (url: string, prefix: string): AsyncDisposable & { readonly append: AppendOne } => {
  const client = EventStoreDBClient.connectionString(url)
  return {
    append: async (stream, revision, event) =>
      await client.appendToStream(`${prefix}${stream}`, jsonEvent(event as never), {
        expectedRevision: revision === 0 ? NO_STREAM : BigInt(revision - 1),
      }),
    [Symbol.asyncDispose]: async () => await client.dispose(),
  }
}

const compare = async (url: string, server: string): Promise<BenchResult> => {
  // A store that is already there keeps what it has: streams of this run have names of their own.
  const prefix = `bench.${randomUUID().slice(0, 8)}.`
  await using bare = openBare(url, prefix)
  await using store = openEventStoreDb({ url, prefix })
  const unit = `appends/s, ${server}`
  return await compareAppends(
    { name: 'append-eventstoredb', unit, what: 'appendToStream of the client alone, same server' },
    bare.append,
    async (stream, revision, event) =>
      await store.append(stream, [event], { expected: revision === 0 ? 'none' : revision - 1 }),
  )
}

/** Appends one event at a time through the adapter, against the client's own `appendToStream` on the same server. */
export const run = async (): Promise<BenchResult> => {
  const given = process.env['EVENTSTOREDB_URL']
  if (given !== undefined) return await compare(given, 'EVENTSTOREDB_URL')
  const folder = mkdtempSync(join(tmpdir(), 'bench-append-'))
  using _ = { [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
  await using standIn = await startStandInProcess(join(folder, 'events.db'))
  return await compare(standIn.url, 'EventStoreDB stand-in, fsync on')
}
