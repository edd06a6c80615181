import type { Cell, ComparisonRow, ObjectSummary } from '@rancher-hub/contracts'
import type { z } from 'zod'
import { keyOf, type Snapshot } from './inventory-snapshots.ts'
import type { ComparePair, PairOutcome } from './ruled-pairs.ts'

type CellValue = z.output<typeof Cell>
type Kind = ComparisonRow['kind']

const kindOrder: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'ConfigMap', 'Secret']

const unreadable = (snapshot: Snapshot, kind: string): boolean => {
  const state = snapshot.inventory.kinds.find((each) => each.kind === kind)?.state
  return state !== 'complete'
}

const emptyCell = (state: CellValue['state']): CellValue => ({ state, images: {}, differences: {} })

const filledCell = (
  object: ObjectSummary,
  state: CellValue['state'],
  differences: Readonly<Record<string, number>>,
): CellValue => ({
  state,
  images: object.images,
  ...(object.replicas === undefined ? {} : { replicas: object.replicas }),
  ...(object.kind === 'ConfigMap' || object.kind === 'Secret' ? { keyCount: Object.keys(object.keys).length } : {}),
  differences: { ...differences },
  ...(object.managedBy === undefined ? {} : { managedBy: object.managedBy }),
})

/** What rules hide in a cell, where they hide something. */
const hiddenBy = (
  { ignored, ruleIds }: PairOutcome,
  instead: NonNullable<CellValue['ignored']>['instead'],
): Pick<CellValue, 'ignored'> =>
  ruleIds.length === 0 ? {} : { ignored: { count: ignored, instead, ruleIds: [...ruleIds] } }

const cellOf = (
  source: ObjectSummary | undefined,
  object: ObjectSummary | undefined,
  isUnreadable: boolean,
  compare: ComparePair,
): CellValue => {
  if (object === undefined) {
    if (isUnreadable || source === undefined) return emptyCell(isUnreadable ? 'unknown' : 'missing')
    const outcome = compare(source, undefined)
    return outcome.isIgnored ? { ...emptyCell('ignored'), ...hiddenBy(outcome, 'missing') } : emptyCell('missing')
  }
  if (source === undefined) {
    const outcome = compare(undefined, object)
    return outcome.isIgnored
      ? { ...filledCell(object, 'ignored', {}), ...hiddenBy(outcome, 'extra') }
      : filledCell(object, 'extra', {})
  }
  if (source.digest === object.digest) return filledCell(object, 'same', {})
  const outcome = compare(source, object)
  const isLeft = outcome.ruleIds.length === 0 || Object.keys(outcome.differences).length > 0
  const state = outcome.isIgnored ? 'ignored' : isLeft ? 'differs' : 'same'
  return { ...filledCell(object, state, outcome.differences), ...hiddenBy(outcome, 'differs') }
}

const sourceCell = (source: ObjectSummary | undefined, isUnreadable: boolean): CellValue =>
  source === undefined ? emptyCell(isUnreadable ? 'unknown' : 'missing') : filledCell(source, 'same', {})

const rowState = ([source, ...targets]: readonly CellValue[]): ComparisonRow['state'] => {
  const has = (state: CellValue['state']): boolean => targets.some((cell) => cell.state === state)
  if (has('differs')) return 'differs'
  // Where neither side has it there is no difference.
  if (has(source?.state === 'missing' ? 'extra' : 'missing')) return 'missing'
  if (source?.state === 'unknown' || has('unknown')) return 'unknown'
  return targets.some(({ ignored }) => ignored !== undefined) ? 'ignored' : 'same'
}

/** An instance that is compared with the source, and how. */
export interface Target {
  readonly snapshot: Snapshot
  readonly compare: ComparePair
}

/** Every object of any instance, each instance against the source. Kinds in their order, then names. */
export const compareSnapshots = (source: Snapshot, targets: readonly Target[]): ComparisonRow[] => {
  const all = new Map<string, ObjectSummary>()
  for (const { objects } of [source, ...targets.map(({ snapshot }) => snapshot)])
    for (const [key, object] of objects) if (!all.has(key)) all.set(key, object)
  const rows = [...all.values()].map(({ kind, name }): ComparisonRow => {
    const key = keyOf({ kind, name })
    const original = source.objects.get(key)
    const isSourceUnreadable = unreadable(source, kind)
    const unknownSource = original === undefined && isSourceUnreadable
    const cells = targets.map(({ snapshot, compare }) => {
      const object = snapshot.objects.get(key)
      // Nothing can be said against a source that cannot be read.
      if (unknownSource && object !== undefined) return filledCell(object, 'unknown', {})
      return cellOf(original, object, unreadable(snapshot, kind), compare)
    })
    const ownCells = [sourceCell(original, isSourceUnreadable), ...cells]
    return { kind: kind as Kind, name, state: rowState(ownCells), cells: ownCells }
  })
  return rows.sort(
    (a, b) => kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  )
}
