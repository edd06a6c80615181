import type { StoredEvent } from '@rancher-hub/domain'
import { defineProjection } from '@rancher-hub/service-kit'
import type { EventOf, PlannedOutcome, SyncEvent } from '../../sync/sync.events.ts'
import { expandItems } from '../../sync/sync.ts'
import type { ItemDoc } from './sync-docs.ts'

const begin = (event: StoredEvent<EventOf<'SyncRequested'>>, id: string): ItemDoc | undefined => {
  const items = expandItems(event.data.syncId, event.data.targets, event.data.items)
  const index = items.findIndex((item) => item.id === id)
  const item = items[index]
  if (item === undefined) return undefined
  return {
    _id: id,
    org: event.organization,
    syncId: event.streamId,
    index,
    targetInstanceId: item.target.id,
    object: item.object,
    selection: item.selection,
    state: 'planning',
    changes: [],
    warnings: [],
    readers: [],
  }
}

const planned = (doc: ItemDoc, result: PlannedOutcome): ItemDoc => {
  switch (result.outcome) {
    case 'ready': {
      const { action, changes, patch, preconditions, warnings, readers } = result
      return { ...doc, state: 'ready', action, changes, patch, preconditions, warnings, readers }
    }
    case 'unchanged':
      return { ...doc, state: 'unchanged', reason: result.reason }
    case 'conflict':
      return { ...doc, state: 'conflict', conflict: result.conflict }
    case 'refused':
      return { ...doc, state: 'refused', problem: result.problem }
  }
}

const change = (doc: ItemDoc, event: StoredEvent<SyncEvent>): ItemDoc => {
  switch (event.type) {
    case 'ItemPlanned':
      return planned(doc, event.data.result)
    case 'ItemWriteStarted':
      return { ...doc, state: 'writing', startedAt: event.time }
    case 'ItemWritten':
      return { ...doc, state: 'rolling-out' }
    case 'ItemRolledOut':
      return { ...doc, state: 'done', rollout: event.data.rollout, finishedAt: event.time }
    case 'ItemConflicted':
      return { ...doc, state: 'conflict', conflict: event.data.conflict, finishedAt: event.time }
    case 'ItemFailed': {
      const { problem, rollout, reason } = event.data
      return {
        ...doc,
        state: 'failed',
        reason,
        ...(problem === undefined ? {} : { problem }),
        ...(rollout === undefined ? {} : { rollout }),
        finishedAt: event.time,
      }
    }
    case 'ItemCancelled':
      return { ...doc, state: 'cancelled', reason: event.data.reason, finishedAt: event.time }
    default:
      return doc
  }
}

const keys = (event: StoredEvent<SyncEvent>): readonly string[] => {
  if (event.type === 'SyncRequested')
    return expandItems(event.data.syncId, event.data.targets, event.data.items).map(({ id }) => id)
  return 'itemId' in event.data ? [event.data.itemId] : []
}

/** One document per item: what is, or was, written of each object. */
export const syncItemsProjection = defineProjection<ItemDoc, SyncEvent>({
  name: 'sync_items',
  categories: ['sync'],
  indexes: [{ fields: ['org', 'syncId', 'index'] }],
  topic: 'syncs',
  hintId: (doc) => doc.syncId,
  keys,
  project: (doc, event, id) => {
    if (event.type === 'SyncRequested') return begin(event, id)
    return doc === undefined ? undefined : change(doc, event)
  },
})
