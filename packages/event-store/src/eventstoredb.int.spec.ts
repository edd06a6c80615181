import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type StandIn, startStandIn } from '@rancher-hub/eventstoredb-stand-in'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collect, follower, newEvents } from './contract/suite.ts'
import { eventStoreContract } from './event-store.contract.ts'
import { EventStoreRefusedError, EventStoreUnavailableError } from './event-store.port.ts'
import { type EventStoreDb, type EventStoreDbOptions, openEventStoreDb } from './eventstoredb.ts'

const folder = mkdtempSync(join(tmpdir(), 'eventstoredb-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const openings = new WeakMap<object, EventStoreDbOptions>()
const open = (options: EventStoreDbOptions): EventStoreDb => {
  const store = openEventStoreDb(options)
  openings.set(store, options)
  return store
}
const reopen = async (store: AsyncDisposable): Promise<EventStoreDb> => {
  await store[Symbol.asyncDispose]()
  return open(openings.get(store) ?? { url: '' })
}
const freshPrefix = (): string => `test${randomUUID().slice(0, 8)}.`

/** One server for many stores: each has a prefix of its own. */
const shared: { standIn?: StandIn } = {}
beforeAll(async () => {
  shared.standIn = await startStandIn({ file: join(folder, 'shared.db') })
})
afterAll(async () => await shared.standIn?.[Symbol.asyncDispose]())

eventStoreContract('eventstoredb', async () => open({ url: shared.standIn?.url ?? '', prefix: freshPrefix() }), {
  reopen,
  knownIds: 'written',
})

const realUrl = process.env['EVENTSTOREDB_URL']
describe.skipIf(realUrl === undefined)('[real EventStoreDB]', () => {
  eventStoreContract('a real server', async () => open({ url: realUrl ?? '', prefix: freshPrefix() }), {
    reopen,
    knownIds: 'written',
  })
})

describe('eventstoredb event store', () => {
  const start = async (options: { readonly version?: string } = {}) => {
    const standIn = await startStandIn({ file: join(folder, `${randomUUID()}.db`), ...options })
    const store = open({ url: standIn.url, timeoutMs: 500 })
    return {
      ...standIn,
      store,
      [Symbol.asyncDispose]: async () => {
        await store[Symbol.asyncDispose]()
        await standIn[Symbol.asyncDispose]()
      },
    }
  }

  it('works without a prefix, and does not see what is not the hub’s', async () => {
    await using server = await start()
    await using other = open({ url: server.url, prefix: 'other.' })
    await server.store.append('thing-1', newEvents(2), { expected: 'none' })
    await other.append('thing-1', newEvents(3), { expected: 'none' })
    expect(await collect(other.readAll())).toHaveLength(3)
    expect(await collect(other.readAll({ categories: ['thing'] }))).toHaveLength(3)
    expect(await collect(server.store.readAll({ categories: ['thing'] }))).toHaveLength(2)
  })

  it('gives up on a server that does not answer, in every kind of call', async () => {
    await using server = await start()
    await server.store.append('thing-1', newEvents(1), { expected: 'none' })
    server.faults.hang = true
    const work = [
      server.store.append('thing-1', newEvents(1), { expected: 0 }),
      collect(server.store.readStream('thing-1')),
      collect(server.store.readAll()),
      collect(server.store.subscribe({ signal: new AbortController().signal })),
      server.store.head(),
      server.store.check(),
    ]
    for (const result of await Promise.allSettled(work))
      expect(result).toMatchObject({ reason: expect.any(EventStoreUnavailableError) })
    server.faults.hang = false
    expect(await collect(server.store.readStream('thing-1'))).toHaveLength(1)
  })

  it('goes on after a live subscription was dropped for being too slow, without loss or repeat', async () => {
    await using server = await start()
    const reader = follower(server.store)
    await server.store.append('thing-1', newEvents(3), { expected: 'none' })
    await expect.poll(() => reader.ids()).toHaveLength(3)
    server.faults.tooSlow = 1
    await server.store.append('thing-1', newEvents(3), { expected: 2 })
    await expect.poll(() => reader.ids()).toHaveLength(6)
    await server.store.append('thing-1', newEvents(1), { expected: 5 })
    const stored = (await collect(server.store.readAll())).map(({ id }) => id)
    await expect.poll(() => reader.ids()).toEqual(stored)
    await reader.leave()
  })

  it('goes on after the server was away: same client, same subscription', async () => {
    const file = join(folder, `${randomUUID()}.db`)
    const first = await startStandIn({ file })
    await using store = open({ url: first.url, timeoutMs: 500 })
    await store.append('thing-1', newEvents(2), { expected: 'none' })
    const reader = follower(store)
    await expect.poll(() => reader.ids()).toHaveLength(2)
    await first[Symbol.asyncDispose]()
    await expect(store.append('thing-1', newEvents(1), { expected: 1 })).rejects.toBeInstanceOf(
      EventStoreUnavailableError,
    )
    await expect.poll(() => store.problem()).toContain(`127.0.0.1:${first.port}`)
    await using _second = await startStandIn({ file, port: first.port })
    await expect
      .poll(async () => await store.append('thing-1', newEvents(1), { expected: 1 }).catch(() => undefined))
      .toMatchObject({ revision: 2 })
    await expect.poll(() => reader.ids()).toHaveLength(3)
    await reader.leave()
  })

  it('says in one sentence that the server is too old, or away', async () => {
    await using server = await start({ version: '22.10.5' })
    const refused = server.store.check()
    await expect(refused).rejects.toBeInstanceOf(EventStoreRefusedError)
    await expect(refused).rejects.toThrow(/is version 22\.10\.5; the hub needs 23\.10 or newer/)
    await using absent = open({ url: 'esdb://nobody:secret@127.0.0.1:1?tls=false', timeoutMs: 500 })
    const away = absent.check()
    await expect(away).rejects.toBeInstanceOf(EventStoreUnavailableError)
    await expect(away).rejects.toThrow(/^EventStoreDB at 127\.0\.0\.1:1: (?!.*secret)/)
  })
})
