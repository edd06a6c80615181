import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  AppendTooLargeError,
  type EventStore,
  InvalidEventError,
  MAX_APPEND_BYTES,
  type NewEvent,
  WrongExpectedRevisionError,
} from '../event-store.port.ts'
import { collect, idsOf, metadata, newEvent, newEvents, type Suite } from './suite.ts'

const none = { expected: 'none' } as const
const stored = async (store: EventStore, stream = 'thing-1') => await collect(store.readStream(stream))

const optimisticConcurrency = ({ open }: Suite) => {
  it('counts revisions from 0 without gaps and lets positions grow', async () => {
    await using store = await open()
    const first = await store.append('thing-1', newEvents(2), none)
    const second = await store.append('thing-1', newEvents(1), { expected: 1 })
    const other = await store.append('thing-2', newEvents(1), none)
    expect([first.revision, second.revision, other.revision]).toEqual([1, 2, 0])
    expect(second.position).toBeGreaterThan(first.position)
    expect(other.position).toBeGreaterThan(second.position)
    expect((await stored(store)).map(({ revision }) => revision)).toEqual([0, 1, 2])
  })

  it.each([
    ['none on a stream that exists', 'none'],
    ['a revision that is past', 0],
    ['a revision that is still to come', 2],
  ] as const)('refuses %s and writes nothing', async (_, expected) => {
    await using store = await open()
    await store.append('thing-1', newEvents(2), none)
    const refused = await store.append('thing-1', newEvents(1), { expected }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(WrongExpectedRevisionError)
    expect(refused).toMatchObject({ stream: 'thing-1', expected, actual: 1 })
    expect(await stored(store)).toHaveLength(2)
  })

  it('refuses a revision of a stream that does not exist', async () => {
    await using store = await open()
    await expect(store.append('thing-1', newEvents(1), { expected: 0 })).rejects.toMatchObject({
      name: 'WrongExpectedRevisionError',
      actual: -1,
    })
  })

  it('lets exactly one of 50 concurrent appends at one revision win', async () => {
    await using store = await open()
    await store.append('thing-1', newEvents(1), none)
    const races = Array.from({ length: 50 }, async () => await store.append('thing-1', newEvents(2), { expected: 0 }))
    const results = await Promise.allSettled(races)
    const lost = results.filter((result) => result.status === 'rejected')
    expect(lost).toHaveLength(49)
    expect(lost.every(({ reason }) => reason instanceof WrongExpectedRevisionError)).toBe(true)
    expect(await stored(store)).toHaveLength(3)
  })
}

const repeats = ({ open, traits }: Suite) => {
  it('takes a repeat at none for done and writes nothing', async () => {
    await using store = await open()
    const events = newEvents(3)
    const done = await store.append('thing-1', events, none)
    await store.append('thing-1', newEvents(2), { expected: 2 })
    expect(await store.append('thing-1', events, none)).toEqual(done)
    expect(await stored(store)).toHaveLength(5)
  })

  it('takes a repeat at a revision for done, also when the stream went on', async () => {
    await using store = await open()
    await store.append('thing-1', newEvents(2), none)
    const events = newEvents(2)
    const done = await store.append('thing-1', events, { expected: 1 })
    const after = await store.append('thing-1', newEvents(1), { expected: 3 })
    expect(await store.append('thing-1', events, { expected: 1 })).toEqual(done)
    expect(await store.head()).toBe(after.position)
  })

  const first = newEvents(2)
  const misplaced: [string, NewEvent[], 'none' | number][] = [
    ['at another revision', first, 0],
    ['in another order', first.toReversed(), 'none'],
    ['with a new one behind them', [...first, newEvent()], 'none'],
    ['with a new one before them', [newEvent(), ...first], 'none'],
  ]
  it.each(misplaced)('refuses the same ids %s and writes nothing', async (_, events, expected) => {
    await using store = await open()
    await store.append('thing-1', first, none)
    await expect(store.append('thing-1', events, { expected })).rejects.toBeInstanceOf(WrongExpectedRevisionError)
    expect(idsOf(await collect(store.readAll()))).toEqual(idsOf(first))
  })

  const elsewhere: [string, string, 'none' | number][] = [
    ['in another stream', 'thing-2', 'none'],
    ['at the end of their own stream', 'thing-1', 1],
  ]
  const fate = traits.knownIds === 'refused' ? 'refuses' : 'cannot see, and writes,'
  it.each(elsewhere)(`${fate} the same ids %s`, async (_, stream, expected) => {
    await using store = await open()
    await store.append('thing-1', first, none)
    const again = store.append(stream, first, { expected })
    if (traits.knownIds === 'refused') await expect(again).rejects.toBeInstanceOf(WrongExpectedRevisionError)
    else await again
    expect(await collect(store.readAll())).toHaveLength(traits.knownIds === 'refused' ? 2 : 4)
  })
}

const dataOfBytes = (bytes: number): NewEvent => {
  const frame = Buffer.byteLength(JSON.stringify(metadata)) + Buffer.byteLength(JSON.stringify({ text: '' }))
  return newEvent({ text: 'x'.repeat(bytes - frame) })
}

const limits = ({ open }: Suite) => {
  it('takes exactly as many bytes as the limit says, in one event or in several', async () => {
    await using store = await open()
    await store.append('thing-1', [dataOfBytes(MAX_APPEND_BYTES)], none)
    await store.append('thing-2', [dataOfBytes(MAX_APPEND_BYTES / 2), dataOfBytes(MAX_APPEND_BYTES / 2)], none)
    expect(await collect(store.readAll())).toHaveLength(3)
  })

  it('refuses one byte more and writes nothing', async () => {
    await using store = await open()
    await expect(store.append('thing-1', [dataOfBytes(MAX_APPEND_BYTES + 1)], none)).rejects.toBeInstanceOf(
      AppendTooLargeError,
    )
    const two = [dataOfBytes(MAX_APPEND_BYTES / 2), dataOfBytes(MAX_APPEND_BYTES / 2 + 1)]
    await expect(store.append('thing-1', two, none)).rejects.toBeInstanceOf(AppendTooLargeError)
    expect(await store.head()).toBe(-1)
  })

  it('counts bytes, not characters', async () => {
    await using store = await open()
    await expect(store.append('thing-1', [newEvent('ế'.repeat(MAX_APPEND_BYTES / 2))], none)).rejects.toBeInstanceOf(
      AppendTooLargeError,
    )
  })
}

const twice = newEvent()
const cyclic: Record<string, unknown> = {}
cyclic['self'] = cyclic
const invalid: [string, string, NewEvent[]][] = [
  ['an empty append', 'thing-1', []],
  ['an empty stream name', '', [newEvent()]],
  ['a stream name without category', 'thing', [newEvent()]],
  ['an id that is no UUID', 'thing-1', [{ ...newEvent(), id: 'one' }]],
  ['an empty id', 'thing-1', [{ ...newEvent(), id: '' }]],
  ['the same id twice', 'thing-1', [twice, twice]],
  ['an empty type', 'thing-1', [newEvent({}, '')]],
  ['undefined as data', 'thing-1', [{ id: randomUUID(), type: 'A', data: undefined, metadata }]],
  ['a function as data', 'thing-1', [newEvent(() => 1)]],
  ['a BigInt in data', 'thing-1', [newEvent({ size: 1n })]],
  ['data that contains itself', 'thing-1', [newEvent(cyclic)]],
]

const refusals = ({ open, traits }: Suite) => {
  it.each(invalid)('refuses %s', async (_, stream, events) => {
    await using store = await open()
    await expect(store.append(stream, events, none)).rejects.toBeInstanceOf(InvalidEventError)
    expect(await store.head()).toBe(-1)
  })

  it('writes none of several events when one of them is refused', async () => {
    await using store = await open()
    await store.append('thing-1', [twice], none)
    await expect(store.append('thing-2', [newEvent(), { ...newEvent(), id: 'one' }], none)).rejects.toBeInstanceOf(
      InvalidEventError,
    )
    if (traits.knownIds === 'refused') {
      const known = store.append('thing-2', [newEvent(), twice], none)
      await expect(known).rejects.toBeInstanceOf(WrongExpectedRevisionError)
    }
    expect(await stored(store, 'thing-2')).toEqual([])
    expect((await store.append('thing-2', newEvents(1), none)).revision).toBe(0)
  })
}

/** What an append takes, refuses and repeats. */
export const appendCases = (suite: Suite): void => {
  describe('append: optimistic concurrency', () => optimisticConcurrency(suite))
  describe('append: repeats', () => repeats(suite))
  describe('append: limits', () => limits(suite))
  describe('append: refusals', () => refusals(suite))
}
