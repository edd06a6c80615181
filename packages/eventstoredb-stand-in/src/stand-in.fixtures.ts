import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AppendExpectedRevision, EventStoreDBClient, jsonEvent, type ResolvedEvent } from '@eventstore/db-client'
import { afterAll } from 'vitest'
import { startStandIn } from './server.ts'

/** Path of a new data file; all of them are removed after the spec. */
export const dataFiles = (): (() => string) => {
  const folder = mkdtempSync(join(tmpdir(), 'stand-in-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return () => join(folder, `${randomUUID()}.db`)
}

/** Events with ids of their own. */
export const newEvents = (count: number, data: Record<string, unknown> = {}) =>
  Array.from({ length: count }, (_, n) => jsonEvent({ id: randomUUID(), type: 'Happened', data: { n, ...data } }))

/** How the client appends: over the shared batch stream, or one call for each append. */
export type Path = 'BatchAppend' | 'Append'
export const paths: readonly Path[] = ['BatchAppend', 'Append']

/** A stand-in and the official client. `restart` keeps the data. */
export const startWithClient = async (options: { readonly file?: string } = {}) => {
  const file = options.file ?? ':memory:'
  let standIn = await startStandIn({ file })
  let client = EventStoreDBClient.connectionString(standIn.url)
  const dispose = async (): Promise<void> => {
    // The client's call for batches outlives its client unless it is cancelled first.
    await client.dispose()
    await standIn[Symbol.asyncDispose]()
  }
  return {
    get client() {
      return client
    },
    get faults() {
      return standIn.faults
    },
    get url() {
      return standIn.url
    },
    append: async (
      stream: string,
      events: ReturnType<typeof newEvents>,
      expectedRevision: AppendExpectedRevision,
      path: Path = 'Append',
    ) =>
      await client.appendToStream(stream, events, {
        expectedRevision,
        ...(path === 'Append' ? { credentials: { username: '', password: '' } } : {}),
      }),
    restart: async (): Promise<void> => {
      await dispose()
      standIn = await startStandIn({ file })
      client = EventStoreDBClient.connectionString(standIn.url)
    },
    [Symbol.asyncDispose]: dispose,
  }
}

/** A running stand-in with its client. */
export type WithClient = Awaited<ReturnType<typeof startWithClient>>

/** Events of a read, which ends by itself. */
export const collect = async (read: AsyncIterable<ResolvedEvent>) => {
  const events: NonNullable<ResolvedEvent['event']>[] = []
  for await (const { event } of read) if (event !== undefined) events.push(event)
  return events
}
