import { z } from 'zod'
import { command, query, stream } from '../kit.ts'
import { Done, Id, Kind, KubernetesName, page, pageInput, Time } from '../schemas.ts'
import { LogEntry, PlanItem, Sync, SyncItem, SyncState, SyncSummary } from './schemas.ts'

const syncId = '6f1c3a52-7777-4a6e-9d43-0a5a2f6a9f07'
const source = '6f1c3a52-5555-4a6e-9d43-0a5a2f6a9f05'
const target = '6f1c3a52-6666-4a6e-9d43-0a5a2f6a9f06'
const snapshot = (id: string, environment: string) => ({
  id,
  name: `shop ${environment}`,
  environment: {
    id: '6f1c3a52-4444-4a6e-9d43-0a5a2f6a9f04',
    name: environment,
    colour: '#b7791f',
    rank: 1,
    protected: false,
  },
  site: { id: '6f1c3a52-3333-4a6e-9d43-0a5a2f6a9f03', name: 'Rancher Europe' },
  cluster: { id: 'local', name: 'local' },
  namespace: 'shop',
})
const summary = {
  id: syncId,
  state: 'planned' as const,
  source: snapshot(source, 'Dev'),
  targets: [snapshot(target, 'Staging')],
  counts: { total: 1, done: 0, failed: 0, conflicts: 0, cancelled: 0, unchanged: 0 },
  title: '1 object from Dev to Staging',
  requestedBy: { id: '6f1c3a52-1111-4a6e-9d43-0a5a2f6a9f01', name: 'Ada' },
  requestedAt: '2026-11-24T10:00:00Z',
}
const wrongState = {
  'wrong-state': {
    status: 409,
    message: 'The sync is no longer in a state that allows this. Load it again.',
    details: z.object({ state: SyncState }),
  },
} as const

export const planSync = command('sync.plan-sync', {
  summary: 'Make a plan: a dry run of every item; nothing is written',
  http: { method: 'POST', path: '/syncs' },
  access: 'sync:plan',
  input: z.object({
    source: Id,
    targets: z.array(Id).min(1).max(10),
    items: z.array(PlanItem).min(1, 'Tick at least one object').max(1000),
    note: z.string().trim().max(2000).optional(),
  }),
  result: z.object({ id: Id }),
  refusals: {
    'source-is-target': { status: 422, message: 'Source and target are the same instance.' },
    'item-twice': { status: 422, message: 'An object is named twice in the plan.' },
    'too-many-items': { status: 422, message: 'At most 1,000 items (objects × targets) in one sync. Make several.' },
  },
  limits: { bodyBytes: 900_000, timeoutMs: 30_000 },
  examples: [
    {
      summary: 'The images of one workload',
      input: {
        source,
        targets: [target],
        items: [{ object: { kind: 'Deployment', name: 'cart' }, selection: { mode: 'images' } }],
      },
      result: { id: syncId },
    },
  ],
})

export const executeSync = command('sync.execute-sync', {
  summary: 'Execute a plan: exactly what it shows, or nothing of an item that changed since',
  http: { method: 'POST', path: '/syncs/:syncId/execute' },
  access: 'sync:execute',
  input: z.object({
    syncId: Id,
    planHash: z.string().min(1).max(200),
    confirmation: z
      .array(z.string().max(80))
      .max(10)
      .optional()
      .describe('Names of the protected environments, as typed'),
  }),
  result: Done,
  refusals: {
    ...wrongState,
    'plan-changed': { status: 409, message: 'This is not the plan that you saw. Load it again and look at it.' },
    'confirmation-required': {
      status: 422,
      message: 'A target is protected. Type the name of its environment to go on.',
      details: z.object({ environments: z.array(z.string()) }),
    },
    'nothing-to-write': { status: 409, message: 'No item of this plan can be written.' },
  },
  examples: [{ summary: 'Execute', input: { syncId, planHash: 'sha256:0' }, result: {} }],
})

export const refuseSync = command('sync.refuse-sync', {
  summary: 'Refuse a plan: it stays in the history with the reason',
  http: { method: 'POST', path: '/syncs/:syncId/refuse' },
  access: 'sync:plan',
  input: z.object({ syncId: Id, reason: z.string().trim().max(2000).default('') }),
  result: Done,
  refusals: wrongState,
  examples: [{ summary: 'Refuse', input: { syncId, reason: 'Not before Monday' }, result: {} }],
})

export const stopSync = command('sync.stop-sync', {
  summary: 'Stop a running sync: no further item starts, the rest is recorded as cancelled',
  http: { method: 'POST', path: '/syncs/:syncId/stop' },
  access: 'sync:execute',
  input: z.object({ syncId: Id }),
  result: Done,
  refusals: wrongState,
  examples: [{ summary: 'Stop', input: { syncId }, result: {} }],
})

export const getSync = query('sync.get-sync', {
  summary: 'Show a sync: plan, progress or record',
  http: { method: 'GET', path: '/syncs/:syncId' },
  access: 'sync:read',
  input: z.object({ syncId: Id }),
  result: Sync,
  staleAfter: ['syncs'],
  examples: [{ summary: 'A plan', input: { syncId }, result: { ...summary, confirmation: [], revision: 2 } }],
})

export const listSyncItems = query('sync.list-sync-items', {
  summary: 'List the items of a sync, in the order of execution',
  http: { method: 'GET', path: '/syncs/:syncId/items' },
  access: 'sync:read',
  input: z.object({ syncId: Id, ...pageInput }),
  result: page(SyncItem),
  staleAfter: ['syncs'],
  examples: [{ summary: 'No items yet', input: { syncId }, result: { items: [], total: 0 } }],
})

export const listSyncLog = query('sync.list-sync-log', {
  summary: 'List what happened in a sync, oldest first',
  http: { method: 'GET', path: '/syncs/:syncId/log' },
  access: 'sync:read',
  input: z.object({ syncId: Id, ...pageInput }),
  result: page(LogEntry),
  staleAfter: ['syncs'],
  examples: [{ summary: 'Nothing yet', input: { syncId }, result: { items: [], total: 0 } }],
})

const historyFilter = {
  text: z.string().max(200).optional().describe('Part of an object, instance, person or note'),
  state: z.array(SyncState).max(10).optional(),
  instanceId: Id.optional(),
  kind: Kind.optional().describe('With `name`: only syncs of this object'),
  name: KubernetesName.optional(),
  personId: Id.optional(),
  from: Time.optional(),
  to: Time.optional(),
}

export const listSyncs = query('sync.list-syncs', {
  summary: 'List the syncs, newest first',
  http: { method: 'GET', path: '/syncs' },
  access: 'sync:read',
  input: z.object({ ...historyFilter, ...pageInput }),
  result: page(SyncSummary),
  staleAfter: ['syncs'],
  examples: [{ summary: 'One sync', input: {}, result: { items: [summary], total: 1 } }],
})

export const exportSyncs = stream('sync.export-syncs', {
  summary: 'Export the history, one sync a line, oldest first',
  http: { method: 'GET', path: '/syncs/export' },
  access: 'sync:read',
  input: z.object(historyFilter),
  result: SyncSummary.extend({ items: z.array(SyncItem) }),
  limits: { timeoutMs: 60_000 },
  examples: [{ summary: 'One sync', input: {}, result: { ...summary, items: [] } }],
})
