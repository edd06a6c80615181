import type { StoredEvent } from '@rancher-hub/domain'
import { defineProjection } from '@rancher-hub/service-kit'
import type { SyncEvent } from '../../sync/sync.events.ts'
import type { LogDoc } from './sync-docs.ts'

/** What happened, in one line. Names of objects stand beside it: the item's id leads to them. */
const textOf = (event: SyncEvent): string => {
  switch (event.type) {
    case 'SyncRequested':
      return `${event.data.by.name} asked for a plan of ${event.data.items.length} object(s)`
    case 'ItemPlanned':
      return {
        ready: 'Dry run passed',
        unchanged: 'Nothing to change',
        conflict: 'Conflict found',
        refused: 'Dry run refused',
      }[event.data.result.outcome]
    case 'SyncPlanned':
      return 'The plan is ready'
    case 'SyncStarted':
      return `${event.data.by.name} started the sync`
    case 'ItemWriteStarted':
      return 'Writing'
    case 'ItemWritten':
      return event.data.alreadyThere ? 'Had been written before the interruption' : 'Written'
    case 'ItemRolledOut':
      return event.data.rollout.state === 'none'
        ? event.data.rollout.message
        : `Rolled out: ${event.data.rollout.message}`
    case 'ItemConflicted':
      return event.data.conflict.message
    case 'ItemFailed':
      return event.data.reason
    case 'ItemCancelled':
      return `Cancelled: ${event.data.reason}`
    case 'SyncStopRequested':
      return `${event.data.by.name} stopped the sync`
    case 'SyncRefused':
      return `${event.data.by?.name ?? 'The hub'} refused the plan${event.data.reason === '' ? '' : `: ${event.data.reason}`}`
    case 'SyncFinished':
      return `Ended as ${event.data.state}${event.data.reason === undefined ? '' : `: ${event.data.reason}`}`
  }
}

const idOf = (event: StoredEvent<SyncEvent>): string => `${event.streamId}/${String(event.revision).padStart(8, '0')}`

/** One document per event of a sync. */
export const syncLogProjection = defineProjection<LogDoc, SyncEvent>({
  name: 'sync_log',
  categories: ['sync'],
  indexes: [{ fields: ['org', 'syncId', 'revision'] }],
  topic: 'syncs',
  hintId: (doc) => doc.syncId,
  keys: (event) => [idOf(event)],
  project: (_, event, id) => ({
    _id: id,
    org: event.organization,
    syncId: event.streamId,
    revision: event.revision,
    time: event.time,
    type: event.type,
    text: textOf(event),
    actor: event.actor,
    ...('itemId' in event.data ? { itemId: event.data.itemId } : {}),
  }),
})
