import {
  type AllStreamSubscription,
  END,
  eventTypeFilter,
  jsonEvent,
  NO_STREAM,
  START,
  type StreamSubscription,
  streamNameFilter,
} from '@eventstore/db-client'
import { describe, expect, it } from 'vitest'
import { collect, newEvents, startWithClient } from './stand-in.fixtures.ts'

/** What a subscription said, in its order. */
const heardOf = (subscription: AllStreamSubscription | StreamSubscription) => {
  const heard: string[] = []
  subscription.on('confirmation', () => heard.push('confirmation'))
  subscription.on('caughtUp', () => heard.push('caughtUp'))
  subscription.on('error', (error: { message: string; code?: number }) => heard.push(`${error.code} ${error.message}`))
  subscription.on('data', ({ event }) => event && heard.push(`${event.streamId}@${event.revision}`))
  return { heard, [Symbol.asyncDispose]: async () => await subscription.unsubscribe() }
}

describe('a subscription to one stream', () => {
  it('is confirmed, delivers what is stored, has caught up, and goes on', async () => {
    await using server = await startWithClient()
    await server.append('thing-1', newEvents(2), NO_STREAM)
    await server.append('other-1', newEvents(1), NO_STREAM)
    await using subscription = heardOf(server.client.subscribeToStream('thing-1'))
    const past = ['confirmation', 'thing-1@0', 'thing-1@1', 'caughtUp']
    await expect.poll(() => subscription.heard).toEqual(past)
    await server.append('other-1', newEvents(1), 0n)
    await server.append('thing-1', newEvents(1), 1n)
    await expect.poll(() => subscription.heard).toEqual([...past, 'thing-1@2'])
  })

  it.each([
    ['after a revision', 0n, ['thing-1@1']],
    ['from the start', START, ['thing-1@0', 'thing-1@1']],
    ['from the end', END, []],
    ['from beyond the end', 50n, []],
  ] as const)('begins %s', async (_, fromRevision, past) => {
    await using server = await startWithClient()
    await server.append('thing-1', newEvents(2), NO_STREAM)
    await using subscription = heardOf(server.client.subscribeToStream('thing-1', { fromRevision }))
    await expect.poll(() => subscription.heard).toEqual(['confirmation', ...past, 'caughtUp'])
  })

  it('of a stream that does not exist has caught up only after its first events', async () => {
    await using server = await startWithClient()
    await using subscription = heardOf(server.client.subscribeToStream('thing-1'))
    await expect.poll(() => subscription.heard).toEqual(['confirmation'])
    await server.append('thing-1', newEvents(1), NO_STREAM)
    await expect.poll(() => subscription.heard).toEqual(['confirmation', 'thing-1@0', 'caughtUp'])
  })
})

describe('a subscription to all streams', () => {
  it('begins after a position, and ends with the client', async () => {
    await using server = await startWithClient()
    await server.append('thing-1', newEvents(3), NO_STREAM)
    const fromPosition = (await collect(server.client.readAll()))[1]?.position ?? START
    const subscription = server.client.subscribeToAll({ fromPosition })
    const { heard } = heardOf(subscription)
    await expect.poll(() => heard).toEqual(['confirmation', 'thing-1@2', 'caughtUp'])
    await subscription.unsubscribe()
    await server.append('thing-1', newEvents(1), 2n)
    await using other = heardOf(server.client.subscribeToAll())
    await expect.poll(() => other.heard).toContain('caughtUp')
    expect(heard).toHaveLength(3)
  })

  it('waits in silence beyond the end, and fails inside a record', async () => {
    await using server = await startWithClient()
    await server.append('thing-1', newEvents(2), NO_STREAM)
    const beyond = { commit: 1_000_000n, prepare: 1_000_000n }
    await using silent = heardOf(server.client.subscribeToAll({ fromPosition: beyond }))
    await expect.poll(() => silent.heard).toEqual(['confirmation', 'caughtUp'])
    await using inside = heardOf(server.client.subscribeToAll({ fromPosition: { commit: 1n, prepare: 1n } }))
    await expect.poll(() => inside.heard).toEqual(['2 2 UNKNOWN: Exception was thrown by handler.'])
    await server.append('thing-1', newEvents(1), 1n)
    await using other = heardOf(server.client.subscribeToAll())
    await expect.poll(() => other.heard).toContain('caughtUp')
    expect(silent.heard).toHaveLength(2)
  })

  it.each([
    ['prefixes of streams', streamNameFilter({ prefixes: ['site-', 'user-'] }), ['site-1@0', 'user-1@0']],
    ['a pattern of streams', streamNameFilter({ regex: '^run' }), ['run-1@0']],
    ['prefixes of types', eventTypeFilter({ prefixes: ['Run'] }), ['run-1@0']],
    ['a pattern of types', eventTypeFilter({ regex: '^[^$].*' }), ['site-1@0', 'run-1@0', 'user-1@0']],
  ])('delivers %s', async (_, filter, wanted) => {
    await using server = await startWithClient()
    for (const [stream, type] of Object.entries({ 'site-1': 'Site', 'run-1': 'Run', 'user-1': 'User', '$s-1': '$own' }))
      await server.append(stream, [jsonEvent({ type, data: {} })] as ReturnType<typeof newEvents>, NO_STREAM)
    await using subscription = heardOf(server.client.subscribeToAll({ filter }))
    await expect.poll(() => subscription.heard).toEqual(['confirmation', ...wanted, 'caughtUp'])
  })

  it('says at each checkpoint how far it has looked, also without a match, stored and live', async () => {
    await using server = await startWithClient()
    await server.append('other-1', newEvents(100), NO_STREAM)
    const positions: bigint[] = []
    const filter = streamNameFilter({
      prefixes: ['thing-'],
      checkpointInterval: 1,
      checkpointReached: async (_subscription, { commit }) => void positions.push(commit),
    })
    await using subscription = heardOf(server.client.subscribeToAll({ filter }))
    await expect.poll(() => subscription.heard).toContain('caughtUp')
    await server.append('other-1', newEvents(100), 99n)
    await expect.poll(() => positions).toHaveLength(6)
    const scanned = (await collect(server.client.readAll())).map(({ position }) => position?.commit)
    expect(positions).toEqual([31, 63, 95, 127, 159, 191].map((index) => scanned[index]))
  })
})
