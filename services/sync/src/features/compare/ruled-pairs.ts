import type { ObjectSummary } from '@rancher-hub/contracts'
import { appliesTo, compareUnderRules, mayApplyTo, type Normalized, wholeObjectRule } from '@rancher-hub/kubernetes'
import { LRUCache } from 'lru-cache'
import type { ContentCache, Wanted } from './content-cache.ts'
import { keyOf, type Snapshot } from './inventory-snapshots.ts'
import type { Rule } from './rules-in-force.ts'

const MAX_COUNTS = 50_000
const MAX_VERSIONS = 1_000

/** What two objects, or one that stands alone, come to under rules. */
export interface PairOutcome {
  /** Differences that are left, by group. */
  readonly differences: Readonly<Record<string, number>>
  /** How many differences rules hide. */
  readonly ignored: number
  /** Rules that hide something. */
  readonly ruleIds: readonly string[]
  /** A rule ignores the object as a whole. */
  readonly isIgnored: boolean
}

/** Compares one object of a pair; one side may be missing. */
export type ComparePair = (source: ObjectSummary | undefined, target: ObjectSummary | undefined) => PairOutcome

const nothing: PairOutcome = { differences: {}, ignored: 0, ruleIds: [], isIgnored: false }

const outcomeOf = (left: Normalized, right: Normalized, applying: readonly Rule[]): PairOutcome => {
  const { differences, ignored } = compareUnderRules(left, right, applying)
  const counts: Record<string, number> = {}
  for (const { group } of differences) counts[group] = (counts[group] ?? 0) + 1
  const whole = wholeObjectRule(applying)
  return {
    differences: counts,
    ignored: ignored.length,
    ruleIds: whole === undefined ? [...new Set(ignored.map(({ rule }) => rule.id))] : [whole.id],
    isIgnored: whole !== undefined,
  }
}

/** Rules that ignore objects by their labels: then the content of those that stand alone is needed too. */
const needsLabels = ({ labels, patterns }: Rule): boolean => labels !== undefined && patterns.length === 0

/** Objects whose contents a comparison of two instances needs, on each side. */
export const neededContents = (
  source: Snapshot,
  target: Snapshot,
  rules: readonly Rule[],
): { readonly source: Wanted[]; readonly target: Wanted[] } => {
  const byLabels = rules.filter(needsLabels)
  const wanted = ({ kind, name, digest }: ObjectSummary): Wanted => ({ ref: { kind, name }, digest })
  const isNeeded = (object: ObjectSummary, other: ObjectSummary | undefined): boolean =>
    other === undefined ? byLabels.some((rule) => mayApplyTo(rule, object)) : other.digest !== object.digest
  return {
    source: [...source.objects.values()].filter((each) => isNeeded(each, target.objects.get(keyOf(each)))).map(wanted),
    target: [...target.objects.values()].filter((each) => isNeeded(each, source.objects.get(keyOf(each)))).map(wanted),
  }
}

/**
 * Outcomes by digests and rules; contents never change under a digest, so neither does this. Only objects that differ
 * are looked at.
 */
export const createRuledPairs = (contents: ContentCache) => {
  const known = new LRUCache<string, PairOutcome>({ max: MAX_COUNTS })
  const versions = new LRUCache<string, number>({ max: MAX_VERSIONS })
  let lastVersion = 0

  /** A short name for rules at their revisions; never given to others. */
  const versionOf = (rules: readonly Rule[]): number => {
    if (rules.length === 0) return 0
    const text = rules.map(({ rule }) => `${rule.id}.${rule.revision}`).join(' ')
    const found = versions.get(text)
    if (found !== undefined) return found
    lastVersion += 1
    versions.set(text, lastVersion)
    return lastVersion
  }

  const ofBoth = (organization: string, source: ObjectSummary, target: ObjectSummary, rules: readonly Rule[]) => {
    const named = rules.filter((rule) => mayApplyTo(rule, source))
    const key = `${organization}/${source.digest}/${target.digest}/${versionOf(named)}`
    const found = known.get(key)
    if (found !== undefined) return found
    const [left, right] = [contents.get(organization, source.digest), contents.get(organization, target.digest)]
    // The object changed between inventory and content: the next inventory tells it.
    if (left === undefined || right === undefined) return nothing
    const outcome = outcomeOf(
      left,
      right,
      named.filter((rule) => appliesTo(rule, source, [left, right])),
    )
    known.set(key, outcome)
    return outcome
  }

  const ofOne = (organization: string, object: ObjectSummary, rules: readonly Rule[]): PairOutcome => {
    const content = contents.get(organization, object.digest)
    const sides = content === undefined ? [] : [content]
    const rule = rules.find((each) => each.patterns.length === 0 && appliesTo(each, object, sides))?.rule
    return rule === undefined ? nothing : { ...nothing, ruleIds: [rule.id], isIgnored: true }
  }

  return (organization: string, rules: readonly Rule[]): ComparePair =>
    (source, target) => {
      if (source !== undefined && target !== undefined) return ofBoth(organization, source, target, rules)
      const one = source ?? target
      return one === undefined || rules.length === 0 ? nothing : ofOne(organization, one, rules)
    }
}
