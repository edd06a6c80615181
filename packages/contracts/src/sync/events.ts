import { z } from 'zod'
import { event } from '../kit.ts'
import { Id, ObjectRef, Person } from '../schemas.ts'
import { Change } from '../sites/schemas.ts'
import { ItemState, SyncCounts, SyncState } from './schemas.ts'

const syncId = '6f1c3a52-7777-4a6e-9d43-0a5a2f6a9f07'
const place = z.object({
  instanceId: Id,
  instance: z.string(),
  environment: z.string(),
  site: z.string(),
  cluster: z.string(),
  namespace: z.string(),
})
const at = (environment: string) => ({
  instanceId: '6f1c3a52-5555-4a6e-9d43-0a5a2f6a9f05',
  instance: `shop ${environment}`,
  environment,
  site: 'Rancher Europe',
  cluster: 'prod-eu',
  namespace: 'shop',
})
const ada = { id: '6f1c3a52-1111-4a6e-9d43-0a5a2f6a9f01', name: 'Ada' }
const counts = { total: 1, done: 1, failed: 0, conflicts: 0, cancelled: 0, unchanged: 0 }

export const syncEvents = [
  event('sync.SyncRequested', {
    summary: 'A person asked for a plan',
    data: z.object({
      syncId: Id,
      source: place,
      targets: z.array(place),
      items: z.number().int(),
      by: Person,
      note: z.string().optional(),
    }),
    example: { syncId, source: at('Dev'), targets: [at('Staging')], items: 1, by: ada },
  }),
  event('sync.SyncPlanned', {
    summary: 'Every item had its dry run',
    data: z.object({ syncId: Id, planHash: z.string(), counts: SyncCounts }),
    example: { syncId, planHash: 'sha256:0', counts: { ...counts, done: 0 } },
  }),
  event('sync.SyncStarted', {
    summary: 'A person started the execution of the plan',
    data: z.object({ syncId: Id, planHash: z.string(), by: Person }),
    example: { syncId, planHash: 'sha256:0', by: ada },
  }),
  event('sync.SyncItemFinished', {
    summary: 'An item reached its end',
    data: z.object({
      syncId: Id,
      itemId: Id,
      target: place,
      object: ObjectRef,
      state: ItemState,
      action: z.enum(['create', 'update']).optional(),
      changes: z.array(Change),
      reason: z.string().optional(),
    }),
    example: {
      syncId,
      itemId: '6f1c3a52-8888-4a6e-9d43-0a5a2f6a9f08',
      target: at('Staging'),
      object: { kind: 'Deployment', name: 'cart' },
      state: 'done',
      action: 'update',
      changes: [{ path: 'containers[cart].image', change: 'changed', from: 'shop/cart:1.4.2', to: 'shop/cart:1.5.0' }],
    },
  }),
  event('sync.SyncFinished', {
    summary: 'A sync reached its end',
    data: z.object({ syncId: Id, state: SyncState, counts: SyncCounts, reason: z.string().optional() }),
    example: { syncId, state: 'completed', counts },
  }),
] as const
