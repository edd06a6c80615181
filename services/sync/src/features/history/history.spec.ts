import type { StoredEvent } from '@rancher-hub/domain'
import { projection, stored } from '@rancher-hub/domain/testing'
import { describe, expect, it } from 'vitest'
import type { SyncEvent } from '../../sync/sync.events.ts'
import { cartItem, everyEvent, requested, settingsItem, syncId } from '../../sync/sync.fixtures.ts'
import { syncItemsProjection } from './sync-items.projection.ts'
import { syncLogProjection } from './sync-log.projection.ts'
import { syncsProjection } from './syncs.projection.ts'

const all = (): StoredEvent<SyncEvent>[] =>
  everyEvent().map((event, revision) => stored(event, { streamId: syncId, category: 'sync', revision }))
const only = (...events: SyncEvent[]): StoredEvent<SyncEvent>[] =>
  events.map((event, revision) => stored(event, { streamId: syncId, category: 'sync', revision }))

describe('the list of syncs', () => {
  it('says in words what was asked for', () => {
    const docs = projection(syncsProjection)
      .given(...only(requested()))
      .docs()
    expect(docs[syncId]).toMatchObject({
      state: 'planning',
      title: '2 objects from Dev to Production',
      confirmation: ['Production'],
      counts: { total: 2, done: 0 },
    })
  })
  it('ends as the sync did, with its counts', () => {
    const docs = projection(syncsProjection)
      .given(...all())
      .docs()
    expect(docs[syncId]).toMatchObject({
      state: 'partially-completed',
      counts: { done: 1, conflicts: 1 },
      executedBy: { name: 'Ada' },
    })
  })
  it('knows nothing of a sync whose beginning it has not seen', () => {
    projection(syncsProjection)
      .given(...all().slice(1))
      .then({})
  })
})

describe('the items of a sync', () => {
  it('carry plan and outcome', () => {
    const docs = projection(syncItemsProjection)
      .given(...all())
      .docs()
    expect(docs[settingsItem]).toMatchObject({ index: 0, state: 'done', action: 'update', rollout: { state: 'none' } })
    expect(docs[cartItem]).toMatchObject({ index: 1, state: 'cancelled', reason: 'The sync was stopped' })
  })
})

describe('the log of a sync', () => {
  it('has one line for each event', () => {
    const docs = Object.values(
      projection(syncLogProjection)
        .given(...all())
        .docs(),
    )
    expect(docs).toHaveLength(all().length)
    for (const { text } of docs) expect(text.length).toBeGreaterThan(3)
  })
})
