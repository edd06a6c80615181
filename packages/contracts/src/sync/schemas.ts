import { z } from 'zod'
import { FieldPath, Id, Kind, KubernetesName, ObjectRef, Person, Time } from '../schemas.ts'
import { RuleInForce } from '../sites/ignore-rules.ts'
import {
  AppInstance,
  Change,
  InventoryState,
  Preconditions,
  Rollout,
  Selection,
  SiteProblem,
  Warning,
} from '../sites/schemas.ts'
import { Conflict } from '../sites/writes.ts'

/** An app instance as it was named when something happened: history keeps it. */
export const InstanceSnapshot = AppInstance.omit({ revision: true })
export type InstanceSnapshot = z.output<typeof InstanceSnapshot>

export const CellState = z.enum(['same', 'differs', 'missing', 'extra', 'unknown', 'ignored'])
/**
 * One object in one instance, against the first instance of the comparison (the source):
 * missing = only in the source, extra = only here, unknown = this kind cannot be read here, ignored = a rule says that
 * this object is not compared, and it would differ.
 */
export const Cell = z.object({
  state: CellState,
  images: z.record(z.string(), z.string()),
  replicas: z.number().int().optional(),
  keyCount: z.number().int().optional(),
  /** How many differences, by group (image, env, config-key …). */
  differences: z.record(z.string(), z.number().int()),
  managedBy: z.string().optional(),
  ignored: z
    .object({
      count: z.number().int().describe('Differences that rules hide; 0 where the whole object is missing or extra'),
      instead: z.enum(['differs', 'missing', 'extra']).describe('What it would be without rules'),
      ruleIds: z.array(Id),
    })
    .optional()
    .describe('Present where rules hide something'),
})
export const RowState = z.enum(['same', 'differs', 'missing', 'unknown', 'ignored'])
export const ComparisonRow = z.object({
  kind: Kind,
  name: KubernetesName,
  state: RowState.describe('The most telling state over all instances; ignored: it differs only in what rules ignore'),
  cells: z.array(Cell).describe('In the order of the instances; the first is the source'),
})
export type ComparisonRow = z.output<typeof ComparisonRow>

export const ComparedInstance = InstanceSnapshot.extend({ inventory: InventoryState })

/** One difference between source and target, tickable when `selectable`. */
export const Difference = Change.extend({
  group: z
    .string()
    .describe(
      'image, env, config-key, secret-key, replicas, resources, scheduling, labels, annotations, template, spec',
    ),
  selectable: z.boolean(),
  preselected: z.boolean(),
  note: z.string().optional().describe('Why it is not selectable or not preselected'),
})
export type Difference = z.output<typeof Difference>

/** A rule that hides something of a comparison. */
export const HidingRule = RuleInForce.pick({ id: true, name: true, reason: true, instanceId: true })
/** A difference that a rule hides: it is shown, and cannot be written while the rule is on. */
export const IgnoredDifference = Difference.extend({ rule: HidingRule })
export type IgnoredDifference = z.output<typeof IgnoredDifference>

/**
 * planning → planned → executing → (verifying roll-outs within) → one of the ends.
 * refused: a person said no to the plan, or their permission was gone; expired: nobody executed the plan in time.
 */
export const SyncState = z.enum([
  'planning',
  'planned',
  'executing',
  'stopping',
  'completed',
  'partially-completed',
  'failed',
  'cancelled',
  'refused',
  'expired',
])
export type SyncState = z.output<typeof SyncState>
export const terminalSyncStates = [
  'completed',
  'partially-completed',
  'failed',
  'cancelled',
  'refused',
  'expired',
] as const

export const ItemState = z.enum([
  'planning',
  'ready',
  'unchanged',
  'conflict',
  'refused',
  'writing',
  'written',
  'rolling-out',
  'done',
  'failed',
  'cancelled',
])
export const SyncItem = z.object({
  id: Id,
  targetInstanceId: Id,
  object: ObjectRef,
  selection: Selection,
  state: ItemState,
  action: z.enum(['create', 'update']).optional(),
  changes: z.array(Change),
  patch: z.string().optional(),
  preconditions: Preconditions.optional(),
  warnings: z.array(Warning),
  readers: z.array(ObjectRef.extend({ how: z.string() })).describe('Workloads that keep the old value until restarted'),
  conflict: Conflict.optional(),
  problem: SiteProblem.optional(),
  reason: z.string().optional().describe('Why unchanged, cancelled …'),
  rollout: Rollout.optional(),
  startedAt: Time.optional(),
  finishedAt: Time.optional(),
})
export type SyncItem = z.output<typeof SyncItem>

export const SyncCounts = z.object({
  total: z.number().int(),
  done: z.number().int(),
  failed: z.number().int(),
  conflicts: z.number().int(),
  cancelled: z.number().int(),
  unchanged: z.number().int(),
})

export const SyncSummary = z.object({
  id: Id,
  state: SyncState,
  source: InstanceSnapshot,
  targets: z.array(InstanceSnapshot),
  counts: SyncCounts,
  title: z.string().describe('In plain words: «6 objects from Dev to Staging»'),
  note: z.string().optional().describe('What the person wrote about why'),
  requestedBy: Person,
  requestedAt: Time,
  executedBy: Person.optional(),
  startedAt: Time.optional(),
  finishedAt: Time.optional(),
  reason: z.string().optional().describe('Why it failed, was refused, cancelled …'),
})
export type SyncSummary = z.output<typeof SyncSummary>

export const Sync = SyncSummary.extend({
  planHash: z.string().optional().describe('Names this plan; executing must give it'),
  expiresAt: Time.optional(),
  confirmation: z.array(z.string()).describe('Names of protected environments that must be typed to execute'),
  revision: z.number().int(),
})
export type Sync = z.output<typeof Sync>

export const PlanItem = z.object({ object: ObjectRef, selection: Selection })
export const LogEntry = z.object({
  revision: z.number().int(),
  time: Time,
  type: z.string(),
  text: z.string().describe('What happened, one line'),
  actor: z.string(),
  itemId: Id.optional(),
  path: FieldPath.optional(),
})
