import { copyFileSync } from 'node:fs'
import { startStandIn } from '@rancher-hub/eventstoredb-stand-in'
import { describe, expect, it } from 'vitest'
import { collect, follower, idsOf, newEvents } from './contract/suite.ts'
import { EventStoreUnavailableError, PositionBeyondHeadError } from './event-store.port.ts'
import { specFolder, startWithStore } from './eventstoredb.fixtures.ts'
import { openEventStoreDb } from './eventstoredb.ts'

const { newFile } = specFolder()
/** More than one connection has room for. */
const MANY = 110

describe('eventstoredb event store whose server was away', () => {
  it('has no problem as soon as it is connected again, also when nobody appends', async () => {
    await using server = await startWithStore({ file: newFile() })
    await server.store.append('thing-1', newEvents(1), { expected: 'none' })
    const reader = follower(server.store)
    await expect.poll(() => reader.ids()).toHaveLength(1)
    await server.stop()
    await expect.poll(() => server.store.problem()).toContain(`127.0.0.1:${server.port}`)
    await server.again()
    await expect.poll(() => server.store.problem(), { timeout: 10_000 }).toBeUndefined()
    await reader.leave()
  })

  it('can be checked again after a question that was never answered', async () => {
    await using server = await startWithStore({ file: newFile(), timeoutMs: 500 })
    server.faults.hang = true
    await expect(server.store.check()).rejects.toBeInstanceOf(EventStoreUnavailableError)
    server.faults.hang = false
    await server.store.check()
  })

  it('can be used after one odd answer about its features', async () => {
    await using server = await startWithStore({ file: newFile() })
    server.faults.oddFeatures = 1
    await expect(server.store.check()).rejects.toBeInstanceOf(EventStoreUnavailableError)
    await server.store.check()
  })
})

describe('calls of the eventstoredb event store', () => {
  const giveUp = async (work: () => Promise<unknown>): Promise<void> => {
    for (const result of await Promise.allSettled(Array.from({ length: MANY }, work)))
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(EventStoreUnavailableError) })
  }

  it('are left when they are given up, so that there is room for others', async () => {
    await using server = await startWithStore({ file: newFile(), timeoutMs: 500 })
    const { store } = server
    const { position } = await store.append('thing-1', newEvents(3), { expected: 'none' })
    server.faults.hang = true
    await giveUp(async () => await collect(store.readStream('thing-1')))
    await giveUp(async () => await store.head())
    await giveUp(async () => await store.check())
    // Whether these were stored is not known.
    await giveUp(async () => await store.append('thing-2', newEvents(1), { expected: 'none' }))
    server.faults.hang = false
    expect(await collect(store.readStream('thing-1'))).toHaveLength(3)
    expect(await store.head()).toBeGreaterThanOrEqual(position)
    await store.append('thing-1', newEvents(1), { expected: 2 })
  })

  it('are left when their reader leaves early, and when there is nothing to read', async () => {
    await using server = await startWithStore({ file: newFile() })
    const { store } = server
    await store.append('thing-1', newEvents(900), { expected: 'none' })
    for (let count = 0; count < MANY; count += 1) {
      for await (const _ of store.readStream('thing-1')) break
      for await (const _ of store.readAll({ categories: ['thing'] })) break
      expect(await collect(store.readStream('thing-2'))).toEqual([])
    }
    expect(await collect(store.readAll())).toHaveLength(900)
  })
})

describe('eventstoredb event store whose server is a cluster', () => {
  const clusterOf = (port: number, attempts = 1) =>
    `esdb://127.0.0.1:${port},localhost:${port}?tls=false&maxDiscoverAttempts=${attempts}&discoveryInterval=20&gossipTimeout=1`

  it.each([['when it was away at start'], ['when it went away']])('is found %s', async (when) => {
    const file = newFile()
    let standIn = await startStandIn({ file })
    const { port } = standIn
    if (when === 'when it was away at start') await standIn[Symbol.asyncDispose]()
    await using store = openEventStoreDb({ url: clusterOf(port), timeoutMs: 1_000 })
    if (when === 'when it went away') {
      await store.check()
      await standIn[Symbol.asyncDispose]()
    }
    for (let count = 0; count < 3; count += 1) {
      await Promise.all(
        [store.check(), store.head(), store.append('thing-1', newEvents(1), { expected: 'none' })].map(
          async (work) => await expect(work).rejects.toBeInstanceOf(EventStoreUnavailableError),
        ),
      )
    }
    standIn = await startStandIn({ file, port })
    await store.check()
    await store.append('thing-1', newEvents(1), { expected: 'none' })
    expect(await collect(store.readStream('thing-1'))).toHaveLength(1)
    await standIn[Symbol.asyncDispose]()
  })

  // The client looks for another server whenever a call fails, and lets nobody catch it when it finds none.
  it('does not end the process when a call fails while the servers are looked for in vain', async () => {
    await using standIn = await startStandIn({ file: newFile() })
    await using store = openEventStoreDb({ url: clusterOf(standIn.port, 20), timeoutMs: 2_000 })
    await store.check()
    standIn.faults.latencyMs = 200
    standIn.faults.dropBeforeStore = 1
    const late = store.append('thing-1', newEvents(1), { expected: 'none' })
    await expect.poll(() => standIn.faults.dropBeforeStore).toBe(0)
    standIn.faults.latencyMs = 0
    standIn.faults.refuse = true
    await expect(store.head()).rejects.toBeInstanceOf(EventStoreUnavailableError)
    await Promise.all(
      [store.head(), late].map(async (work) => await expect(work).rejects.toBeInstanceOf(EventStoreUnavailableError)),
    )
  })

  it('is asked at its leader', async () => {
    await using leader = await startStandIn({ file: newFile() })
    await using replica = await startWithStore({ file: newFile() })
    replica.faults.follows = `127.0.0.1:${leader.port}`
    await replica.store.append('thing-1', newEvents(2), { expected: 'none' })
    await using direct = openEventStoreDb({ url: leader.url })
    expect(await collect(direct.readStream('thing-1'))).toHaveLength(2)
    expect(await collect(replica.store.readAll())).toHaveLength(2)
  })
})

