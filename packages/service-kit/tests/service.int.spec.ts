import { createMemoryBus } from '@rancher-hub/bus/memory'
import type { Permission } from '@rancher-hub/contracts'
import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import { openMemoryReadModels } from '@rancher-hub/read-model/memory'
import { describe, expect, it, vi } from 'vitest'
import {
  createCaller,
  createKeyPair,
  createLogger,
  createTokenSigner,
  newId,
  soleLeases,
  startService,
} from '../src/index.ts'
import { counter, countUp, createCounterService, getCounter, raiseCounter } from './counter.fixtures.ts'

const log = createLogger({ level: 'silent' })

const open = async (beforeDoubling?: () => void) => {
  const bus = createMemoryBus()
  const store = openMemoryEventStore()
  const models = openMemoryReadModels()
  const keys = { gateway: createKeyPair(), monitor: createKeyPair() }
  const publicKeys = { gateway: keys.gateway.publicKey, monitor: keys.monitor.publicKey }
  const collection = await models.collection('counters')
  const find = async (id: string) => (await collection.get(id))?.['value'] as number | undefined
  const service = createCounterService({ find, ...(beforeDoubling === undefined ? {} : { beforeDoubling }) })
  const deps = { store, models, bus, privateKey: keys.monitor.privateKey, publicKeys, log, leases: soleLeases() }
  const start = async () => await startService(service, deps)
  const caller = createCaller(bus)
  const token = async (permissions: Permission[], key = keys.gateway.privateKey) =>
    await createTokenSigner('gateway', key).sign({
      organization: 'org',
      actor: { kind: 'user', userId: 'u', name: 'Ada', sessionId: 's', permissions },
    })
  const options = async (...permissions: Permission[]) => ({ token: await token(permissions), correlationId: newId() })
  return { bus, store, models, collection, start, caller, token, options }
}

describe('a service', () => {
  it('reads what it wrote, and strips what the contract does not declare', async () => {
    const hub = await open()
    await using _ = await hub.start()
    const options = await hub.options('sync:plan', 'sync:read')
    expect(await hub.caller.call(raiseCounter, { id: 'a', by: 3 }, options)).toEqual({ raised: 1 })
    expect(await hub.caller.call(getCounter, { id: 'a' }, options)).toEqual({ value: 3 })
  })

  it('loses no command when many raise one counter at once', async () => {
    const hub = await open()
    await using _ = await hub.start()
    const options = await hub.options('sync:plan', 'sync:read')
    await Promise.all(
      Array.from({ length: 9 }, async () => await hub.caller.call(raiseCounter, { id: 'a', by: 1 }, options)),
    )
    expect(await hub.caller.call(getCounter, { id: 'a' }, options)).toEqual({ value: 9 })
  })

  it('answers streams chunk by chunk', async () => {
    const hub = await open()
    await using _ = await hub.start()
    const chunks: number[] = []
    for await (const { n } of hub.caller.callStream(countUp, { to: 4 }, await hub.options('sync:read'))) chunks.push(n)
    expect(chunks).toEqual([1, 2, 3, 4])
  })

  it.each([
    [
      'lacking the permission',
      async (hub: Awaited<ReturnType<typeof open>>) => await hub.options('sync:read'),
      'forbidden',
    ],
    [
      'forged',
      async (hub: Awaited<ReturnType<typeof open>>) => ({
        token: await hub.token(['sync:plan'], createKeyPair().privateKey),
        correlationId: newId(),
      }),
      'not-signed-in',
    ],
    ['without token', async () => ({ token: '', correlationId: newId() }), 'not-signed-in'],
  ])('refuses a call %s', async (_, options, code) => {
    const hub = await open()
    await using __ = await hub.start()
    await expect(hub.caller.call(raiseCounter, { id: 'a', by: 1 }, await options(hub))).rejects.toMatchObject({ code })
    expect(await hub.store.head()).toBe(-1)
  })

  it('refuses invalid input with the paths of its fields, and declared refusals with their code', async () => {
    const hub = await open()
    await using _ = await hub.start()
    const options = await hub.options('sync:plan')
    await expect(hub.caller.call(raiseCounter, { id: 'a', by: 0.5 }, options)).rejects.toMatchObject({
      code: 'invalid-input',
      errors: [{ path: 'by' }],
    })
    await expect(hub.caller.call(raiseCounter, { id: 'a', by: 101 }, options)).rejects.toMatchObject({
      code: 'too-much',
      message: 'Raise it by less.',
    })
  })

  it('drops tokens of an ended session', async () => {
    const hub = await open()
    await using _ = await hub.start()
    const options = await hub.options('sync:plan')
    await hub.caller.call(raiseCounter, { id: 'a', by: 1 }, options)
    await hub.bus.publish(
      'hub.session-revoked',
      new TextEncoder().encode(JSON.stringify({ userId: '6f1c3a52-1111-4a6e-9d43-0a5a2f6a9f01', sessionId: 's' })),
    )
    await vi.waitFor(
      async () =>
        await expect(hub.caller.call(raiseCounter, { id: 'a', by: 1 }, options)).rejects.toMatchObject({
          code: 'not-signed-in',
        }),
    )
  })

  it('rebuilds read models that equal the old ones', async () => {
    const hub = await open()
    await using service = await hub.start()
    const options = await hub.options('sync:plan')
    for (const id of ['a', 'b', 'a', 'c', 'a']) await hub.caller.call(raiseCounter, { id, by: 1 }, options)
    const before = await Array.fromAsync(hub.collection.scan())
    await service.rebuild()
    expect(await Array.fromAsync(hub.collection.scan())).toEqual(before)
  })
})

describe('a process manager', () => {
  it('does its step once, also when the process died in the middle', async () => {
    let deaths = 2
    const hub = await open(() => {
      if (deaths-- > 0) throw new Error('killed')
    })
    const options = await hub.options('sync:plan', 'sync:read')
    {
      await using _ = await hub.start()
      await hub.caller.call(raiseCounter, { id: 'a', by: 10 }, options)
    }
    await using _ = await hub.start()
    await vi.waitFor(
      async () => expect(await hub.caller.call(getCounter, { id: 'a' }, options)).toEqual({ value: 20 }),
      { timeout: 5_000 },
    )
    const types: string[] = []
    for await (const event of hub.store.readStream(`${counter.category}-org_a`)) types.push(event.type)
    expect(types).toEqual(['CounterRaised', 'CounterDoubled'])
  })
})
