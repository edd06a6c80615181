import { BACKWARDS, END, FORWARDS, jsonEvent, NO_STREAM, START, StreamNotFoundError } from '@eventstore/db-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collect, newEvents, startWithClient, type WithClient } from './stand-in.fixtures.ts'

let server: WithClient
beforeAll(async () => {
  server = await startWithClient()
  await server.append('thing-1', newEvents(10), NO_STREAM)
  await server.append('other-1', newEvents(2), NO_STREAM)
})
afterAll(async () => await server[Symbol.asyncDispose]())

const revisions = async (options: Parameters<WithClient['client']['readStream']>[1]) =>
  (await collect(server.client.readStream('thing-1', options))).map(({ revision }) => Number(revision))

describe('a read of one stream', () => {
  it.each([
    ['forwards from the start', { direction: FORWARDS }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['forwards from a revision, inclusive', { fromRevision: 7n }, [7, 8, 9]],
    ['no more than asked for', { fromRevision: 2n, maxCount: 2 }, [2, 3]],
    ['forwards from beyond the end', { fromRevision: 50n }, []],
    ['backwards from the end', { direction: BACKWARDS, fromRevision: END, maxCount: 1 }, [9]],
    ['backwards from the start', { direction: BACKWARDS, fromRevision: START }, [0]],
    ['backwards from beyond the end', { direction: BACKWARDS, fromRevision: 50n, maxCount: 2 }, [9, 8]],
    ['backwards to the start', { direction: BACKWARDS, fromRevision: 2n }, [2, 1, 0]],
  ] as const)('goes %s', async (_, options, wanted) => {
    expect(await revisions(options)).toEqual(wanted)
  })

  it.each([
    ['forwards from the end', { fromRevision: END }],
    ['for nothing', { maxCount: 0 }],
  ] as const)('fails %s', async (_, options) => {
    await expect(revisions(options)).rejects.toMatchObject({
      type: 'unknown',
      code: 2,
      message: expect.stringContaining('Unexpected ReadStreamResult: Error'),
    })
  })

  it.each([FORWARDS, BACKWARDS] as const)('of a stream that does not exist says so (%s)', async (direction) => {
    const reading = collect(server.client.readStream('thing-2', { direction, fromRevision: START }))
    await expect(reading).rejects.toBeInstanceOf(StreamNotFoundError)
    await expect(collect(server.client.readStream('$all'))).rejects.toBeInstanceOf(StreamNotFoundError)
  })

  it('gives back what was appended: id, type, data, metadata, time', async () => {
    await using own = await startWithClient()
    const event = jsonEvent({
      id: 'A1B2C3D4-0000-4000-8000-000000000001',
      type: 'Tiếng Việt',
      data: { text: '😀', list: [null, 1] },
      metadata: { by: 'ada' },
    })
    const before = Date.now()
    await own.client.appendToStream('chose-é', event, { credentials: { username: '', password: '' } })
    const [read] = await collect(own.client.readStream('chose-é'))
    const { contentType: _, ...given } = event
    expect(read).toMatchObject({ ...given, id: event.id.toLowerCase(), streamId: 'chose-é', isJson: true })
    expect(read?.created.getTime()).toBeGreaterThanOrEqual(before)
  })
})

describe('a read of all streams', () => {
  const ids = async (options: Parameters<WithClient['client']['readAll']>[0]) =>
    (await collect(server.client.readAll(options))).map(({ streamId, revision }) => `${streamId}@${revision}`)
  const all = async () => await collect(server.client.readAll())

  it('goes from a position, inclusive forwards and exclusive backwards', async () => {
    const events = await all()
    expect(events).toHaveLength(12)
    const fromPosition = events[9]?.position
    if (fromPosition === undefined) throw new Error('no position')
    expect(await ids({ fromPosition })).toEqual(['thing-1@9', 'other-1@0', 'other-1@1'])
    expect(await ids({ fromPosition, direction: BACKWARDS, maxCount: 2 })).toEqual(['thing-1@8', 'thing-1@7'])
  })

  it('knows its two ends', async () => {
    expect(await ids({ fromPosition: END })).toEqual([])
    expect(await ids({ fromPosition: START, direction: BACKWARDS })).toEqual([])
    expect(await ids({ fromPosition: END, direction: BACKWARDS, maxCount: 1 })).toEqual(['other-1@1'])
    expect(await ids({ fromPosition: { commit: 1_000_000n, prepare: 1_000_000n } })).toEqual([])
  })

  it('fails inside a record', async () => {
    const commit = ((await all())[1]?.position?.commit ?? 0n) + 1n
    await expect(ids({ fromPosition: { commit, prepare: commit } })).rejects.toMatchObject({
      code: 2,
      message: expect.stringContaining('Unexpected ReadAllResult: Error'),
    })
  })

  it('delivers more than fits one page, in both directions', async () => {
    await using own = await startWithClient()
    await own.append('thing-1', newEvents(1_203), NO_STREAM)
    const forwards = await collect(own.client.readAll())
    const backwards = await collect(own.client.readAll({ direction: BACKWARDS, fromPosition: END }))
    expect(forwards).toHaveLength(1_203)
    expect(backwards.toReversed().map(({ id }) => id)).toEqual(forwards.map(({ id }) => id))
  })
})
