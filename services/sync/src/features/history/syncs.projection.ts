import type { StoredEvent } from '@rancher-hub/domain'
import { defineProjection } from '@rancher-hub/service-kit'
import { countItems } from '../../sync/counts.ts'
import type { EventOf, SyncEvent } from '../../sync/sync.events.ts'
import { expandItems, type Item } from '../../sync/sync.ts'
import type { SyncDoc } from './sync-docs.ts'

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

const titleOf = ({ items, source, targets }: EventOf<'SyncRequested'>['data']): string => {
  const names = [...new Set(targets.map(({ environment }) => environment.name))].join(', ')
  return `${plural(items.length, 'object')} from ${source.environment.name} to ${names}`
}

const searchOf = ({ items, source, targets, by, note }: EventOf<'SyncRequested'>['data']): string =>
  [
    ...items.flatMap(({ object }) => [object.kind, object.name]),
    ...[source, ...targets].flatMap((each) => [
      each.name,
      each.environment.name,
      each.namespace,
      each.cluster.name,
      each.site.name,
    ]),
    by.name,
    note ?? '',
  ]
    .join(' ')
    .toLowerCase()

const begin = (event: StoredEvent<EventOf<'SyncRequested'>>, id: string): SyncDoc => {
  const { source, targets, items, by, note, syncId } = event.data
  const expanded = expandItems(syncId, targets, items)
  return {
    _id: id,
    org: event.organization,
    state: 'planning',
    source,
    targets,
    counts: countItems(expanded),
    title: titleOf(event.data),
    ...(note === undefined ? {} : { note }),
    requestedBy: by,
    requestedAt: event.time,
    confirmation: [
      ...new Set(targets.filter(({ environment }) => environment.protected).map(({ environment }) => environment.name)),
    ],
    revision: event.revision,
    search: searchOf(event.data),
    instanceIds: [source, ...targets].map((each) => each.id).join(' '),
    itemStates: Object.fromEntries(expanded.map((item) => [item.id, item.state])),
  }
}

const stateAfter: Readonly<Partial<Record<SyncEvent['type'], Item['state']>>> = {
  ItemWriteStarted: 'writing',
  ItemWritten: 'rolling-out',
  ItemRolledOut: 'done',
  ItemConflicted: 'conflict',
  ItemFailed: 'failed',
  ItemCancelled: 'cancelled',
}

const withItemState = (doc: SyncDoc, itemId: string, state: Item['state']): SyncDoc => {
  const itemStates = { ...doc.itemStates, [itemId]: state }
  const states = Object.values(itemStates).map((each) => ({ state: each as Item['state'] }))
  return { ...doc, itemStates, counts: countItems(states) }
}

const change = (doc: SyncDoc, event: StoredEvent<Exclude<SyncEvent, { type: 'SyncRequested' }>>): SyncDoc => {
  switch (event.type) {
    case 'ItemPlanned':
      return withItemState(doc, event.data.itemId, event.data.result.outcome)
    case 'SyncPlanned':
      return { ...doc, state: 'planned', planHash: event.data.planHash, expiresAt: event.data.expiresAt }
    case 'SyncStarted':
      return { ...doc, state: 'executing', executedBy: event.data.by, startedAt: event.time }
    case 'SyncStopRequested':
      return { ...doc, state: 'stopping' }
    case 'SyncRefused':
      return { ...doc, state: 'refused', reason: event.data.reason, finishedAt: event.time }
    case 'SyncFinished': {
      const { state, counts, reason } = event.data
      return { ...doc, state, counts, finishedAt: event.time, ...(reason === undefined ? {} : { reason }) }
    }
    default: {
      const state = stateAfter[event.type]
      return state === undefined ? doc : withItemState(doc, event.data.itemId, state)
    }
  }
}

/** One document per sync: history's list and the head of its page. */
export const syncsProjection = defineProjection<SyncDoc, SyncEvent>({
  name: 'syncs',
  categories: ['sync'],
  indexes: [{ fields: ['org', 'requestedAt'] }, { fields: ['org', 'state', 'requestedAt'] }],
  topic: 'syncs',
  keys: (event) => [event.streamId],
  project: (doc, event, id) => {
    if (event.type === 'SyncRequested') return begin(event, id)
    return doc === undefined ? undefined : { ...change(doc, event), revision: event.revision }
  },
})
