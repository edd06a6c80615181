import type { RuleInForce } from '@rancher-hub/contracts'
import { type CompiledRule, compileIgnoreRule } from '@rancher-hub/kubernetes'

export type Rule = CompiledRule<RuleInForce>

/** The rules of one comparison: those of the organization, and of each instance. */
export interface RulesInForce {
  /** Changes when any rule does; empty without rules. */
  readonly version: string
  /** Rules for a pair: of the organization and of both instances. */
  ofPair(source: string, target: string): readonly Rule[]
}

/** The rules of a comparison, made ready when they are needed: what was compared before is answered without them. */
export const rulesInForce = (rules: readonly RuleInForce[]): RulesInForce => ({
  version: rules.map(({ id, revision }) => `${id}.${revision}`).join(' '),
  ofPair: (source, target) =>
    rules
      .filter(({ instanceId }) => instanceId === undefined || instanceId === source || instanceId === target)
      .map(compileIgnoreRule),
})
