import { type ObjectRef, type ObjectSummary, previewIgnoreRules } from '@rancher-hub/contracts'
import {
  appliesTo,
  type CompiledRule,
  compareUnderRules,
  compileIgnoreRule,
  type Ignoring,
  LabelSelectorError,
  mayApplyTo,
  type Normalized,
  PathNotValidError,
} from '@rancher-hub/kubernetes'
import { type Handler, handleQuery, refuse } from '@rancher-hub/service-kit'
import type { ContentCache } from './content-cache.ts'
import { describeAll } from './describe-all.ts'
import type { Snapshot, Snapshots } from './inventory-snapshots.ts'
import { rulesInForce } from './rules-in-force.ts'

const MAX_SAMPLES = 20
const MAX_PATHS = 10

/** An object that differs, or that one side lacks. */
interface Differing {
  readonly ref: ObjectRef
  readonly source: Normalized | undefined
  readonly target: Normalized | undefined
}

const isReadable = ({ inventory }: Snapshot, kind: string): boolean =>
  inventory.kinds.some((each) => each.kind === kind && each.state === 'complete')

/** Objects that are not the same, as far as it is known what both sides have. */
const pairsThatDiffer = (
  source: Snapshot,
  target: Snapshot,
): [ObjectSummary | undefined, ObjectSummary | undefined][] =>
  [...new Set([...source.objects.keys(), ...target.objects.keys()])].flatMap((key) => {
    const [left, right] = [source.objects.get(key), target.objects.get(key)]
    const kind = (left ?? right)?.kind ?? ''
    const isSame = left?.digest === right?.digest || !isReadable(source, kind) || !isReadable(target, kind)
    return isSame ? [] : [[left, right]]
  })

/** The paths that one rule hides of an object; empty: all of it; undefined: nothing. */
const hiddenPaths = (rule: CompiledRule<Ignoring>, { ref, source, target }: Differing): string[] | undefined => {
  if (!mayApplyTo(rule, ref)) return undefined
  const sides = [source, target].flatMap((side) => (side === undefined ? [] : [side]))
  if (!appliesTo(rule, ref, sides)) return undefined
  if (rule.patterns.length === 0) return []
  if (source === undefined || target === undefined) return undefined
  const paths = compareUnderRules(source, target, [rule]).ignored.map(({ difference }) => difference.path)
  return paths.length === 0 ? undefined : paths
}

const countHidden = (rule: CompiledRule<Ignoring>, differing: readonly Differing[]) => {
  const found = differing.flatMap((each) => {
    const paths = hiddenPaths(rule, each)
    return paths === undefined ? [] : [{ ...each.ref, paths }]
  })
  return {
    objects: found.length,
    fields: found.reduce((sum, { paths }) => sum + paths.length, 0),
    samples: found.slice(0, MAX_SAMPLES).map((each) => ({ ...each, paths: each.paths.slice(0, MAX_PATHS) })),
  }
}

/** Reads a rule that is not saved yet. @throws RefusedError match-not-valid */
const readDraft = (match: Ignoring['match']): CompiledRule<Ignoring> => {
  try {
    return compileIgnoreRule({ match })
  } catch (error) {
    if (error instanceof PathNotValidError)
      throw refuse(previewIgnoreRules, 'match-not-valid', { field: 'paths', value: '' }, `${error.message}.`)
    if (!(error instanceof LabelSelectorError)) throw error
    const { position, message } = error
    const details = { field: 'labels', value: match.labels ?? '', position }
    throw refuse(previewIgnoreRules, 'match-not-valid', details, `At character ${position} of the labels: ${message}.`)
  }
}

/** Answers `sync.preview-ignore-rules`: every rule for itself, over all objects that differ now. */
export const createPreviewIgnoreRules = (snapshotOf: Snapshots, contents: ContentCache): Handler =>
  handleQuery(previewIgnoreRules, async ({ source: sourceId, target: targetId, draft }, ctx) => {
    const ids = [sourceId, targetId]
    const drafted = draft === undefined ? undefined : readDraft(draft)
    const { ignoreRules } = await describeAll(previewIgnoreRules, ids, ctx)
    const [source, target] = await Promise.all([snapshotOf(sourceId, ctx), snapshotOf(targetId, ctx)])
    const pairs = pairsThatDiffer(source, target)
    const wanted = (side: 0 | 1) =>
      pairs.flatMap((pair) => {
        const object = pair[side]
        return object === undefined ? [] : [{ ref: { kind: object.kind, name: object.name }, digest: object.digest }]
      })
    await Promise.all([contents.load(sourceId, wanted(0), ctx), contents.load(targetId, wanted(1), ctx)])
    const contentOf = (object: ObjectSummary | undefined): Normalized | undefined =>
      object === undefined ? undefined : contents.get(ctx.organization, object.digest)
    const differing = pairs.flatMap(([left, right]): Differing[] => {
      const object = left ?? right
      if (object === undefined) return []
      const found = { source: contentOf(left), target: contentOf(right) }
      // It changed between inventory and content.
      const isGone =
        (left !== undefined && found.source === undefined) || (right !== undefined && found.target === undefined)
      return isGone ? [] : [{ ref: { kind: object.kind, name: object.name }, ...found }]
    })
    return {
      rules: rulesInForce(ignoreRules)
        .ofPair(sourceId, targetId)
        .map((rule) => {
          const { objects, fields } = countHidden(rule, differing)
          return { ruleId: rule.rule.id, objects, fields }
        }),
      draft: drafted === undefined ? undefined : countHidden(drafted, differing),
    }
  })
