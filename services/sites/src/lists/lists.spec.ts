import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import { createLogger } from '@rancher-hub/service-kit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SiteRegistry } from '../connection/site-registry.ts'
import { createKeyring } from '../credentials/keyring.ts'
import { createInventories } from '../inventory/inventories.ts'
import { createLists } from './lists.ts'

const IDLE_MS = 60_000
const HINT_MS = 50
const { signal } = new AbortController()

/** Lists of organizations without instances: no site is ever called. */
const start = () => {
  const log = createLogger({ level: 'silent' })
  const now = Date.now
  const newId = () => crypto.randomUUID()
  const keyring = createKeyring({ masterKey: new Uint8Array(32), store: openMemoryEventStore(), now: () => new Date() })
  const registry = {} as SiteRegistry
  const inventories = createInventories({ registry, keyring, now, newId, log, idleMs: 1, hintMs: 1, hint: () => {} })
  const hints: string[] = []
  const lists = createLists({
    ...{ inventories, now, newId, log, idleMs: IDLE_MS, waitMs: 1_000, hintMs: HINT_MS },
    landscape: async () => ({ docs: [], instances: [], rules: [] }),
    hint: (organization) => void hints.push(organization),
  })
  return { lists, hints }
}

describe('lists of organizations', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('hint at once, and then once for all that happens in a while', async () => {
    const { lists, hints } = start()
    await lists.of('org-1', signal)
    lists.touched('org-1')
    expect(hints).toEqual(['org-1'])
    for (let change = 0; change < 20; change += 1) lists.touched('org-1')
    expect(hints).toHaveLength(1)
    vi.advanceTimersByTime(HINT_MS)
    expect(hints).toHaveLength(2)
    vi.advanceTimersByTime(HINT_MS * 10)
    expect(hints).toHaveLength(2)
    lists[Symbol.dispose]()
  })

  it('hint less often while very much changes', async () => {
    const { lists, hints } = start()
    await lists.of('org-1', signal)
    const change = (): void => {
      for (let turn = 0; turn < 300; turn += 1) lists.touched('org-1')
    }
    change()
    vi.advanceTimersByTime(HINT_MS)
    change()
    vi.advanceTimersByTime(HINT_MS * 2)
    expect(hints).toHaveLength(2)
    vi.advanceTimersByTime(1_000)
    expect(hints).toHaveLength(3)
    lists[Symbol.dispose]()
  })

  it('hint at nothing that nobody asked for', async () => {
    const { lists, hints } = start()
    await lists.of('org-1', signal)
    lists.touched('org-2')
    expect(hints).toEqual([])
    lists[Symbol.dispose]()
  })

  it('go when nobody has asked for a while, and stay while somebody asks', async () => {
    const { lists, hints } = start()
    await lists.of('org-1', signal)
    vi.advanceTimersByTime(IDLE_MS - 1)
    await lists.of('org-1', signal)
    vi.advanceTimersByTime(IDLE_MS - 1)
    expect(lists.count()).toBe(1)
    vi.advanceTimersByTime(1)
    expect(lists.count()).toBe(0)
    lists.touched('org-1')
    expect(hints).toEqual([])
  })

  it('are anew what they were told before only by their own revision', async () => {
    const { lists } = start()
    const before = (await lists.of('org-1', signal)).revision()
    expect((await lists.of('org-1', signal)).revision()).toBe(before)
    vi.advanceTimersByTime(IDLE_MS)
    expect((await lists.of('org-1', signal)).revision()).not.toBe(before)
    lists[Symbol.dispose]()
  })
})
