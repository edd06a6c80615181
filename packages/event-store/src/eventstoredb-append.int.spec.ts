import { describe, expect, it } from 'vitest'
import { collect, idsOf, newEvents } from './contract/suite.ts'
import { EventStoreUnavailableError, WrongExpectedRevisionError } from './event-store.port.ts'
import { specFolder, startWithStore } from './eventstoredb.fixtures.ts'

const { newFile } = specFolder()
const faults = ['dropAfterStore', 'resetAfterStore', 'dropBeforeStore'] as const

describe('eventstoredb append whose answer is lost', () => {
  it.each(faults)('is sent again, and stored once (%s)', async (fault) => {
    await using server = await startWithStore({ file: newFile() })
    const { store } = server
    const first = newEvents(2)
    server.faults[fault] = 1
    expect((await store.append('thing-1', first, { expected: 'none' })).revision).toBe(1)
    const second = newEvents(3)
    server.faults[fault] = 2
    const { revision, position } = await store.append('thing-1', second, { expected: 1 })
    expect([revision, position]).toEqual([4, await store.head()])
    expect(idsOf(await collect(store.readAll()))).toEqual(idsOf([...first, ...second]))
  })

  it.each(faults)('is unavailable when that goes on, and a later repeat is stored once (%s)', async (fault) => {
    await using server = await startWithStore({ file: newFile() })
    const { store } = server
    const events = newEvents(2)
    server.faults[fault] = 3
    await expect(store.append('thing-1', events, { expected: 'none' })).rejects.toBeInstanceOf(
      EventStoreUnavailableError,
    )
    expect(server.faults[fault]).toBe(0)
    expect((await store.append('thing-1', events, { expected: 'none' })).revision).toBe(1)
    expect(await collect(store.readStream('thing-1'))).toHaveLength(2)
  })

  it('survives a restart of the server meanwhile', async () => {
    await using server = await startWithStore({ file: newFile() })
    const { store } = server
    await store.append('thing-1', newEvents(1), { expected: 'none' })
    await server.again()
    expect((await store.append('thing-1', newEvents(1), { expected: 0 })).revision).toBe(1)
  })

  it('is refused when somebody else was there before it', async () => {
    await using server = await startWithStore({ file: newFile() })
    const { store } = server
    await store.append('thing-1', newEvents(1), { expected: 'none' })
    server.faults.dropBeforeStore = 1
    const [late, quick] = await Promise.allSettled([
      store.append('thing-1', newEvents(1), { expected: 0 }),
      store.append('thing-1', newEvents(1), { expected: 0 }),
    ])
    expect(quick).toMatchObject({ status: 'fulfilled', value: { revision: 1 } })
    expect(late).toMatchObject({ status: 'rejected', reason: expect.any(WrongExpectedRevisionError) })
  })
})
