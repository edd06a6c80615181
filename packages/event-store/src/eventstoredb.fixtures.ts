import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type StandIn, startStandIn } from '@rancher-hub/eventstoredb-stand-in'
import { afterAll } from 'vitest'
import { type EventStoreDb, openEventStoreDb } from './eventstoredb.ts'

/** A folder for the files of one spec. */
export const specFolder = (): { readonly newFile: () => string } => {
  const folder = mkdtempSync(join(tmpdir(), 'eventstoredb-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return { newFile: () => join(folder, `${randomUUID()}.db`) }
}

/**
 * A stand-in and a store on it. `again` ends the stand-in and starts another one in its place; `timeoutMs` is short
 * where the store is to give up.
 */
export const startWithStore = async (options: {
  readonly file: string
  readonly version?: string
  readonly timeoutMs?: number
}) => {
  let standIn: StandIn = await startStandIn(options)
  const { port, url } = standIn
  const store: EventStoreDb = openEventStoreDb({ url, timeoutMs: options.timeoutMs ?? 5_000 })
  return {
    port,
    url,
    store,
    get faults() {
      return standIn.faults
    },
    stop: async () => await standIn[Symbol.asyncDispose](),
    again: async (file: string = options.file) => {
      await standIn[Symbol.asyncDispose]()
      standIn = await startStandIn({ ...options, file, port })
    },
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]()
      await standIn[Symbol.asyncDispose]()
    },
  }
}
