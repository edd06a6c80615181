import { z } from 'zod'
import { command, query, stream } from '../kit.ts'
import { Id, ObjectRef, Time } from '../schemas.ts'
import { Change, Preconditions, Rollout, SiteProblem, Warning, WriteRequest } from './schemas.ts'

/** Why an item cannot be, or was not, written. */
export const Conflict = z.object({
  code: z.enum([
    'target-changed',
    'target-recreated',
    'target-missing',
    'target-exists',
    'source-changed',
    'source-missing',
  ]),
  message: z.string().describe('Names the fields, who changed them and when, from managedFields'),
  fields: z.array(z.string()),
  manager: z.string().optional(),
  time: Time.optional(),
})
export type Conflict = z.output<typeof Conflict>

/** Internal: reads source and target afresh, builds the patch, asks the target's API server for a dry run. Writes nothing. */
export const prepareWrite = query('sites.prepare-write', {
  summary: 'Plan the write of one object',
  access: 'sync:plan',
  callers: ['sync'],
  input: WriteRequest,
  result: z.discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('ready'),
      action: z.enum(['create', 'update']),
      preconditions: Preconditions,
      changes: z.array(Change),
      patch: z.string().max(64_000).describe('JSON as it will be sent, Secret values redacted; cut when longer'),
      patchDigest: z.string().describe('Keyed digest of the exact patch'),
      afterDigest: z.string().describe('Digest of the target’s normalized content after the write, from the dry run'),
      warnings: z.array(Warning),
    }),
    z.object({ outcome: z.literal('unchanged'), reason: z.string() }),
    z.object({ outcome: z.literal('conflict'), conflict: Conflict }),
    z
      .object({ outcome: z.literal('refused'), problem: SiteProblem })
      .describe('The API server, or the network, said no'),
  ]),
  limits: { timeoutMs: 60_000 },
})

/**
 * Internal: stores the before-image, checks the preconditions on a fresh read, writes once.
 * Repeating it with the same `writeId` after a crash writes nothing when the target shows that the write happened.
 */
export const executeWrite = command('sites.execute-write', {
  summary: 'Write one planned object',
  access: 'sync:execute',
  callers: ['sync'],
  input: WriteRequest.extend({
    syncId: Id,
    writeId: Id.describe('Deterministic per sync item'),
    preconditions: Preconditions,
    patchDigest: z.string(),
    afterDigest: z.string(),
    retrying: z.boolean().describe('An earlier attempt may have written: look at the target first'),
  }),
  result: z.discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('written'),
      alreadyThere: z.boolean().describe('An earlier attempt had written it'),
      beforeImage: z.string().optional().describe('Stream of the encrypted before-image; absent for created objects'),
      uid: z.string(),
      resourceVersion: z.string(),
      generation: z.number().int().optional(),
      afterDigest: z.string(),
    }),
    z.object({ outcome: z.literal('conflict'), conflict: Conflict }),
    z
      .object({ outcome: z.literal('failed'), problem: SiteProblem })
      .describe('Refused by the API server: nothing was written'),
    z
      .object({ outcome: z.literal('unknown'), problem: SiteProblem })
      .describe('No answer: may have been written; call again with retrying=true'),
  ]),
  limits: { timeoutMs: 120_000 },
})

/** Internal: follows a roll-out until it is complete, failed, or `timeoutSeconds` have passed; the last chunk is the outcome. */
export const followRollout = stream('sites.follow-rollout', {
  summary: 'Follow the roll-out of a workload',
  access: 'inventory:read',
  callers: ['sync'],
  input: z.object({
    instanceId: Id,
    object: ObjectRef,
    uid: z.string(),
    generation: z.number().int().optional(),
    timeoutSeconds: z.number().int().min(1).max(3600).default(600),
  }),
  result: Rollout,
  limits: { timeoutMs: 3_700_000 },
})

/** Internal: workloads of an instance that read a ConfigMap or Secret (or some keys of it). */
export const listReaders = query('sites.list-readers', {
  summary: 'List the workloads that read a ConfigMap or Secret',
  access: 'inventory:read',
  callers: ['sync'],
  input: z.object({ instanceId: Id, object: ObjectRef, keys: z.array(z.string()).max(500).optional() }),
  result: z.object({ readers: z.array(ObjectRef.extend({ how: z.string().describe('env, volume, …') })) }),
})
