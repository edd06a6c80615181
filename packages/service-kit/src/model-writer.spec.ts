import { randomUUID } from 'node:crypto'
import type { RecordedEvent } from '@rancher-hub/event-store'
import type { Collection, Document, ReadModels } from '@rancher-hub/read-model'
import { openMemoryReadModels } from '@rancher-hub/read-model/memory'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openDeadLetters } from './dead-letters.ts'
import { hideDeleted } from './deleted-documents.ts'
import { LeaseLostError } from './lease.ts'
import { createLogger } from './logger.ts'
import { type HeldLease, ModelTakenError, openModelWriter } from './model-writer.ts'
import { defineProjection } from './projection.ts'

const things = defineProjection({
  name: 'things',
  categories: ['thing'],
  indexes: [],
  topic: undefined,
  keys: (event) => [event.streamId],
  project: (_doc, event, id) =>
    event.type === 'Removed' ? undefined : { _id: id, org: event.organization, ...(event.data as object) },
})

const happened = (position: number, id: string, type: string, data: object = {}): RecordedEvent => ({
  id: randomUUID(),
  type,
  data,
  stream: `thing-org_${id}`,
  revision: position,
  position,
  metadata: {
    organization: 'org',
    correlationId: 'c',
    causationId: 'c',
    actor: 'user:ada',
    time: '2026-11-26T00:00:00Z',
  },
})

const held: HeldLease = { assertHeld: () => undefined }
const createLease = () => {
  const lease = { isLost: false }
  return Object.assign(lease, {
    assertHeld: (): void => {
      if (lease.isLost) throw new LeaseLostError('projection/things', 'ran out')
    },
  })
}

/** Where a process can be stopped: before it writes to the model. */
const stoppable = (
  models: ReadModels,
  before: { bulk?: () => Promise<void>; clear?: () => Promise<void> },
): ReadModels => ({
  ...models,
  collection: async <T extends Document>(name: string): Promise<Collection<T>> => {
    const collection = await models.collection<T>(name)
    if (name !== 'things') return collection
    return {
      ...collection,
      bulk: async (writes) => {
        await before.bulk?.()
        await collection.bulk(writes)
      },
      clear: async () => {
        await before.clear?.()
        await collection.clear()
      },
    }
  },
})

const open = async (models: ReadModels, upcasters: Record<string, (data: unknown) => unknown> = {}) => {
  const log = createLogger({ level: 'silent' })
  const deadLetters = await openDeadLetters(models, log, () => new Date())
  const writer = await openModelWriter(things, { models, deadLetters, upcasters: () => upcasters, shared: true })
  return { writer, deadLetters }
}
const idsIn = async (models: ReadModels): Promise<string[]> => {
  const found: string[] = []
  for await (const { _id } of (await hideDeleted(models).collection('things')).scan()) found.push(_id)
  return found
}

describe('the writer of a shared model', () => {
  afterEach(() => void vi.useRealTimers())

  it('does not bring back what another keeper has deleted in the meantime', async () => {
    const models = openMemoryReadModels()
    const other = await open(models)
    const one = await open(
      stoppable(models, {
        // Stopped right before its write, longer than its lease; meanwhile the other one goes on.
        bulk: async () => {
          await other.writer.load(held)
          await other.writer.apply([happened(120, 'a', 'Made')], held)
          await other.writer.apply([happened(150, 'a', 'Removed')], held)
        },
      }),
    )
    await one.writer.load(held)
    await expect(one.writer.apply([happened(120, 'a', 'Made')], held)).rejects.toBeInstanceOf(ModelTakenError)
    expect(await idsIn(models)).toEqual([])
    expect(await (await hideDeleted(models).collection('things')).get('a')).toBeUndefined()
    await other.writer.apply([happened(160, 'a', 'Made', { again: true })], held)
    expect(await idsIn(models)).toEqual(['a'])
  })

  it('writes nothing once its lease has run out', async () => {
    const models = openMemoryReadModels()
    const { writer } = await open(models)
    const lease = createLease()
    await writer.load(lease)
    lease.isLost = true
    await expect(writer.apply([happened(1, 'a', 'Made')], lease)).rejects.toBeInstanceOf(LeaseLostError)
    expect(await idsIn(models)).toEqual([])
  })

  it('makes a model anew that was only half emptied', async () => {
    const models = openMemoryReadModels()
    const first = await open(models)
    await first.writer.load(held)
    await first.writer.apply([happened(1, 'a', 'Made'), happened(2, 'b', 'Made')], held)
    const failing = await open(
      stoppable(models, { clear: async () => await Promise.reject(new Error('The database is away')) }),
    )
    await expect(failing.writer.clear(held)).rejects.toThrow('away')
    expect(await (await open(models)).writer.load(held)).toBe(-1)
    expect(await idsIn(models)).toEqual([])
  })

  it('makes a model anew that somebody emptied who had lost it', async () => {
    const models = openMemoryReadModels()
    const keeper = await open(models)
    const lease = createLease()
    const late = await open(
      stoppable(models, {
        clear: async () => {
          lease.isLost = true
          await keeper.writer.load(held)
          await keeper.writer.apply([happened(1, 'a', 'Made')], held)
        },
      }),
    )
    await expect(late.writer.clear(lease)).rejects.toBeInstanceOf(LeaseLostError)
    await expect(keeper.writer.apply([happened(2, 'b', 'Made')], held)).rejects.toBeInstanceOf(ModelTakenError)
    expect(await keeper.writer.load(held)).toBe(-1)
    await keeper.writer.apply([happened(1, 'a', 'Made'), happened(2, 'b', 'Made')], held)
    expect(await idsIn(models)).toEqual(['a', 'b'])
  })

  it('hides marks of deleted documents from every question, and sweeps them away in the end', async () => {
    vi.useFakeTimers()
    const models = openMemoryReadModels()
    const { writer } = await open(models)
    await writer.load(held)
    await writer.apply([happened(1, 'a', 'Made', { kind: 'x' }), happened(2, 'b', 'Made', { kind: 'x' })], held)
    await writer.apply([happened(3, 'a', 'Removed')], held)
    const visible = await hideDeleted(models).collection('things')
    expect((await visible.find({})).map(({ _id }) => _id)).toEqual(['b'])
    expect((await visible.find({ $or: [{ kind: null }, { kind: 'x' }] })).map(({ _id }) => _id)).toEqual(['b'])
    expect(await visible.getMany(['a', 'b'])).toHaveLength(1)
    expect(await visible.count({})).toBe(1)
    expect(await visible.countBy({}, 'kind')).toEqual([{ value: 'x', count: 1 }])
    const whole = await models.collection('things')
    expect(await whole.count({})).toBe(2)
    vi.advanceTimersByTime(11 * 60_000)
    await writer.caughtUp()
    expect(await whole.count({})).toBe(1)
  })

  it('keeps an event that cannot be brought up to date as a dead letter, and goes on', async () => {
    const models = openMemoryReadModels()
    const broken = () => {
      throw new Error('No such form')
    }
    const { writer, deadLetters } = await open(models, { Old: broken })
    await writer.load(held)
    await writer.apply([happened(1, 'a', 'Old'), happened(2, 'b', 'Made')], held)
    expect(await idsIn(models)).toEqual(['b'])
    expect(await deadLetters.count()).toBe(1)
  })
})
