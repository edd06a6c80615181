import { describe, expect, it } from 'vitest'
import { type EventStore, EventStoreUnavailableError } from '../event-store.port.ts'
import { appendNext, collect, idsOf, metadata, newEvent, newEvents, type Suite } from './suite.ts'

const none = { expected: 'none' } as const
/** More than any adapter reads at once. */
const MANY = 1_203

const contents = [
  null,
  true,
  -0.5,
  1e21,
  'text with \u0000, "quotes", \\, 😀, Tiếng Việt and \ud800',
  [],
  [1, [2, { three: [null] }]],
  { z: 1, a: 2, '': 3, 'with.dot': 4, $set: 5, _id: 6, 10: 7, 9: 8 },
  { ['__proto__']: 'own key' },
]

const streams = ({ open }: Suite) => {
  it('yields nothing for a stream that does not exist', async () => {
    await using store = await open()
    expect(await collect(store.readStream('thing-1'))).toEqual([])
  })

  it.each(contents.map((data) => [JSON.stringify(data), data]))('gives back %s byte for byte', async (json, data) => {
    await using store = await open()
    const event = newEvent(data)
    const { position } = await store.append('thing-1', [event], none)
    const [recorded] = await collect(store.readStream('thing-1'))
    expect(JSON.stringify(recorded?.data)).toBe(json)
    expect(recorded).toEqual({ ...event, data: JSON.parse(String(json)), stream: 'thing-1', revision: 0, position })
  })

  it('keeps optional metadata, and what the caller does to its own objects later does not matter', async () => {
    await using store = await open()
    const data = { items: ['a'] }
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await store.append('thing-1', [{ ...newEvent(data), metadata: { ...metadata, traceparent } }], none)
    data.items.push('b')
    const [first] = await collect(store.readStream('thing-1'))
    expect(first).toMatchObject({ data: { items: ['a'] }, metadata: { ...metadata, traceparent } })
  })

  it('reads from a revision, and no more than asked for', async () => {
    await using store = await open()
    await store.append('thing-1', newEvents(MANY), none)
    await store.append('thing-10', newEvents(2), none)
    const read = async (options: { from?: number; limit?: number }) =>
      (await collect(store.readStream('thing-1', options))).map(({ revision }) => revision)
    expect(await read({})).toEqual(Array.from({ length: MANY }, (_, index) => index))
    expect(await read({ from: 1_200 })).toEqual([1_200, 1_201, 1_202])
    expect(await read({ from: 2, limit: 3 })).toEqual([2, 3, 4])
    expect(await read({ limit: 0 })).toEqual([])
    expect(await read({ from: MANY })).toEqual([])
    expect(await read({ limit: 700 })).toHaveLength(700)
  })

  it('tells stream names apart that differ little', async () => {
    await using store = await open()
    const names = ['thing-a', 'thing-A', 'thing-a ', 'thing-%', 'thing-_', "thing-'", 'Thing-a', 'thing-ế']
    for (const name of names) await store.append(name, [newEvent(name)], none)
    for (const name of names) expect((await collect(store.readStream(name))).map(({ data }) => data)).toEqual([name])
  })
}

const fill = async (store: EventStore, count: number) => {
  for (let index = 0; index < count; index += 1)
    await appendNext(store, `${index % 3 === 0 ? 'site' : 'run'}-${index % 5}`, [newEvent(index)])
}

const allStreams = ({ open }: Suite) => {
  it('reads all streams in the order of their appends, with growing positions', async () => {
    await using store = await open()
    await fill(store, 60)
    const events = await collect(store.readAll())
    expect(events.map(({ data }) => data)).toEqual(Array.from({ length: 60 }, (_, index) => index))
    expect(events.every(({ position }, index) => index === 0 || position > (events[index - 1]?.position ?? 0))).toBe(
      true,
    )
    expect(await store.head()).toBe(events.at(-1)?.position)
  })

  it('reads after a position, down to the very next event', async () => {
    await using store = await open()
    await fill(store, 20)
    const events = await collect(store.readAll())
    for (const [index, { position }] of events.entries()) {
      expect(idsOf(await collect(store.readAll({ after: position })))).toEqual(idsOf(events.slice(index + 1)))
    }
    expect(await collect(store.readAll({ after: (await store.head()) + 1_000 }))).toEqual([])
  })

  it('reads categories: what stands before the first dash', async () => {
    await using store = await open()
    await fill(store, 20)
    await store.append('site-with-dash', [newEvent('dashed')], none)
    await store.append('sites-1', [newEvent('other')], none)
    const of = async (...categories: string[]) => (await collect(store.readAll({ categories }))).map(({ data }) => data)
    expect(await of('site')).toEqual([0, 3, 6, 9, 12, 15, 18, 'dashed'])
    expect(await of('site', 'run')).toHaveLength(21)
    expect(await of('sit')).toEqual([])
    expect(await of()).toEqual([])
  })

  it('reads more than fits one page, of all and of one category', async () => {
    await using store = await open()
    await store.append('site-1', newEvents(MANY), none)
    await store.append('run-1', newEvents(MANY), none)
    expect(await collect(store.readAll())).toHaveLength(2 * MANY)
    const runs = await collect(store.readAll({ categories: ['run'] }))
    expect(runs.map(({ revision }) => revision)).toEqual(Array.from({ length: MANY }, (_, index) => index))
  })

  it('is at -1 while nothing is stored', async () => {
    await using store = await open()
    expect(await store.head()).toBe(-1)
    expect(await collect(store.readAll())).toEqual([])
  })
}

const life = ({ open, traits }: Suite) => {
  it('refuses work once it is closed, and closes twice without harm', async () => {
    const store = await open()
    await store.append('thing-1', newEvents(1), none)
    await store[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    const closed = EventStoreUnavailableError
    await expect(appendNext(store, 'thing-1', newEvents(1))).rejects.toBeInstanceOf(closed)
    await expect(collect(store.readStream('thing-1'))).rejects.toBeInstanceOf(closed)
    await expect(collect(store.readAll())).rejects.toBeInstanceOf(closed)
    await expect(collect(store.subscribe({ signal: new AbortController().signal }))).rejects.toBeInstanceOf(closed)
    await expect(store.head()).rejects.toBeInstanceOf(closed)
  })

  it(
    traits.reopen === 'forgets' ? 'starts empty each time' : 'has everything again after it was closed and opened',
    async () => {
      const before = await open()
      await fill(before, 20)
      const events = await collect(before.readAll())
      const reopen = traits.reopen === 'forgets' ? open : traits.reopen
      await using after = await reopen(before)
      expect(await collect(after.readAll())).toEqual(traits.reopen === 'forgets' ? [] : events)
      const last = (await collect(after.readStream('site-0'))).at(-1)?.revision
      const { position } = await after.append('site-0', newEvents(1), { expected: last ?? 'none' })
      if (traits.reopen !== 'forgets') expect(position).toBeGreaterThan(events.at(-1)?.position ?? 0)
    },
  )
}

/** What reads yield, and what closing does. */
export const readCases = (suite: Suite): void => {
  describe('readStream', () => streams(suite))
  describe('readAll', () => allStreams(suite))
  describe('closing', () => life(suite))
}
