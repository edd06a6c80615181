import { type IgnoreMatch, ignoreRuleLimits, type Person } from '@rancher-hub/contracts'
import { type Rejection, reject } from '@rancher-hub/domain'
import { canonicalLabelSelector, ignoreRuleInWords, parseLabelSelector } from '@rancher-hub/kubernetes'
import type { z } from 'zod'
import { isOutdated } from '../landscape/landscape.ts'
import type { IgnoreRuleEvent, IgnoreRules, RuleEntry } from './ignore-rules.ts'

type By = z.output<typeof Person>
type Decision<Code extends string> = readonly IgnoreRuleEvent[] | Rejection<Code>

const sorted = (list: readonly string[]): string[] => [...new Set(list)].sort()
const labelsKey = (labels: string | undefined): string =>
  labels === undefined || labels === '' ? '' : canonicalLabelSelector(parseLabelSelector(labels))

/** Equal for rules that ignore the same, however they were written. */
const matchKey = ({ kinds, names, labels, paths }: IgnoreMatch): string =>
  JSON.stringify([sorted(kinds), sorted(names), labelsKey(labels), sorted(paths)])

/** The rule that ignores the same, if there is another one. */
const sameAs = (state: IgnoreRules, match: IgnoreMatch, exceptId?: string): string | undefined =>
  Object.entries(state).find(([id, other]) => id !== exceptId && matchKey(other.match) === matchKey(match))?.[0]

export interface CreateIgnoreRule {
  readonly ruleId: string
  readonly instanceId?: string | undefined
  /** Has been read before: its selector and paths are right. */
  readonly match: IgnoreMatch
  readonly reason: string
  readonly enabled: boolean
  readonly by: By
}
export const decideCreateIgnoreRule = (
  { ruleId, instanceId, match, reason, enabled, by }: CreateIgnoreRule,
  state: IgnoreRules,
): Decision<'too-many-rules' | 'same-rule'> => {
  const same = sameAs(state, match)
  if (same !== undefined) return reject('same-rule', { ruleId: same })
  if (Object.keys(state).length >= ignoreRuleLimits.perPlace) return reject('too-many-rules')
  const place = instanceId === undefined ? {} : { instanceId }
  const data = { ruleId, ...place, name: ignoreRuleInWords(match), match, reason, enabled, by }
  return [{ type: 'IgnoreRuleCreated', data }]
}

interface SeenRule {
  readonly ruleId: string
  /** Where the rule is kept. */
  readonly instanceId?: string | undefined
  readonly revision?: number | undefined
  readonly by: By
}
/** The rule as it is, or why it cannot be changed now. */
const seen = (
  { ruleId, revision }: SeenRule,
  state: IgnoreRules,
): RuleEntry | Rejection<'not-found' | 'changed-meanwhile'> => {
  const rule = state[ruleId]
  if (rule === undefined) return reject('not-found')
  return isOutdated(rule, revision) ? reject('changed-meanwhile') : rule
}

export interface EditIgnoreRule extends SeenRule {
  readonly match?: IgnoreMatch | undefined
  readonly reason?: string | undefined
  readonly enabled?: boolean | undefined
}
export const decideEditIgnoreRule = (
  command: EditIgnoreRule,
  state: IgnoreRules,
): Decision<'not-found' | 'changed-meanwhile' | 'same-rule'> => {
  const { ruleId, instanceId, by } = command
  const rule = seen(command, state)
  if ('rejected' in rule) return rule
  const match = command.match ?? rule.match
  const reason = command.reason ?? rule.reason
  const enabled = command.enabled ?? rule.enabled
  const same = sameAs(state, match, ruleId)
  if (same !== undefined) return reject('same-rule', { ruleId: same })
  if (matchKey(match) === matchKey(rule.match) && reason === rule.reason && enabled === rule.enabled) return []
  const place = instanceId === undefined ? {} : { instanceId }
  const data = { ruleId, ...place, name: ignoreRuleInWords(match), match, reason, enabled, by }
  return [{ type: 'IgnoreRuleEdited', data }]
}

export const decideDeleteIgnoreRule = (
  command: SeenRule,
  state: IgnoreRules,
): Decision<'not-found' | 'changed-meanwhile'> => {
  const { ruleId, instanceId, by } = command
  const rule = seen(command, state)
  if ('rejected' in rule) return rule
  const place = instanceId === undefined ? {} : { instanceId }
  return [{ type: 'IgnoreRuleDeleted', data: { ruleId, ...place, name: rule.name, by } }]
}
