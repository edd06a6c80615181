import { createMemoryBus } from '@rancher-hub/bus/memory'
import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import { describe, expect, it } from 'vitest'
import { createCaller } from './caller.ts'
import { soleLeases } from './lease.ts'
import { createLogger } from './logger.ts'
import { defineProcessManager } from './process-manager.ts'
import { createProcessWorks } from './process-works.ts'
import { createKeyPair, createTokenSigner } from './tokens.ts'

describe('works of a process manager', () => {
  it('end what a failed run has begun before the next one begins', async () => {
    const seen: { readonly run: number; readonly othersAborted: boolean }[] = []
    const signals: AbortSignal[] = []
    const manager = defineProcessManager({
      name: 'double',
      categories: ['counter'],
      wants: () => 'start',
      run: async ({ signal }) => {
        seen.push({ run: seen.length + 1, othersAborted: signals.every((each) => each.aborted) })
        signals.push(signal)
        if (seen.length < 3) throw new Error('The event store is away')
      },
    })
    await using works = createProcessWorks(manager, {
      store: openMemoryEventStore(),
      caller: createCaller(createMemoryBus()),
      signer: createTokenSigner('monitor', createKeyPair().privateKey),
      leases: soleLeases(),
      log: createLogger({ level: 'silent' }),
      now: () => new Date(),
    })
    works.wake(works.begin('org', 'a', true))
    await expect
      .poll(() => seen)
      .toEqual([
        { run: 1, othersAborted: true },
        { run: 2, othersAborted: true },
        { run: 3, othersAborted: true },
      ])
  })
})
