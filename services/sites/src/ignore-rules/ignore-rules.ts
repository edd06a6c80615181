import { IgnoreMatch, Person } from '@rancher-hub/contracts'
import { unreachable } from '@rancher-hub/domain'
import { defineAggregate, type EventOf } from '@rancher-hub/service-kit'
import { z } from 'zod'

const rule = {
  ruleId: z.uuid(),
  /** Absent: a rule of the organization. */
  instanceId: z.uuid().optional(),
  /** What it ignores, in a few words. */
  name: z.string(),
}
const content = { ...rule, match: IgnoreMatch, reason: z.string(), enabled: z.boolean(), by: Person }

/** Data of every event, by type. */
export const ignoreRuleEvents = {
  IgnoreRuleCreated: z.object(content),
  IgnoreRuleEdited: z.object(content),
  IgnoreRuleDeleted: z.object({ ...rule, by: Person }),
} as const

/** What happened to the rules of one place. */
export type IgnoreRuleEvent = EventOf<typeof ignoreRuleEvents>

export interface RuleEntry {
  readonly name: string
  readonly match: IgnoreMatch
  readonly reason: string
  readonly enabled: boolean
  readonly revision: number
}
/** The rules of one place, by id. */
export type IgnoreRules = Readonly<Record<string, RuleEntry>>

/** Where the rules of the organization are kept; those of an instance are kept under its id. */
export const ORGANIZATION_PLACE = 'organization'

const evolve = (state: IgnoreRules, { type, data }: IgnoreRuleEvent): IgnoreRules => {
  switch (type) {
    case 'IgnoreRuleCreated':
    case 'IgnoreRuleEdited': {
      const { name, match, reason, enabled, ruleId } = data
      const revision = (state[ruleId]?.revision ?? -1) + 1
      return { ...state, [ruleId]: { name, match, reason, enabled, revision } }
    }
    case 'IgnoreRuleDeleted':
      return Object.fromEntries(Object.entries(state).filter(([id]) => id !== data.ruleId))
    default:
      return unreachable(type)
  }
}

/** One stream for the organization and one for each instance: rules of a place are few, and each is there once. */
export const ignoreRules = defineAggregate<IgnoreRules, IgnoreRuleEvent>({
  category: 'ignorerules',
  initial: {},
  evolve,
  events: ignoreRuleEvents,
})
