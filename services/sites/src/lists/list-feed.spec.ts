import { createLogger } from '@rancher-hub/service-kit'
import { describe, expect, it } from 'vitest'
import { startScriptedInventory } from '../inventory/scripted-inventory.fixtures.ts'
import { createListFeed } from './list-feed.ts'
import { createListIndex } from './list-index.ts'
import { anInstance } from './lists.fixtures.ts'

const { id } = anInstance({ number: 1, rank: 0 })
const doc = {
  _id: id,
  ...{ org: 'org', name: 'shop', environmentId: 'e', revision: 0 },
  ...{ siteId: 's', clusterId: 'c-1', clusterName: 'cluster', namespace: 'shop' },
}

describe('what lists know of an instance', () => {
  it('is told again when the same trouble comes a second time with other words', async () => {
    await using scripted = await startScriptedInventory()
    const { inventory } = scripted
    const inventories = {
      use: async () => ({ inventory, [Symbol.dispose]: () => {} }),
      peek: () => inventory,
      count: () => 1,
      [Symbol.asyncDispose]: async () => {},
    }
    using feed = createListFeed({
      ...{ inventories, index: createListIndex(), now: Date.now, log: createLogger({ level: 'silent' }) },
      ...{ waitMs: 0, changed: () => {} },
    })
    feed.follow([doc])
    await feed.settled(new AbortController().signal)
    const fail = (message: string) => scripted.sink('Deployment')?.lost({ code: 'unreachable', message })
    fail('No route to 192.0.2.1')
    expect([feed.refresh(), feed.refresh()]).toEqual([true, false])
    // Nobody asks while it does well.
    scripted.sink('Deployment')?.connected()
    fail('No route to 192.0.2.2')
    expect(feed.refresh()).toBe(true)
    expect(feed.facts(id)?.problem?.message).toBe('No route to 192.0.2.2')
  })
})
