import canonicalize from 'canonicalize'
import { type CompareOptions, compareObjects, type Difference } from './compare.ts'
import { PathNotValidError, parsePath, type Step } from './field-path.ts'
import { type Glob, globMatches, parseGlob } from './glob.ts'
import { isObject, type Json, type JsonObject, valueAt } from './kubernetes-object.ts'
import { type LabelSelector, labelsMatch, parseLabelSelector } from './label-selector.ts'
import type { Normalized } from './normalize.ts'

/** What a rule ignores. Empty lists and no selector mean any; no paths mean the whole object. */
export interface IgnoreMatch {
  readonly kinds: readonly string[]
  /** With `*` and `?`. */
  readonly names: readonly string[]
  /** A label selector as lists take it; met when either side meets it. */
  readonly labels?: string | undefined
  /** Field paths as comparisons list them, with `*` and `?` in keys and `*` as a field: `containers[*].env[FEATURE_*]`. */
  readonly paths: readonly string[]
}

/** Whatever carries what it ignores. */
export interface Ignoring {
  readonly match: IgnoreMatch
}

interface PatternStep {
  readonly glob: Glob
  readonly isKey: boolean
}
type Pattern = readonly PatternStep[]

/** A rule that is ready to be applied. `rule` is what it was made of. */
export interface CompiledRule<R extends Ignoring = Ignoring> {
  readonly rule: R
  readonly kinds: ReadonlySet<string>
  readonly names: readonly Glob[]
  readonly labels: LabelSelector | undefined
  readonly patterns: readonly Pattern[]
}

/** Reads a path with wildcards. @throws PathNotValidError */
const parsePattern = (path: string): Pattern => {
  const steps: PatternStep[] = []
  const token = /(?:^|\.)([A-Za-z][A-Za-z0-9]*|\*)|\[((?:\\.|[^\\\]])*)\]/gsy
  while (token.lastIndex < path.length) {
    const found = token.exec(path)
    if (found === null || (steps.length === 0 && (found[1] === undefined || path.startsWith('.'))))
      throw new PathNotValidError(path)
    steps.push({ glob: parseGlob(found[1] ?? found[2] ?? ''), isKey: found[1] === undefined })
  }
  if (steps.length === 0) throw new PathNotValidError(path)
  return steps
}

/** Makes a rule ready. @throws PathNotValidError | LabelSelectorError */
export const compileIgnoreRule = <R extends Ignoring>(rule: R): CompiledRule<R> => {
  const { kinds, names, labels = '', paths } = rule.match
  return {
    rule,
    kinds: new Set(kinds),
    names: names.map(parseGlob),
    labels: labels.trim() === '' ? undefined : parseLabelSelector(labels),
    patterns: paths.map(parsePattern),
  }
}

/** Whether kind and name are those of the rule; what its labels say is asked for by {@link appliesTo}. */
export const mayApplyTo = (rule: CompiledRule, object: { readonly kind: string; readonly name: string }): boolean =>
  (rule.kinds.size === 0 || rule.kinds.has(object.kind)) &&
  (rule.names.length === 0 || rule.names.some((name) => globMatches(name, object.name)))

const labelsOf = (content: Normalized): Readonly<Record<string, string>> => {
  const labels = content['labels']
  return isObject(labels) ? (labels as Readonly<Record<string, string>>) : {}
}

/** Whether a rule is about this object. `sides`: its content in source and target, as far as it is there. */
export const appliesTo = (
  rule: CompiledRule,
  object: { readonly kind: string; readonly name: string },
  sides: readonly Normalized[],
): boolean =>
  mayApplyTo(rule, object) &&
  (rule.labels === undefined || sides.some((side) => labelsMatch(rule.labels ?? [], labelsOf(side))))

/** Content without what the patterns name. Fields that are empty then go too; keys stay: that there is one is a fact. */
const without = (value: Json, patterns: readonly Pattern[]): Json => {
  if (patterns.length === 0 || !isObject(value)) return value
  const kept: [string, Json][] = []
  for (const [name, inner] of Object.entries(value as JsonObject)) {
    const fitting = patterns.filter(([first]) => first !== undefined && globMatches(first.glob, name))
    if (fitting.some(({ length }) => length === 1)) continue
    const rest = without(
      inner,
      fitting.map((pattern) => pattern.slice(1)),
    )
    const isEmptied = rest !== inner && isObject(rest) && Object.keys(rest).length === 0 && isObject(inner)
    if (isEmptied && Object.keys(inner).length > 0 && fitting.every(([first]) => first?.isKey === false)) continue
    kept.push([name, rest])
  }
  return Object.fromEntries(kept)
}

