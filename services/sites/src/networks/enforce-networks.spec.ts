import { createLogger } from '@rancher-hub/service-kit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SiteRegistry } from '../connection/site-registry.ts'
import type { LandscapeModels } from '../landscape/landscape-models.ts'
import { startEnforcingNetworks } from './enforce-networks.ts'
import { initialNetworks } from './networks.ts'
import { createOrganizationNetworks } from './organization-networks.ts'

const EVERY_MS = 5_000

describe('enforcing networks', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('looks again when the last look is over, once, however long that took', async () => {
    const reads: PromiseWithResolvers<undefined>[] = []
    const networks = createOrganizationNetworks({
      allowLoopback: false,
      stored: async () => initialNetworks,
      read: async () => {
        const read = Promise.withResolvers<undefined>()
        reads.push(read)
        return await read.promise
      },
    })
    const registry: Partial<SiteRegistry> = { organizations: () => new Set(['org']) }
    const enforcer = startEnforcingNetworks({
      ...{ networks, registry: registry as SiteRegistry, models: {} as LandscapeModels },
      ...{ log: createLogger({ level: 'silent' }), everyMs: EVERY_MS },
    })
    await vi.advanceTimersByTimeAsync(EVERY_MS * 20)
    expect(reads).toHaveLength(1)
    reads[0]?.reject(new Error('The database does not answer'))
    await vi.advanceTimersByTimeAsync(EVERY_MS - 1)
    expect(reads).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(reads).toHaveLength(2)
    reads[1]?.resolve(undefined)
    await enforcer[Symbol.asyncDispose]()
  })
})
