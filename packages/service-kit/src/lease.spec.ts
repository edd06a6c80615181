import type { Collection, Document, ReadModels } from '@rancher-hub/read-model'
import { openMemoryReadModels } from '@rancher-hub/read-model/memory'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LeaseLostError, openLeases } from './lease.ts'

const now = () => new Date()

/** Read models whose writes do as they are told, for one process: its network. */
const throughNetwork = (
  models: ReadModels,
  network: { delayMs: number; loseAnswer: boolean; down: boolean },
): ReadModels => ({
  ...models,
  collection: async <T extends Document>(name: string): Promise<Collection<T>> => {
    const collection = await models.collection<T>(name)
    return {
      ...collection,
      write: async (write) => {
        if (network.down) throw new Error('The database is away')
        if (network.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, network.delayMs))
        const written = await collection.write(write)
        if (network.loseAnswer) throw new Error('No answer')
        return written
      },
    }
  },
})

describe('a lease', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const open = async () => {
    const models = openMemoryReadModels()
    const network = { delayMs: 0, loseAnswer: false, down: false }
    return {
      network,
      ada: await openLeases(throughNetwork(models, network), 'ada', now),
      bob: await openLeases(models, 'bob', now),
    }
  }

  it('is held by one process at a time, and once within it', async () => {
    const { ada, bob } = await open()
    const lease = await ada.take('list')
    expect(await bob.take('list')).toBeUndefined()
    expect(await ada.take('list')).toBeUndefined()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await bob.take('list')).toBeUndefined()
    expect(lease?.signal.aborted).toBe(false)
    await lease?.release()
    const next = await bob.take('list')
    expect(next?.fencing).toBeGreaterThan(lease?.fencing ?? Number.POSITIVE_INFINITY)
    await next?.release()
  })

  it('passes on when its owner cannot renew it, who has stopped before', async () => {
    const { network, ada, bob } = await open()
    const lease = await ada.take('list')
    network.down = true
    let stoppedAt = 0
    lease?.signal.addEventListener('abort', () => {
      stoppedAt = Date.now()
    })
    const next = await vi.waitUntil(
      async () => {
        await vi.advanceTimersByTimeAsync(100)
        return await bob.take('list')
      },
      { timeout: 60_000, interval: 100 },
    )
    expect(stoppedAt).toBeGreaterThan(0)
    expect(Date.now()).toBeGreaterThan(stoppedAt)
    expect(next.fencing).toBeGreaterThan(lease?.fencing ?? Number.POSITIVE_INFINITY)
    expect(lease?.signal.reason).toBeInstanceOf(LeaseLostError)
    expect(() => lease?.assertHeld()).toThrow(LeaseLostError)
    await next.release()
  })

  it('that was lost frees its name once: released late, it does not free that of the next', async () => {
    const { network, ada } = await open()
    const lost = await ada.take('list')
    network.down = true
    await vi.advanceTimersByTimeAsync(6_000)
    expect(lost?.signal.aborted).toBe(true)
    network.down = false
    const next = await ada.take('list')
    expect(next).toBeDefined()
    await lost?.release()
    expect(await ada.take('list')).toBeUndefined()
    await next?.release()
  })

  it.each([2_000, 4_500])('has one owner at a time also when every write takes %s ms', async (delayMs) => {
    const { network, ada, bob } = await open()
    network.delayMs = delayMs
    const taking = ada.take('list')
    await vi.advanceTimersByTimeAsync(delayMs)
    const lease = await taking
    expect(lease).toBeDefined()
    for (let step = 0; step < 200; step += 1) {
      await vi.advanceTimersByTimeAsync(100)
      const other = await bob.take('list')
      if (other === undefined) continue
      expect(() => lease?.assertHeld()).toThrow(LeaseLostError)
      await other.release()
    }
    // A renewal that takes less than the lease keeps it.
    if (delayMs < 3_000) expect(lease?.signal.aborted).toBe(false)
    network.delayMs = 0
    const released = lease?.release()
    await vi.advanceTimersByTimeAsync(delayMs)
    await released
  })

  it('is kept when a renewal was written and its answer got lost', async () => {
    const { network, ada, bob } = await open()
    const lease = await ada.take('list')
    network.loseAnswer = true
    await vi.advanceTimersByTimeAsync(2_100)
    network.loseAnswer = false
    await vi.advanceTimersByTimeAsync(20_000)
    expect(lease?.signal.aborted).toBe(false)
    expect(await bob.take('list')).toBeUndefined()
    await lease?.release()
  })
})
