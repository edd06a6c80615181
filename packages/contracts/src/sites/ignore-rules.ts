import { z } from 'zod'
import { command, query } from '../kit.ts'
import { changedMeanwhile, Done, FieldPath, Id, Kind, Person, page, pageInput, Revision, Time } from '../schemas.ts'

/**
 * Rules in one place (the organization, or one instance), bytes of what one rule names, and characters of its reason:
 * the rules of ten instances and of the organization travel in one message, which must stay below 1 MB.
 */
export const ignoreRuleLimits = { perPlace: 30, bytes: 1200, reason: 300 } as const

const matchFields = z.object({
  kinds: z.array(Kind).max(6).default([]),
  names: z
    .array(z.string().trim().min(1).max(253))
    .max(20)
    .default([])
    .describe('Names of objects; * stands for any characters, ? for one'),
  labels: z.string().trim().max(1000).optional().describe('Label selector, as Kubernetes writes it: tier=cache,!debug'),
  paths: z
    .array(FieldPath)
    .max(20)
    .default([])
    .describe('Field paths as comparisons list them, with * and ?: containers[*].env[LOG_*]; none: the whole object'),
})

/**
 * What a rule ignores. Empty lists and no selector mean any; no paths mean the whole object. It is stored in events: it
 * only grows, and what it took once it takes for good.
 */
export const IgnoreMatch = matchFields
  .refine(
    ({ kinds, names, labels, paths }) => kinds.length + names.length + paths.length > 0 || (labels ?? '') !== '',
    'A rule without any condition would ignore everything. Name kinds, names, labels or fields.',
  )
  .refine(
    ({ names, labels, paths }) =>
      new TextEncoder().encode(JSON.stringify([names, labels, paths])).length <= ignoreRuleLimits.bytes,
    `At most ${ignoreRuleLimits.bytes} bytes in all names, labels and fields of a rule. Make several.`,
  )
export type IgnoreMatch = z.output<typeof IgnoreMatch>

const Reason = z
  .string()
  .trim()
  .min(1, 'Say why: others will see it where something is hidden')
  .max(ignoreRuleLimits.reason)

export const IgnoreRule = z.object({
  id: Id,
  instance: z
    .object({ id: Id, name: z.string(), environment: z.string(), colour: z.string() })
    .optional()
    .describe('Absent: a rule of the organization, for all instances'),
  name: z.string().describe('What it ignores, in a few words'),
  match: IgnoreMatch,
  reason: z.string(),
  enabled: z.boolean(),
  createdBy: Person.optional(),
  createdAt: Time,
  changedBy: Person.optional(),
  changedAt: Time,
  revision: z.number().int(),
})
export type IgnoreRule = z.output<typeof IgnoreRule>

/** A rule that is in force, as comparisons take it. */
export const RuleInForce = IgnoreRule.pick({ id: true, name: true, reason: true, revision: true }).extend({
  match: matchFields.describe('Checked when the rule was made'),
  instanceId: Id.optional().describe('Absent: of the organization'),
})
export type RuleInForce = z.output<typeof RuleInForce>

const ruleId = '6f1c3a52-aaaa-4a6e-9d43-0a5a2f6a9f0a'
const match = { kinds: [], names: [], paths: ['containers[*].env[LOG_LEVEL]'] }
const reason = 'Every environment logs as much as it needs'
const rule = {
  id: ruleId,
  name: 'Any object: containers[*].env[LOG_LEVEL]',
  match,
  reason,
  enabled: true,
  createdAt: '2026-11-24T10:00:00Z',
  changedAt: '2026-11-24T10:00:00Z',
  revision: 0,
}

export const matchNotValid = {
  'match-not-valid': {
    status: 422,
    message: 'The selector, or a field path, cannot be read.',
    details: z.object({
      field: z.enum(['labels', 'paths']),
      value: z.string(),
      position: z.number().int().optional().describe('Characters from the beginning, 1 for the first'),
    }),
  },
} as const

export const listIgnoreRules = query('sites.list-ignore-rules', {
  summary: 'List the rules that hide differences: those of the organization first, then by instance; newest first',
  http: { method: 'GET', path: '/ignore-rules' },
  access: 'instance:read',
  input: z.object({
    instanceId: Id.optional().describe('Only what is in force there: its own and those of the organization'),
    text: z.string().max(200).optional().describe('Part of what it ignores, or of the reason'),
    ids: z.array(Id).max(100).optional(),
    ...pageInput,
  }),
  result: page(IgnoreRule),
  staleAfter: ['instances', 'environments'],
  examples: [{ summary: 'One rule', input: {}, result: { items: [rule], total: 1 } }],
})

export const createIgnoreRule = command('sites.create-ignore-rule', {
  summary: 'Ignore objects or fields in comparisons and plans, for one instance or the whole organization',
  http: { method: 'POST', path: '/ignore-rules' },
  access: 'instance:write',
  input: z.object({
    instanceId: Id.optional().describe('Absent: for all instances'),
    match: IgnoreMatch,
    reason: Reason,
    enabled: z.boolean().default(true),
  }),
  result: z.object({ id: Id }),
  refusals: {
    ...matchNotValid,
    'too-many-rules': {
      status: 409,
      message: `There are ${ignoreRuleLimits.perPlace} rules here already. Put several into one, or delete some.`,
    },
    'same-rule': {
      status: 409,
      message: 'There is a rule here that ignores the same. Edit that one.',
      details: z.object({ ruleId: Id }),
    },
  },
  examples: [{ summary: 'A variable, everywhere', input: { match, reason }, result: { id: ruleId } }],
})

export const editIgnoreRule = command('sites.edit-ignore-rule', {
  summary: 'Change a rule, or switch it on or off',
  http: { method: 'PATCH', path: '/ignore-rules/:ruleId' },
  access: 'instance:write',
  input: z.object({
    ruleId: Id,
    match: IgnoreMatch.optional(),
    reason: Reason.optional(),
    enabled: z.boolean().optional(),
    revision: Revision.optional(),
  }),
  result: Done,
  refusals: {
    ...matchNotValid,
    ...changedMeanwhile,
    'same-rule': createIgnoreRule.refusals['same-rule'],
  },
  examples: [{ summary: 'Off', input: { ruleId, enabled: false, revision: 0 }, result: {} }],
})

export const deleteIgnoreRule = command('sites.delete-ignore-rule', {
  summary: 'Delete a rule: what it hid is shown again',
  http: { method: 'DELETE', path: '/ignore-rules/:ruleId' },
  access: 'instance:write',
  input: z.object({ ruleId: Id, revision: Revision.optional() }),
  result: Done,
  refusals: changedMeanwhile,
  examples: [{ summary: 'Delete', input: { ruleId }, result: {} }],
})
