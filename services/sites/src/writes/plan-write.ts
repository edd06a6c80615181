import type { Change, RuleInForce, Selection } from '@rancher-hub/contracts'
import {
  buildCreate,
  buildPatch,
  type CompiledRule,
  compareObjects,
  compareUnderRules,
  type Difference,
  digestOf,
  type JsonObject,
  type KubernetesObject,
  type Normalized,
  NothingAtPathError,
  PathNotValidError,
  wholeObjectRule,
} from '@rancher-hub/kubernetes'
import type { OrganizationKeys } from '../credentials/keyring.ts'

/** Source and target as they are now, with their normal forms. `target` is undefined when there is none. */
export interface Pair {
  readonly source: KubernetesObject
  readonly sourceContent: Normalized
  readonly target: KubernetesObject | undefined
  readonly targetContent: Normalized | undefined
  readonly targetNamespace: string
  readonly autoscaled: boolean
  /** Rules that ignore something of this object. */
  readonly rules: readonly CompiledRule<RuleInForce>[]
}

/** What will be sent, without the preconditions that are put in at the last moment. */
export interface PlannedWrite {
  readonly action: 'create' | 'update'
  readonly contentType: string
  readonly body: JsonObject
  /** Keyed digest of action and body. */
  readonly digest: string
  /** Field paths that are written; all for a created object. */
  readonly paths: readonly string[]
  readonly changes: readonly Change[]
  /** What would have been written, had no rule ignored it: each with why. */
  readonly leftOut: readonly string[]
}

export type Plan =
  | { readonly kind: 'write'; readonly write: PlannedWrite }
  | { readonly kind: 'unchanged'; readonly reason: string }
  | {
      readonly kind: 'conflict'
      readonly code: 'target-changed' | 'target-missing' | 'target-exists' | 'source-changed'
      readonly fields: readonly string[]
    }
  | { readonly kind: 'refused'; readonly code: 'ignored' | 'not-selectable'; readonly message: string }

const MAX_SHOWN = 4000
const MAX_CHANGES = 1000
/** Characters of all shown values together: answers are messages of less than 1 MB. */
const MAX_ALL_SHOWN = 400_000

const toChanges = (differences: readonly Difference[]): Change[] => {
  const each = Math.min(MAX_SHOWN, Math.floor(MAX_ALL_SHOWN / 2 / Math.max(1, differences.length)))
  return differences.slice(0, MAX_CHANGES).map(({ path, change, from, to }) => ({
    path: path.slice(0, 1024),
    change,
    ...(from === undefined ? {} : { from: from.slice(0, each) }),
    ...(to === undefined ? {} : { to: to.slice(0, each) }),
  }))
}

/** Whether `inner` is a place inside `outer`. */
const isInside = (inner: string, outer: string): boolean =>
  inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`)

/** A difference, and whether a rule ignores it. */
interface Judged extends Difference {
  readonly isIgnored: boolean
}

interface Chosen {
  readonly paths: readonly string[]
  readonly differences: readonly Judged[]
  /** Ticked places whose surroundings are missing on one side. */
  readonly lost: readonly Difference[]
}

const ignoredBy = ({ reason }: RuleInForce): string =>
  `a rule ignores it («${reason}»). Switch the rule off to write it`

/** What differs, with what rules ignore as something that cannot be written. */
const differencesOf = (pair: Pair, targetContent: Normalized): Judged[] => {
  const { differences, ignored } = compareUnderRules(pair.sourceContent, targetContent, pair.rules, {
    autoscaled: pair.autoscaled,
  })
  const blocked = ignored.map(({ difference, rule }) => ({
    ...difference,
    selectable: false,
    note: ignoredBy(rule),
    isIgnored: true,
  }))
  return [...differences.map((each) => ({ ...each, isIgnored: false })), ...blocked]
}

const isIgnoredImage = ({ group, change, selectable }: Difference): boolean =>
  group === 'image' && change === 'changed' && !selectable

/** What of the selection still differs. */
const choose = (selection: Exclude<Selection, { mode: 'create' }>, differences: readonly Judged[]): Chosen => {
  if (selection.mode === 'images') {
    const images = differences.filter(
      ({ group, change, selectable }) => group === 'image' && change === 'changed' && selectable,
    )
    return { paths: images.map(({ path }) => path), differences: images, lost: [] }
  }
  const ticked = [...new Set(selection.paths)]
  const within = (path: string) => differences.filter((each) => each.path === path || isInside(each.path, path))
  return {
    paths: ticked.filter((path) => within(path).length > 0),
    differences: ticked.flatMap(within),
    lost: differences.filter((each) => ticked.some((path) => isInside(path, each.path))),
  }
}

const planned = (
  action: PlannedWrite['action'],
  contentType: string,
  body: JsonObject,
  keys: OrganizationKeys,
  paths: readonly string[],
  differences: readonly Difference[],
  leftOut: readonly string[] = [],
): Plan => ({
  kind: 'write',
  write: {
    action,
    contentType,
    body,
    digest: keys.digest('patch', digestOf({ action, contentType, body })),
    paths,
    changes: toChanges(differences),
    leftOut,
  },
})

/** Decides what writing a selection means now. Pure but for the keyed digest. */
export const planWrite = (pair: Pair, selection: Selection, keys: OrganizationKeys): Plan => {
  const { source, sourceContent, target, targetContent } = pair
  const whole = wholeObjectRule(pair.rules)
  if (whole !== undefined)
    return {
      kind: 'refused',
      code: 'ignored',
      message: `${source.kind} ${source.metadata.name} cannot be written: ${ignoredBy(whole)}.`,
    }
  if (selection.mode === 'create') {
    if (target !== undefined) return { kind: 'conflict', code: 'target-exists', fields: [] }
    const differences = compareObjects(sourceContent, { kind: source.kind })
    return planned('create', 'application/json', buildCreate(source, pair.targetNamespace), keys, [], differences)
  }
  if (target === undefined || targetContent === undefined)
    return { kind: 'conflict', code: 'target-missing', fields: [] }
  const all = differencesOf(pair, targetContent)
  const chosen = choose(selection, all)
  const leftOut =
    selection.mode === 'images' ? all.filter(isIgnoredImage).map(({ path, note }) => `${path}: ${note}`) : []
  const [lost] = chosen.lost
  if (lost !== undefined)
    return {
      kind: 'conflict',
      code: lost.change === 'removed' ? 'source-changed' : 'target-changed',
      fields: [lost.path],
    }
  const blocked = chosen.differences.find(({ selectable }) => !selectable)
  if (blocked !== undefined)
    return {
      kind: 'refused',
      code: blocked.isIgnored ? 'ignored' : 'not-selectable',
      message: `${blocked.path} cannot be written: ${blocked.note ?? 'it is not selectable'}.`,
    }
  if (chosen.paths.length === 0) {
    return {
      kind: 'unchanged',
      reason:
        selection.mode !== 'images'
          ? 'The chosen fields are the same already'
          : leftOut.length === 0
            ? 'The images are the same already'
            : `Nothing else differs in the images. ${leftOut.join('; ')}`,
    }
  }
  try {
    const patch = buildPatch(source, target, chosen.paths)
    return planned('update', patch.contentType, patch.body, keys, chosen.paths, chosen.differences, leftOut)
  } catch (error) {
    if (error instanceof NothingAtPathError) return { kind: 'conflict', code: 'source-changed', fields: [error.path] }
    if (error instanceof PathNotValidError)
      return {
        kind: 'refused',
        code: 'not-selectable',
        message: `${error.message}. Compare again and tick what the comparison lists.`,
      }
    throw error
  }
}
