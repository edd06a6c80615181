import type { InstanceSnapshot, ObjectRef, Selection, SyncState } from '@rancher-hub/contracts'
import { type Evolve, unreachable } from '@rancher-hub/domain'
import { type Aggregate, defineAggregate, deterministicId } from '@rancher-hub/service-kit'
import { type PlannedOutcome, type SyncEvent, syncEventSchemas } from './sync.events.ts'

type Ready = Extract<PlannedOutcome, { outcome: 'ready' }>

/** One object for one target, and how far it is. */
export interface Item {
  readonly id: string
  readonly target: InstanceSnapshot
  readonly object: ObjectRef
  readonly selection: Selection
  readonly state:
    | 'planning'
    | 'ready'
    | 'unchanged'
    | 'conflict'
    | 'refused'
    | 'writing'
    | 'rolling-out'
    | 'done'
    | 'failed'
    | 'cancelled'
  readonly plan?: Ready | undefined
  /** Set between intent and result of a write, and kept after. */
  readonly writeId?: string | undefined
  readonly uid?: string | undefined
  readonly generation?: number | undefined
}

/** State of a sync's stream. */
export interface Sync {
  readonly state: 'absent' | SyncState
  readonly source?: InstanceSnapshot | undefined
  readonly targets: readonly InstanceSnapshot[]
  readonly requestedBy?: { readonly id: string; readonly name: string } | undefined
  readonly executedBy?: { readonly id: string; readonly name: string } | undefined
  readonly planHash?: string | undefined
  readonly expiresAt?: string | undefined
  /** In the order of execution, by id. */
  readonly items: ReadonlyMap<string, Item>
}

export const initialSync: Sync = { state: 'absent', targets: [], items: new Map() }

/** Id of an item: the same for the same sync, target and object. */
export const itemIdOf = (syncId: string, targetId: string, object: ObjectRef): string =>
  deterministicId('sync-item', syncId, targetId, object.kind, object.name)

/** Config before workloads: a new pod must find its new configuration. (kubernetes/gitops kind order, shortened.) */
const kindOrder = ['Secret', 'ConfigMap', 'DaemonSet', 'Deployment', 'StatefulSet', 'CronJob']
/** Items of different waves are never written at the same time. */
export const waveOf = (object: ObjectRef): number => (object.kind === 'Secret' || object.kind === 'ConfigMap' ? 0 : 1)

/** Objects × targets, in the order of execution. */
export const expandItems = (
  syncId: string,
  targets: readonly InstanceSnapshot[],
  items: readonly { readonly object: ObjectRef; readonly selection: Selection }[],
): Item[] =>
  targets
    .flatMap((target) =>
      items.map(
        ({ object, selection }): Item => ({
          id: itemIdOf(syncId, target.id, object),
          target,
          object,
          selection,
          state: 'planning',
        }),
      ),
    )
    .sort(
      (a, b) =>
        waveOf(a.object) - waveOf(b.object) ||
        targets.indexOf(a.target) - targets.indexOf(b.target) ||
        kindOrder.indexOf(a.object.kind) - kindOrder.indexOf(b.object.kind) ||
        (a.object.name < b.object.name ? -1 : 1),
    )

const withItem = (sync: Sync, id: string, change: (item: Item) => Partial<Item>): Sync => {
  const item = sync.items.get(id)
  if (item === undefined) return sync
  return { ...sync, items: new Map(sync.items).set(id, { ...item, ...change(item) }) }
}

const plannedState = (result: PlannedOutcome): Partial<Item> =>
  result.outcome === 'ready' ? { state: 'ready', plan: result } : { state: result.outcome }

export const evolveSync: Evolve<Sync, SyncEvent> = (sync, event) => {
  const { data } = event
  switch (event.type) {
    case 'SyncRequested': {
      const { syncId, source, targets, items, by } = event.data
      return {
        ...sync,
        state: 'planning',
        source,
        targets,
        requestedBy: by,
        items: new Map(expandItems(syncId, targets, items).map((item) => [item.id, item])),
      }
    }
    case 'ItemPlanned':
      return withItem(sync, event.data.itemId, () => plannedState(event.data.result))
    case 'SyncPlanned':
      return { ...sync, state: 'planned', planHash: event.data.planHash, expiresAt: event.data.expiresAt }
    case 'SyncStarted':
      return { ...sync, state: 'executing', executedBy: event.data.by }
    case 'ItemWriteStarted':
      return withItem(sync, event.data.itemId, () => ({ state: 'writing', writeId: event.data.writeId }))
    case 'ItemWritten':
      return withItem(sync, event.data.itemId, () => ({
        state: 'rolling-out',
        uid: event.data.uid,
        generation: event.data.generation,
      }))
    case 'ItemRolledOut':
      return withItem(sync, event.data.itemId, () => ({ state: 'done' }))
    case 'ItemConflicted':
      return withItem(sync, event.data.itemId, () => ({ state: 'conflict' }))
    case 'ItemFailed':
      return withItem(sync, event.data.itemId, () => ({ state: 'failed' }))
    case 'ItemCancelled':
      return withItem(sync, event.data.itemId, () => ({ state: 'cancelled' }))
    case 'SyncStopRequested':
      return { ...sync, state: 'stopping' }
    case 'SyncRefused':
      return { ...sync, state: 'refused' }
    case 'SyncFinished':
      return { ...sync, state: event.data.state }
    default:
      return unreachable(event ?? data)
  }
}

/** The stream of one sync: it protects «what was planned is what is written, once». */
export const syncAggregate: Aggregate<Sync, SyncEvent> = defineAggregate<Sync, SyncEvent>({
  category: 'sync',
  initial: initialSync,
  evolve: evolveSync,
  events: syncEventSchemas,
})
