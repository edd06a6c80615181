import {
  Change,
  Conflict,
  Id,
  InstanceSnapshot,
  ObjectRef,
  Person,
  Preconditions,
  Rollout,
  Selection,
  SiteProblem,
  SyncCounts,
  SyncState,
  Time,
  Warning,
} from '@rancher-hub/contracts'
import type { DomainEvent } from '@rancher-hub/domain'
import { z } from 'zod'

/** An object with what of it is to be written; each target makes an item of it. */
const RequestedItem = z.object({ object: ObjectRef, selection: Selection })

const Reader = ObjectRef.extend({ how: z.string() })

/** What the dry run of an item came to. */
export const PlannedOutcome = z.discriminatedUnion('outcome', [
  z.object({
    outcome: z.literal('ready'),
    action: z.enum(['create', 'update']),
    preconditions: Preconditions,
    changes: z.array(Change),
    patch: z.string(),
    patchDigest: z.string(),
    afterDigest: z.string(),
    warnings: z.array(Warning),
    readers: z.array(Reader),
  }),
  z.object({ outcome: z.literal('unchanged'), reason: z.string() }),
  z.object({ outcome: z.literal('conflict'), conflict: Conflict }),
  z.object({ outcome: z.literal('refused'), problem: SiteProblem }),
])
export type PlannedOutcome = z.output<typeof PlannedOutcome>

/** Private events of a sync's stream. */
export const syncEventSchemas = {
  SyncRequested: z.object({
    syncId: Id,
    source: InstanceSnapshot,
    targets: z.array(InstanceSnapshot),
    items: z.array(RequestedItem),
    by: Person,
    note: z.string().optional(),
  }),
  ItemPlanned: z.object({ itemId: Id, result: PlannedOutcome }),
  SyncPlanned: z.object({ planHash: z.string(), expiresAt: Time }),
  SyncStarted: z.object({ planHash: z.string(), by: Person }),
  ItemWriteStarted: z.object({ itemId: Id, writeId: Id }),
  ItemWritten: z.object({
    itemId: Id,
    alreadyThere: z.boolean(),
    beforeImage: z.string().optional(),
    uid: z.string(),
    resourceVersion: z.string(),
    generation: z.number().optional(),
    afterDigest: z.string(),
  }),
  ItemRolledOut: z.object({ itemId: Id, rollout: Rollout }),
  ItemConflicted: z.object({ itemId: Id, conflict: Conflict }),
  ItemFailed: z.object({
    itemId: Id,
    problem: SiteProblem.optional(),
    rollout: Rollout.optional(),
    reason: z.string(),
  }),
  ItemCancelled: z.object({ itemId: Id, reason: z.string() }),
  SyncStopRequested: z.object({ by: Person }),
  SyncRefused: z.object({ by: Person.optional(), reason: z.string() }),
  SyncFinished: z.object({ state: SyncState, counts: SyncCounts, reason: z.string().optional() }),
}

type Schemas = typeof syncEventSchemas
export type SyncEvent = { [T in keyof Schemas]: DomainEvent<T, z.output<Schemas[T]>> }[keyof Schemas]
export type EventOf<T extends SyncEvent['type']> = Extract<SyncEvent, { type: T }>
