import {
  ANY,
  type AppendExpectedRevision,
  MaxAppendSizeExceededError,
  NO_STREAM,
  STREAM_EXISTS,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client'
import { describe, expect, it } from 'vitest'
import { MAX_APPEND_SIZE } from './log.ts'
import { collect, dataFiles, newEvents, paths, startWithClient, type WithClient } from './stand-in.fixtures.ts'

const newFile = dataFiles()
const stored = async ({ client }: WithClient) => (await collect(client.readAll())).map(({ id }) => id)

describe.each(paths)('%s', (path) => {
  /** A stream of three events, and how to append to it. */
  const start = async () => {
    const server = await startWithClient({ file: newFile() })
    const there = newEvents(3)
    const first = await server.append('thing-1', there, NO_STREAM, path)
    const append = async (events: ReturnType<typeof newEvents>, expected: AppendExpectedRevision, stream = 'thing-1') =>
      await server.append(stream, events, expected, path)
    return { server, there, first, append, [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose]() }
  }

  it('answers revision and position of the last event; positions grow and have gaps', async () => {
    await using s = await start()
    expect(s.first).toMatchObject({ success: true, nextExpectedRevision: 2n })
    const second = await s.append(newEvents(2), 2n)
    const other = await s.append(newEvents(1), NO_STREAM, 'thing-2')
    expect([second.nextExpectedRevision, other.nextExpectedRevision]).toEqual([4n, 0n])
    const events = await collect(s.server.client.readAll())
    const positions = events.map(({ position }) => position?.commit ?? -1n)
    expect([s.first, second, other].map(({ position }) => position?.commit)).toEqual([
      positions[2],
      positions[4],
      positions[5],
    ])
    for (const [index, position] of positions.entries())
      if (index > 0) expect(position).toBeGreaterThan((positions[index - 1] ?? 0n) + 1n)
  })

  it.each<[AppendExpectedRevision, string, bigint]>([
    [ANY, 'thing-1', 3n],
    [ANY, 'thing-2', 0n],
    [STREAM_EXISTS, 'thing-1', 3n],
    [2n, 'thing-1', 3n],
    [NO_STREAM, 'thing-2', 0n],
  ])('writes new events at %s of %s', async (expected, stream, revision) => {
    await using s = await start()
    expect((await s.append(newEvents(1), expected, stream)).nextExpectedRevision).toBe(revision)
    expect(await stored(s.server)).toHaveLength(4)
  })

  it.each<[AppendExpectedRevision, string, bigint | 'no_stream']>([
    [NO_STREAM, 'thing-1', 2n],
    [1n, 'thing-1', 2n],
    [3n, 'thing-1', 2n],
    [0n, 'thing-2', 'no_stream'],
    [STREAM_EXISTS, 'thing-2', 'no_stream'],
  ])('refuses new events at %s of %s and writes nothing', async (expected, stream, actualVersion) => {
    await using s = await start()
    const refused = await s.append(newEvents(1), expected, stream).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(WrongExpectedVersionError)
    expect(refused).toMatchObject({ streamName: stream, expectedVersion: expected, actualVersion })
    expect(await stored(s.server)).toHaveLength(3)
  })

  it.each<
    [string, (ids: ReturnType<typeof newEvents>) => ReturnType<typeof newEvents>, AppendExpectedRevision, bigint]
  >([
    ['all of them', (ids) => ids, NO_STREAM, 2n],
    ['the first', (ids) => ids.slice(0, 1), NO_STREAM, 0n],
    ['the others after the first', (ids) => ids.slice(1), 0n, 2n],
    ['all of them', (ids) => ids, ANY, 2n],
    ['the first', (ids) => ids.slice(0, 1), ANY, 0n],
    ['the last', (ids) => ids.slice(2), STREAM_EXISTS, 2n],
    ['all of them, reordered', (ids) => ids.toReversed(), ANY, 0n],
  ])('takes %s for repeated at %3$s and writes nothing', async (_, pick, expected, revision) => {
    await using s = await start()
    const again = await s.append(pick(s.there), expected)
    const place = (await collect(s.server.client.readStream('thing-1')))[Number(revision)]
    expect(again).toMatchObject({ success: true, nextExpectedRevision: revision })
    const all = await collect(s.server.client.readAll())
    expect(again.position).toEqual(all.find(({ id }) => id === place?.id)?.position)
    expect(await stored(s.server)).toHaveLength(3)
  })

  it.each<[string, (ids: ReturnType<typeof newEvents>) => ReturnType<typeof newEvents>, AppendExpectedRevision]>([
    ['elsewhere in the stream', (ids) => ids.slice(0, 1), 0n],
    ['reordered', (ids) => ids.toReversed(), NO_STREAM],
    ['with a new one behind them', (ids) => [...ids, ...newEvents(1)], NO_STREAM],
    ['with a new one behind them', (ids) => [...ids, ...newEvents(1)], ANY],
    ['with a new one before them', (ids) => [...newEvents(1), ...ids], ANY],
    ['of the future', (ids) => ids, 7n],
  ])('refuses known events %s at %3$s', async (_, pick, expected) => {
    await using s = await start()
    await expect(s.append(pick(s.there), expected)).rejects.toMatchObject({ expectedVersion: expected })
    expect(await stored(s.server)).toHaveLength(3)
  })

  it('writes known events again at the head, in another stream, and twice in one append', async () => {
    await using s = await start()
    expect((await s.append(s.there, 2n)).nextExpectedRevision).toBe(5n)
    await s.append(s.there, NO_STREAM, 'thing-2')
    const [one] = newEvents(1)
    if (one !== undefined) await s.append([one, one], NO_STREAM, 'thing-3')
    expect(await stored(s.server)).toHaveLength(11)
  })

  it('forgets the ids behind ANY on a restart, and never those at exact revisions', async () => {
    await using s = await start()
    await s.server.restart()
    expect((await s.append(s.there, NO_STREAM)).nextExpectedRevision).toBe(2n)
    expect((await s.append(s.there.slice(1), 0n)).nextExpectedRevision).toBe(2n)
    expect(await stored(s.server)).toHaveLength(3)
    expect((await s.append(s.there, ANY)).nextExpectedRevision).toBe(5n)
    await s.server.restart()
    expect((await s.append(s.there, STREAM_EXISTS)).nextExpectedRevision).toBe(8n)
  })

  it('lets one of many concurrent appends at one revision win', async () => {
    await using s = await start()
    const results = await Promise.allSettled(Array.from({ length: 50 }, async () => await s.append(newEvents(1), 2n)))
    const lost = results.filter((result) => result.status === 'rejected')
    expect(lost).toHaveLength(49)
    for (const { reason } of lost) expect(reason).toMatchObject({ expectedVersion: 2n, actualVersion: 3n })
  })

  it('takes an empty append without writing, unless the revision is wrong', async () => {
    await using s = await start()
    expect(await s.append([], NO_STREAM, 'thing-2')).toMatchObject({ success: true, nextExpectedRevision: 0n })
    await expect(collect(s.server.client.readStream('thing-2'))).rejects.toBeInstanceOf(StreamNotFoundError)
    await expect(s.append([], 7n)).rejects.toBeInstanceOf(WrongExpectedVersionError)
  })

  it('counts the bytes of the data of all events, up to the limit and no further', async () => {
    await using s = await start()
    const frame = Buffer.byteLength(JSON.stringify({ n: 0, text: '' }))
    const half = 'x'.repeat(MAX_APPEND_SIZE / 2 - frame)
    await s.append(newEvents(2, { text: half }), 2n)
    const over = s.append([...newEvents(1, { text: half }), ...newEvents(1, { text: `${half}x` })], 4n)
    await expect(over).rejects.toBeInstanceOf(MaxAppendSizeExceededError)
    await expect(over).rejects.toMatchObject({ maxAppendSize: MAX_APPEND_SIZE })
    expect((await s.append(newEvents(1), 4n)).nextExpectedRevision).toBe(5n)
  })
})
