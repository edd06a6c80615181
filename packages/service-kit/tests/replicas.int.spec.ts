import { createMemoryBus } from '@rancher-hub/bus/memory'
import type { Permission } from '@rancher-hub/contracts'
import type { EventStore } from '@rancher-hub/event-store'
import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import { openMemoryReadModels } from '@rancher-hub/read-model/memory'
import { describe, expect, it } from 'vitest'
import {
  createCaller,
  createKeyPair,
  createLogger,
  createTokenSigner,
  hideDeleted,
  newId,
  openLeases,
  startService,
} from '../src/index.ts'
import { counter, createCounterService, getCounter, raiseCounter } from './counter.fixtures.ts'

const log = createLogger({ level: 'silent' })

/** What the processes of a service share. */
const open = async () => {
  const bus = createMemoryBus()
  const models = openMemoryReadModels()
  const keys = { gateway: createKeyPair(), monitor: createKeyPair() }
  const publicKeys = { gateway: keys.gateway.publicKey, monitor: keys.monitor.publicKey }
  const counters = await hideDeleted(models).collection('counters')
  const find = async (id: string) => (await counters.get(id))?.['value'] as number | undefined
  const doublings: string[] = []
  const start = async (store: EventStore, name = 'one') =>
    await startService(createCounterService({ find, beforeDoubling: () => void doublings.push(name) }), {
      store,
      models: hideDeleted(models),
      bus,
      privateKey: keys.monitor.privateKey,
      publicKeys,
      log,
      leases: await openLeases(models, name, () => new Date()),
    })
  const caller = createCaller(bus)
  const options = async (...permissions: Permission[]) => ({
    token: await createTokenSigner('gateway', keys.gateway.privateKey).sign({
      organization: 'org',
      actor: { kind: 'user', userId: 'u', name: 'Ada', sessionId: 's', permissions },
    }),
    correlationId: newId(),
  })
  return { models, find, doublings, start, caller, options }
}

const eventsOf = async (store: EventStore): Promise<string[]> => {
  const types: string[] = []
  for await (const { type } of store.readStream(`${counter.category}-org_a`)) types.push(type)
  return types
}

describe('two processes of one service', () => {
  it('keep one model between them, answer alike, and do long work once', async () => {
    const hub = await open()
    const store = openMemoryEventStore()
    await using one = await hub.start(store, 'one')
    await using other = await hub.start(store, 'other')
    const options = await hub.options('sync:plan', 'sync:read')
    for (let n = 0; n < 12; n += 1) await hub.caller.call(raiseCounter, { id: 'a', by: 1 }, options)
    await expect.poll(async () => await eventsOf(store)).toContain('CounterDoubled')
    // Whichever is asked: they take turns.
    for (let n = 0; n < 4; n += 1)
      await expect.poll(async () => (await hub.caller.call(getCounter, { id: 'a' }, options)).value).toBeGreaterThan(11)
    expect((await eventsOf(store)).filter((type) => type === 'CounterDoubled')).toHaveLength(1)
    const states = [one, other].map(async (each) => (await each.health()).projections[0]?.state)
    expect((await Promise.all(states)).toSorted()).toEqual(['live', 'standby'])
  })

  it('go on as one when the other has left', async () => {
    const hub = await open()
    const store = openMemoryEventStore()
    const one = await hub.start(store, 'one')
    await using other = await hub.start(store, 'other')
    const options = await hub.options('sync:plan', 'sync:read')
    await hub.caller.call(raiseCounter, { id: 'a', by: 4 }, options)
    await one[Symbol.asyncDispose]()
    await hub.caller.call(raiseCounter, { id: 'a', by: 7 }, options)
    await expect.poll(async () => (await other.health()).projections[0]?.state, { timeout: 15_000 }).toBe('live')
    await expect.poll(async () => await eventsOf(store)).toEqual(['CounterRaised', 'CounterRaised', 'CounterDoubled'])
    await expect.poll(async () => await hub.find('a')).toBe(22)
  })

  it('make everything anew when the event store was replaced by an older one', async () => {
    const hub = await open()
    const options = await hub.options('sync:plan', 'sync:read')
    {
      await using _ = await hub.start(openMemoryEventStore())
      for (let n = 0; n < 5; n += 1) await hub.caller.call(raiseCounter, { id: 'a', by: 1 }, options)
      await hub.caller.call(raiseCounter, { id: 'b', by: 1 }, options)
    }
    const older = openMemoryEventStore()
    await using again = await hub.start(older)
    await expect.poll(async () => (await again.health()).problems, { timeout: 15_000 }).toEqual([])
    expect(await hub.find('b')).toBeUndefined()
    await hub.caller.call(raiseCounter, { id: 'a', by: 11 }, options)
    await expect.poll(async () => await eventsOf(older)).toEqual(['CounterRaised', 'CounterDoubled'])
    await expect.poll(async () => await hub.find('a')).toBe(22)
  })
})
