import type { Drift, RuleInForce } from '@rancher-hub/contracts'
import {
  appliesTo,
  type CompiledRule,
  compareUnderRules,
  compileIgnoreRule,
  mayApplyTo,
  wholeObjectRule,
} from '@rancher-hub/kubernetes'
import { LRUCache } from 'lru-cache'
import type { ListedObject } from './list-row.ts'

/** An object beside the one of its kind and name in the neighbour. */
export interface DriftPair {
  readonly instanceId: string
  readonly object: ListedObject
  readonly neighbourId: string
  /** Undefined: the neighbour has none. */
  readonly other: ListedObject | undefined
}

/** What is left of a drift where rules hide differences. */
export type UnderRules = (drift: Drift, pair: DriftPair) => Drift

/** Objects that differ and that a rule is about; what their contents come to is remembered for so many. */
const MAX_KNOWN = 10_000

/** Drifts that say that something differs: rules may hide it. */
export const mayBeHidden = (drift: Drift): boolean => !['same', 'unknown', 'not-compared'].includes(drift)

const leftOf = (drift: Drift, { object, other }: DriftPair, named: readonly CompiledRule[]): Drift => {
  const sides = [other?.content, object.content].filter((content) => content !== undefined)
  const applying = named.filter((rule) => appliesTo(rule, object, sides))
  if (wholeObjectRule(applying) !== undefined) return 'ignored'
  const [source, target] = sides
  if (source === undefined || target === undefined) return drift
  const { differences, ignored } = compareUnderRules(source, target, applying)
  if (ignored.length === 0) return drift
  if (differences.length === 0) return 'ignored'
  return drift === 'images-differ' && !differences.some(({ group }) => group === 'image') ? 'differs' : drift
}

/** Makes rules ready to be asked. Contents are read only of objects that differ and that a rule may be about. */
export const createDriftUnderRules = (inForce: readonly RuleInForce[]): UnderRules => {
  if (inForce.length === 0) return (drift) => drift
  const rules = inForce.map(compileIgnoreRule)
  const known = new LRUCache<string, Drift>({ max: MAX_KNOWN })
  return (drift, pair) => {
    if (!mayBeHidden(drift)) return drift
    const { instanceId, object, neighbourId, other } = pair
    const places = [undefined, instanceId, neighbourId]
    const named = rules.filter((each) => places.includes(each.rule.instanceId) && mayApplyTo(each, object))
    if (named.length === 0) return drift
    const key = [drift, object.digest, other?.digest, ...named.map(({ rule }) => rule.id)].join(' ')
    const left = known.get(key) ?? leftOf(drift, pair, named)
    known.set(key, left)
    return left
  }
}
