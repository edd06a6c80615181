import { describe, expect, it, vi } from 'vitest'
import type { EventStore, SubscriptionMessage } from '../event-store.port.ts'
import { appendNext, collect, follower, idsOf, newEvent, newEvents, type Suite } from './suite.ts'

const none = { expected: 'none' } as const
const kinds = (messages: readonly SubscriptionMessage[]) => messages.map(({ kind }) => kind)
const storedIds = async (store: EventStore) => idsOf(await collect(store.readAll()))

const catchingUp = ({ open }: Suite) => {
  it('delivers what is stored, says that it has caught up, and goes on with what is new', async () => {
    await using store = await open()
    await store.append('site-1', newEvents(2), none)
    const reader = follower(store)
    await vi.waitFor(() => expect(kinds(reader.messages)).toEqual(['event', 'event', 'caught-up']))
    const { position } = await store.append('site-2', newEvents(1), none)
    await vi.waitFor(() => expect(reader.messages.at(-1)).toEqual({ kind: 'caught-up', position }))
    expect(reader.ids()).toEqual(await storedIds(store))
    await reader.leave()
  })

  it('says at once that it has caught up with an empty store', async () => {
    await using store = await open()
    const reader = follower(store)
    await vi.waitFor(() => expect(reader.messages).toEqual([{ kind: 'caught-up', position: -1 }]))
    await reader.leave()
  })

  it('starts after a position', async () => {
    await using store = await open()
    await store.append('site-1', newEvents(3), none)
    const [, second] = await collect(store.readAll())
    const reader = follower(store, { after: second?.position ?? 0 })
    await vi.waitFor(() => expect(reader.messages).toContainEqual({ kind: 'caught-up', position: expect.any(Number) }))
    expect(reader.ids()).toEqual((await storedIds(store)).slice(2))
    await reader.leave()
  })

  it.each([[undefined], [['site']], [['run']], [[]]])(
    'refuses a reader that has been further than the store is, of categories %j',
    async (categories) => {
      await using store = await open()
      const signal = AbortSignal.timeout(10_000)
      const refused = { name: 'PositionBeyondHeadError', head: -1, position: 0 }
      await expect(collect(store.subscribe({ after: 0, categories, signal }))).rejects.toMatchObject(refused)
      const { position } = await store.append('site-1', newEvents(2), none)
      const reading = collect(store.subscribe({ after: position + 1, categories, signal }))
      await expect(reading).rejects.toMatchObject({ ...refused, head: position, position: position + 1 })
      const aborted = store.subscribe({ after: position + 1, categories, signal: AbortSignal.abort() })
      expect(await collect(aborted)).toEqual([])
    },
  )

  it('delivers only the categories asked for, and reports the position beyond the others', async () => {
    await using store = await open()
    await store.append('site-1', newEvents(1), none)
    const reader = follower(store, { categories: ['run', 'user'] })
    await store.append('run-1', [newEvent('stored')], none)
    await appendNext(store, 'site-1', newEvents(600))
    const { position } = await store.append('runner-1', newEvents(1), none)
    await vi.waitFor(() => expect(reader.messages.at(-1)).toEqual({ kind: 'caught-up', position }))
    await store.append('user-1', [newEvent('live')], none)
    const wanted = await collect(store.readAll({ categories: ['run', 'user'] }))
    await vi.waitFor(() => expect(reader.ids()).toEqual(idsOf(wanted)))
    expect(wanted.map(({ data }) => data)).toEqual(['stored', 'live'])
    await reader.leave()
  })
}

