import { type InstanceSnapshot, syncEvents } from '@rancher-hub/contracts'
import type { StoredEvent } from '@rancher-hub/domain'
import type { EventStore } from '@rancher-hub/event-store'
import { type Publication, type Publish, streamName, toStoredEvent } from '@rancher-hub/service-kit'
import { LRUCache } from 'lru-cache'
import { countItems } from './sync/counts.ts'
import type { SyncEvent } from './sync/sync.events.ts'
import { evolveSync, initialSync, type Sync } from './sync/sync.ts'

const [syncRequested, syncPlanned, syncStarted, syncItemFinished, syncFinished] = syncEvents
const MAX_STREAMS = 200

/** The state of each stream at the event that is being published: the same whenever it is published. */
const createStates = (store: EventStore) => {
  const known = new LRUCache<string, { readonly sync: Sync; readonly revision: number }>({ max: MAX_STREAMS })
  return async (event: StoredEvent<SyncEvent>): Promise<Sync> => {
    const stream = streamName(event.category, event.organization, event.streamId)
    const before = known.get(stream)
    let sync =
      before !== undefined && before.revision + 1 === event.revision ? evolveSync(before.sync, event) : undefined
    if (sync === undefined) {
      sync = initialSync
      for await (const recorded of store.readStream(stream, { limit: event.revision + 1 }))
        sync = evolveSync(sync, toStoredEvent<SyncEvent>(recorded, undefined))
    }
    known.set(stream, { sync, revision: event.revision })
    return sync
  }
}

const placeOf = (instance: InstanceSnapshot) => ({
  instanceId: instance.id,
  instance: instance.name,
  environment: instance.environment.name,
  site: instance.site.name,
  cluster: instance.cluster.name,
  namespace: instance.namespace,
})

const itemFinished = (sync: Sync, syncId: string, itemId: string, reason?: string): Publication | undefined => {
  const item = sync.items.get(itemId)
  if (item === undefined) return undefined
  const data = {
    syncId,
    itemId,
    target: placeOf(item.target),
    object: item.object,
    state: item.state,
    ...(item.plan === undefined ? {} : { action: item.plan.action }),
    changes: item.plan?.changes ?? [],
    ...(reason === undefined ? {} : { reason }),
  }
  return { event: syncItemFinished, data }
}

const publicationOf = (event: StoredEvent<SyncEvent>, sync: Sync): Publication | undefined => {
  const syncId = event.streamId
  switch (event.type) {
    case 'SyncRequested': {
      const { source, targets, by, note } = event.data
      const data = {
        syncId,
        source: placeOf(source),
        targets: targets.map(placeOf),
        items: sync.items.size,
        by,
        ...(note === undefined ? {} : { note }),
      }
      return { event: syncRequested, data }
    }
    case 'SyncPlanned':
      return {
        event: syncPlanned,
        data: { syncId, planHash: event.data.planHash, counts: countItems(sync.items.values()) },
      }
    case 'SyncStarted':
      return { event: syncStarted, data: { syncId, ...event.data } }
    case 'ItemRolledOut':
      return itemFinished(sync, syncId, event.data.itemId)
    case 'ItemConflicted':
      return itemFinished(sync, syncId, event.data.itemId, event.data.conflict.message)
    case 'ItemFailed':
    case 'ItemCancelled':
      return itemFinished(sync, syncId, event.data.itemId, event.data.reason)
    case 'SyncFinished':
      return { event: syncFinished, data: { syncId, ...event.data } }
    case 'SyncRefused':
      return {
        event: syncFinished,
        data: { syncId, state: 'refused', counts: countItems(sync.items.values()), reason: event.data.reason },
      }
    default:
      return undefined
  }
}

/** What the world hears of syncs: the only way out of this service. */
export const createPublish = (store: EventStore): Publish => {
  const stateAt = createStates(store)
  return async (event) => {
    // The publisher follows the categories of this service alone.
    const own = event as StoredEvent<SyncEvent>
    return publicationOf(own, await stateAt(own))
  }
}
