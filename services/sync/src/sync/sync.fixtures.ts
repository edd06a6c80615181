import type { InstanceSnapshot } from '@rancher-hub/contracts'
import type { EventOf, PlannedOutcome, SyncEvent } from './sync.events.ts'
import { itemIdOf } from './sync.ts'

export const syncId = '6f1c3a52-7777-4a6e-9d43-0a5a2f6a9f07'
export const ada = { id: '6f1c3a52-1111-4a6e-9d43-0a5a2f6a9f01', name: 'Ada' }

/** An app instance as a sync keeps it. */
export const instance = (environment: string, isProtected = false): InstanceSnapshot => ({
  id: `6f1c3a52-5555-4a6e-9d43-0a5a2f6a${environment.length.toString().padStart(4, '0')}`,
  name: `shop ${environment}`,
  environment: {
    id: '6f1c3a52-4444-4a6e-9d43-0a5a2f6a9f04',
    name: environment,
    colour: '#2f855a',
    rank: 0,
    protected: isProtected,
  },
  site: { id: '6f1c3a52-3333-4a6e-9d43-0a5a2f6a9f03', name: 'Rancher' },
  cluster: { id: 'local', name: 'local' },
  namespace: 'shop',
})
export const [dev, production] = [instance('Dev'), instance('Production', true)]
export const cart = { object: { kind: 'Deployment' as const, name: 'cart' }, selection: { mode: 'images' as const } }
export const settings = {
  object: { kind: 'ConfigMap' as const, name: 'settings' },
  selection: { mode: 'fields' as const, paths: ['data[theme]'] },
}
export const cartItem = itemIdOf(syncId, production.id, cart.object)
export const settingsItem = itemIdOf(syncId, production.id, settings.object)

export const requested = (): EventOf<'SyncRequested'> => ({
  type: 'SyncRequested',
  data: { syncId, source: dev, targets: [production], items: [cart, settings], by: ada, note: 'Release' },
})
const ready: PlannedOutcome = {
  outcome: 'ready',
  action: 'update',
  preconditions: { sourceDigest: 's', targetUid: 'u', targetDigest: 't' },
  changes: [{ path: 'containers[cart].image', change: 'changed', from: 'cart:1', to: 'cart:2' }],
  patch: '{}',
  patchDigest: 'p',
  afterDigest: 'a',
  warnings: [],
  readers: [],
}
export const itemPlanned = (itemId: string, result: PlannedOutcome = ready): SyncEvent => ({
  type: 'ItemPlanned',
  data: { itemId, result },
})
export const planned = (expiresAt = '2026-11-25T10:00:00.000Z'): SyncEvent => ({
  type: 'SyncPlanned',
  data: { planHash: 'sha256:plan', expiresAt },
})
export const started = (): EventOf<'SyncStarted'> => ({
  type: 'SyncStarted',
  data: { planHash: 'sha256:plan', by: ada },
})
/** A sync up to its plan. */
export const upToPlan = (): SyncEvent[] => [requested(), itemPlanned(cartItem), itemPlanned(settingsItem), planned()]

/** One event of each type, as it was released. */
export const everyEvent = (): SyncEvent[] => [
  ...upToPlan(),
  started(),
  { type: 'ItemWriteStarted', data: { itemId: settingsItem, writeId: cartItem } },
  {
    type: 'ItemWritten',
    data: {
      itemId: settingsItem,
      alreadyThere: false,
      beforeImage: 'blob-o_1',
      uid: 'u',
      resourceVersion: '7',
      generation: 2,
      afterDigest: 'a',
    },
  },
  { type: 'ItemRolledOut', data: { itemId: settingsItem, rollout: { state: 'none', message: 'Nothing to wait for' } } },
  {
    type: 'ItemConflicted',
    data: {
      itemId: cartItem,
      conflict: { code: 'target-changed', message: 'Changed by kubectl', fields: [], manager: 'kubectl' },
    },
  },
  { type: 'ItemFailed', data: { itemId: cartItem, reason: 'Refused' } },
  { type: 'ItemCancelled', data: { itemId: cartItem, reason: 'The sync was stopped' } },
  { type: 'SyncStopRequested', data: { by: ada } },
  { type: 'SyncRefused', data: { by: ada, reason: 'Not before Monday' } },
  {
    type: 'SyncFinished',
    data: {
      state: 'partially-completed',
      counts: { total: 2, done: 1, failed: 0, conflicts: 1, cancelled: 0, unchanged: 0 },
    },
  },
]