describe('eventstoredb event store that lags', () => {
  it('delivers late what it did not have at first, without a gap', async () => {
    await using server = await startWithStore({ file: newFile() })
    const { store } = server
    const { position } = await store.append('thing-1', newEvents(3), { expected: 'none' })
    const live = follower(store)
    await expect.poll(() => live.ids()).toHaveLength(3)
    server.faults.lagAfter = position
    // More than is kept in memory: whoever begins now has to read it from the server.
    for (let count = 0; count < 5; count += 1)
      await store.append('thing-1', newEvents(1_000), { expected: 2 + count * 1_000 })
    await expect.poll(() => live.ids(), { timeout: 20_000 }).toHaveLength(5_003)
    const late = follower(store)
    await expect.poll(() => late.ids()).toHaveLength(3)
    server.faults.lagAfter = Number.MAX_SAFE_INTEGER
    await store.append('thing-2', newEvents(1), { expected: 'none' })
    await expect.poll(() => late.ids(), { timeout: 20_000 }).toHaveLength(5_004)
    expect(late.ids()).toEqual(live.ids())
    await live.leave()
    await late.leave()
  })

  it('does not take a reader for too far that another process has brought further than this one knows', async () => {
    await using server = await startWithStore({ file: newFile() })
    const { store } = server
    const { position } = await store.append('thing-1', newEvents(1), { expected: 'none' })
    server.faults.lagAfter = position
    const live = follower(store)
    await expect.poll(() => live.messages).toHaveLength(2)
    const further = await store.append('thing-1', newEvents(2), { expected: 0 })
    server.faults.lagAfter = Number.MAX_SAFE_INTEGER
    const reader = follower(store, { after: further.position })
    const read = await collect(store.readAll())
    expect(read).toHaveLength(3)
    expect([live.ids().length, reader.messages.length]).toEqual([1, 0])
    const events = newEvents(1)
    const { position: last } = await store.append('thing-1', events, { expected: 2 })
    await expect.poll(() => reader.messages.at(-1)).toEqual({ kind: 'caught-up', position: last })
    expect(reader.ids()).toEqual(idsOf(events))
    await expect.poll(() => live.ids()).toHaveLength(4)
    await live.leave()
    await reader.leave()
  })

  it('reads to the end although nobody says that it has caught up', async () => {
    await using server = await startWithStore({ file: newFile() })
    const { store } = server
    server.faults.noCaughtUp = true
    await store.append('site-1', newEvents(10), { expected: 'none' })
    const { position } = await store.append('run-1', newEvents(10), { expected: 'none' })
    expect(await collect(store.readAll({ categories: ['site'] }))).toHaveLength(10)
    expect(await collect(store.readAll({ categories: ['user'] }))).toEqual([])
    const reader = follower(store, { categories: ['user'] })
    await expect.poll(() => reader.messages).toEqual([{ kind: 'caught-up', position }])
    await reader.leave()
  })
})

describe('eventstoredb event store that was restored from an older backup', () => {
  it('tells readers whose position lies inside a record by now', async () => {
    await using server = await startWithStore({ file: newFile() })
    const { store } = server
    await store.append('thing-1', newEvents(3), { expected: 'none' })
    const positions: number[] = []
    for await (const { position } of store.readAll()) positions.push(position)
    const [, second = 0] = positions
    expect(positions).not.toContain(second - 1)
    const reading = collect(
      store.subscribe({ after: second - 1, categories: ['thing'], signal: new AbortController().signal }),
    )
    await expect(reading).rejects.toBeInstanceOf(PositionBeyondHeadError)
  })

  it('tells readers that were further, at once and when they come back, and delivers what is new to others', async () => {
    const file = newFile()
    const backup = newFile()
    await using server = await startWithStore({ file })
    const { store } = server
    const old = await store.append('thing-1', newEvents(3), { expected: 'none' })
    await server.stop()
    copyFileSync(file, backup)
    await server.again()
    await expect
      .poll(async () => await store.append('thing-1', newEvents(5), { expected: 2 }).catch(() => undefined))
      .toBeDefined()
    const reader = follower(store)
    const ended = reader.ended.catch((error: unknown) => error)
    await expect.poll(() => reader.ids()).toHaveLength(8)
    const lost = await store.head()
    await server.again(backup)
    expect(await ended).toBeInstanceOf(PositionBeyondHeadError)
    expect(await ended).toMatchObject({ position: lost, head: old.position })
    const again = collect(store.subscribe({ after: lost, signal: new AbortController().signal }))
    await expect(again).rejects.toBeInstanceOf(PositionBeyondHeadError)
    const anew = follower(store, { after: old.position })
    const events = newEvents(2)
    await store.append('thing-1', events, { expected: 2 })
    await expect.poll(() => anew.ids()).toEqual(idsOf(events))
    await anew.leave()
  })

  it('tells readers of another, empty store', async () => {
    await using server = await startWithStore({ file: newFile() })
    const { position } = await server.store.append('thing-1', newEvents(3), { expected: 'none' })
    const reader = follower(server.store, { after: position })
    await expect.poll(() => reader.messages).toHaveLength(1)
    await server.again(newFile())
    await expect(reader.ended).rejects.toMatchObject({ name: 'PositionBeyondHeadError', position, head: -1 })
  })
})