const switching = ({ open }: Suite) => {
  it('neither loses nor repeats events that are appended while it catches up', async () => {
    await using store = await open()
    await store.append('site-1', newEvents(700), none)
    const leave = new AbortController()
    const got: string[] = []
    for await (const message of store.subscribe({ signal: leave.signal })) {
      if (message.kind === 'event') got.push(message.event.id)
      // Now and then, also in the middle of a page and right at the switch.
      if (got.length < 1_000 && (message.kind === 'caught-up' || got.length % 50 === 0))
        await appendNext(store, 'site-2', newEvents(7))
      if (message.kind === 'caught-up' && got.length >= 1_000) leave.abort()
    }
    expect(got.length).toBeGreaterThanOrEqual(1_000)
    expect(got).toEqual((await storedIds(store)).slice(0, got.length))
    expect(new Set(got).size).toBe(got.length)
  })

  it('serves several subscribers that begin at different times while a writer goes on', async () => {
    await using store = await open()
    const readers: ReturnType<typeof follower>[] = []
    for (let index = 0; index < 300; index += 1) {
      if (index % 50 === 0) readers.push(follower(store))
      await appendNext(store, `site-${index % 7}`, newEvents((index % 3) + 1))
    }
    const wanted = await storedIds(store)
    for (const reader of readers) await vi.waitFor(() => expect(reader.ids()).toEqual(wanted))
    for (const reader of readers) await reader.leave()
  })

  it('does not hurry: a subscriber that stops for a while gets everything afterwards', async () => {
    await using store = await open()
    const leave = new AbortController()
    const slow = store.subscribe({ signal: leave.signal })[Symbol.asyncIterator]()
    expect(await slow.next()).toMatchObject({ value: { kind: 'caught-up' } })
    await store.append('site-1', newEvents(1_100), none)
    const got: string[] = []
    while (got.length < 1_100) {
      const { value } = await slow.next()
      if (value?.kind === 'event') got.push(value.event.id)
    }
    expect(got).toEqual(await storedIds(store))
    leave.abort()
    expect((await slow.next()).value?.kind ?? 'end').not.toBe('event')
  })

  it('is not woken by an append that repeats an earlier one', async () => {
    await using store = await open()
    const events = newEvents(1)
    await store.append('site-1', events, none)
    const reader = follower(store)
    await vi.waitFor(() => expect(kinds(reader.messages)).toEqual(['event', 'caught-up']))
    await store.append('site-1', events, none)
    // Time for a subscription that was woken to say so.
    await new Promise(setImmediate)
    await appendNext(store, 'site-1', newEvents(1))
    await vi.waitFor(() => expect(kinds(reader.messages)).toEqual(['event', 'caught-up', 'event', 'caught-up']))
    await reader.leave()
  })
}

const ending = ({ open }: Suite) => {
  it('ends when its signal aborts: while it waits, while it reads, and before it began', async () => {
    await using store = await open()
    await store.append('site-1', newEvents(600), none)
    const waiting = follower(store, { after: await store.head() })
    await vi.waitFor(() => expect(waiting.messages).toHaveLength(1))
    await waiting.leave()
    const leave = new AbortController()
    let read = 0
    for await (const message of store.subscribe({ signal: leave.signal })) {
      if (message.kind === 'event') read += 1
      leave.abort()
    }
    expect(read).toBe(1)
    expect(await collect(store.subscribe({ signal: AbortSignal.abort() }))).toEqual([])
  })

  it('ends when its reader leaves the loop, and the others go on', async () => {
    await using store = await open()
    await store.append('site-1', newEvents(2), none)
    const stays = follower(store)
    for await (const message of store.subscribe({ signal: new AbortController().signal }))
      if (message.kind === 'event') break
    await appendNext(store, 'site-1', newEvents(1))
    await vi.waitFor(() => expect(stays.ids()).toHaveLength(3))
    await stays.leave()
  })

  it('ends when the store is closed', async () => {
    const store = await open()
    const reader = follower(store)
    await vi.waitFor(() => expect(reader.messages).toHaveLength(1))
    await store[Symbol.asyncDispose]()
    await reader.ended
    expect(kinds(reader.messages)).toEqual(['caught-up'])
  })
}

/** What subscriptions deliver, when, and how they end. */
export const subscribeCases = (suite: Suite): void => {
  describe('subscribe: catching up', () => catchingUp(suite))
  describe('subscribe: from stored to live', () => switching(suite))
  describe('subscribe: ending', () => ending(suite))
}
