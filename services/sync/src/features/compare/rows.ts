import type { Cell, ComparisonRow, ObjectSummary } from '@rancher-hub/contracts'
import type { z } from 'zod'
import { keyOf, type Snapshot } from './inventory-snapshots.ts'

type CellValue = z.output<typeof Cell>
type Kind = ComparisonRow['kind']

/** How many differences of each group two objects have; digests are different. */
export type CountDifferences = (source: ObjectSummary, target: ObjectSummary) => Readonly<Record<string, number>>

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

const cellOf = (
  source: ObjectSummary | undefined,
  object: ObjectSummary | undefined,
  isUnreadable: boolean,
  count: CountDifferences,
): CellValue => {
  if (object === undefined) return emptyCell(isUnreadable ? 'unknown' : 'missing')
  if (source === undefined) return filledCell(object, 'extra', {})
  if (source.digest === object.digest) return filledCell(object, 'same', {})
  return filledCell(object, 'differs', count(source, object))
}

const sourceCell = (source: ObjectSummary | undefined, isUnreadable: boolean): CellValue =>
  source === undefined ? emptyCell(isUnreadable ? 'unknown' : 'missing') : filledCell(source, 'same', {})

const rowState = (cells: readonly CellValue[]): ComparisonRow['state'] => {
  const states = cells.map(({ state }) => state)
  if (states.includes('differs')) return 'differs'
  if (states.includes('missing') || states.includes('extra')) return 'missing'
  return states.includes('unknown') ? 'unknown' : 'same'
}

/** Every object of any instance, each instance against the first. Kinds in their order, then names. */
export const compareSnapshots = (snapshots: readonly Snapshot[], count: CountDifferences): ComparisonRow[] => {
  const [source] = snapshots
  if (source === undefined) return []
  const all = new Map<string, ObjectSummary>()
  for (const { objects } of snapshots) for (const [key, object] of objects) if (!all.has(key)) all.set(key, object)
  const rows = [...all.values()].map(({ kind, name }): ComparisonRow => {
    const key = keyOf({ kind, name })
    const original = source.objects.get(key)
    const unknownSource = original === undefined && unreadable(source, kind)
    const cells = snapshots.map((snapshot, index) => {
      if (index === 0) return sourceCell(original, unreadable(source, kind))
      const object = snapshot.objects.get(key)
      // Nothing can be said against a source that cannot be read.
      if (unknownSource && object !== undefined) return filledCell(object, 'unknown', {})
      return cellOf(original, object, unreadable(snapshot, kind), count)
    })
    return { kind: kind as Kind, name, state: rowState(cells), cells }
  })
  return rows.sort(
    (a, b) => kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  )
}