const nameOf = (step: Step): string => ('field' in step ? step.field : step.key)

/** Whether a pattern names this place, something around it, or something inside it. */
const touches = (pattern: Pattern, steps: readonly Step[]): boolean =>
  pattern.slice(0, steps.length).every(({ glob }, index) => globMatches(glob, nameOf(steps[index] as Step)))

/** A difference that a rule hides. */
export interface IgnoredDifference<R extends Ignoring = Ignoring> {
  readonly difference: Difference
  readonly rule: R
}
/** A comparison under rules: what differs, and what differs and is ignored. */
export interface RuledComparison<R extends Ignoring = Ignoring> {
  readonly differences: readonly Difference[]
  readonly ignored: readonly IgnoredDifference<R>[]
}

/** The rule that ignores the whole object, if there is one among those that apply to it. */
export const wholeObjectRule = <R extends Ignoring>(applying: readonly CompiledRule<R>[]): R | undefined =>
  applying.find(({ patterns }) => patterns.length === 0)?.rule

/** A difference that stays, with a part that is ignored inside: writing it would write that part too. */
const guarded = (difference: Difference, holdsIgnored: boolean): Difference =>
  holdsIgnored && difference.change === 'changed' && difference.selectable
    ? {
        ...difference,
        selectable: false,
        preselected: false,
        note: 'A part of it is ignored by a rule, and would be written with it: switch the rule off to write it',
      }
    : difference

/**
 * Compares two objects of one kind under the rules that apply to them. Paths are taken away on both sides before
 * comparing; every difference elsewhere is listed as without rules.
 */
export const compareUnderRules = <R extends Ignoring>(
  source: Normalized,
  target: Normalized,
  applying: readonly CompiledRule<R>[],
  options: CompareOptions = {},
): RuledComparison<R> => {
  const all = compareObjects(source, target, options)
  if (applying.length === 0 || all.length === 0) return { differences: all, ignored: [] }
  const whole = wholeObjectRule(applying)
  if (whole !== undefined) return { differences: [], ignored: all.map((difference) => ({ difference, rule: whole })) }
  const patterns = applying.flatMap((rule) => rule.patterns)
  const prune = (content: Normalized): Normalized => ({
    ...(without(content, patterns) as JsonObject),
    ...(content['kind'] === undefined ? {} : { kind: content['kind'] }),
  })
  const [prunedSource, prunedTarget] = [prune(source), prune(target)]
  const left = new Set(compareObjects(prunedSource, prunedTarget, options).map(({ path }) => path))
  const ruleOf = (steps: readonly Step[]): R | undefined =>
    applying.find((rule) => rule.patterns.some((pattern) => touches(pattern, steps)))?.rule
  const isCut = (full: Normalized, pruned: Normalized, names: readonly string[]): boolean =>
    canonicalize(valueAt(full, ...names)) !== canonicalize(valueAt(pruned, ...names))
  const differences: Difference[] = []
  const ignored: IgnoredDifference<R>[] = []
  for (const difference of all) {
    const steps = parsePath(difference.path)
    const rule = left.has(difference.path) ? undefined : ruleOf(steps)
    const names = steps.map(nameOf)
    if (rule === undefined)
      differences.push(guarded(difference, isCut(source, prunedSource, names) || isCut(target, prunedTarget, names)))
    else ignored.push({ difference, rule })
  }
  return { differences, ignored }
}

/** A path of a comparison as a rule that names exactly this place. */
export const exactPathRule = (path: string): string => path.replace(/[*?]/g, (wildcard) => `\\${wildcard}`)

const MAX_WORDS = 200

/** A rule in a few words, to be told in lists and history: `ConfigMap feature-* (tier=cache): data[*]`. */
export const ignoreRuleInWords = ({ kinds, names, labels, paths }: IgnoreMatch): string => {
  const what = kinds.length === 0 ? 'Any object' : kinds.join(', ')
  const which = names.length === 0 ? '' : ` ${names.join(', ')}`
  const labelled = labels === undefined || labels.trim() === '' ? '' : ` (${labels.trim()})`
  const text = `${what}${which}${labelled}${paths.length === 0 ? '' : `: ${paths.join(', ')}`}`
  return text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS - 1)}…` : text
}
