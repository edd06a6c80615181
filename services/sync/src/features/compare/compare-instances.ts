import {
  type ComparisonRow,
  compareInstances,
  describeInstances,
  type InputOf,
  type ObjectSummary,
} from '@rancher-hub/contracts'
import { compareObjects } from '@rancher-hub/kubernetes'
import { type CallContext, type Handler, handleQuery, refuse } from '@rancher-hub/service-kit'
import type { ContentCache } from './content-cache.ts'
import type { Snapshot, Snapshots } from './inventory-snapshots.ts'
import { type CountDifferences, compareSnapshots } from './rows.ts'

const MAX_COMPARISONS = 100
const MAX_COUNTS = 50_000

type Input = InputOf<typeof compareInstances>

/** Difference counts by pair of digests; both contents never change, so neither does this. */
const createCounts = (contents: ContentCache) => {
  const known = new Map<string, Readonly<Record<string, number>>>()
  return (organization: string): CountDifferences =>
    (source, target) => {
      const key = `${organization}/${source.digest}/${target.digest}`
      const found = known.get(key)
      if (found !== undefined) return found
      const [left, right] = [contents.get(organization, source.digest), contents.get(organization, target.digest)]
      // The object changed between inventory and content: the next inventory tells it.
      if (left === undefined || right === undefined) return {}
      const counts: Record<string, number> = {}
      for (const { group } of compareObjects(left, right)) counts[group] = (counts[group] ?? 0) + 1
      known.set(key, counts)
      if (known.size > MAX_COUNTS) known.delete(known.keys().next().value ?? '')
      return counts
    }
}

const differing = (source: Snapshot, target: Snapshot): [ObjectSummary, ObjectSummary][] =>
  [...target.objects].flatMap(([key, object]) => {
    const original = source.objects.get(key)
    return original === undefined || original.digest === object.digest ? [] : [[original, object]]
  })

const wanted = (objects: readonly ObjectSummary[]) =>
  objects.map(({ kind, name, digest }) => ({ ref: { kind, name }, digest }))

const matchesText = (row: ComparisonRow, text: string): boolean =>
  row.name.includes(text) ||
  row.cells.some(({ images }) => Object.values(images).some((image) => image.toLowerCase().includes(text)))

const select = (
  rows: readonly ComparisonRow[],
  { state, kind, text }: Pick<Input, 'state' | 'kind' | 'text'>,
  leave?: 'state' | 'kind',
): ComparisonRow[] => {
  const lower = text?.trim().toLowerCase() ?? ''
  return rows.filter(
    (row) =>
      (leave === 'state' || state === undefined || state.length === 0 || state.includes(row.state)) &&
      (leave === 'kind' || kind === undefined || kind.length === 0 || kind.includes(row.kind)) &&
      (lower === '' || matchesText(row, lower)),
  )
}

const countBy = (rows: readonly ComparisonRow[], field: 'state' | 'kind'): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const row of rows) counts[row[field]] = (counts[row[field]] ?? 0) + 1
  return counts
}

const sumHidden = (snapshots: readonly Snapshot[]): { reason: string; count: number }[] => {
  const counts = new Map<string, number>()
  for (const { inventory } of snapshots)
    for (const { reason, count } of inventory.hidden) counts.set(reason, (counts.get(reason) ?? 0) + count)
  return [...counts].map(([reason, count]) => ({ reason, count }))
}

/** Compares instances from their inventories; contents are fetched only for what differs and is not known yet. */
export const createCompareInstances = (snapshotOf: Snapshots, contents: ContentCache): Handler => {
  const countsFor = createCounts(contents)
  const comparisons = new Map<string, readonly ComparisonRow[]>()

  const rowsOf = async (
    ids: readonly string[],
    snapshots: readonly Snapshot[],
    ctx: CallContext,
  ): Promise<readonly ComparisonRow[]> => {
    const key = JSON.stringify([ctx.organization, ids, snapshots.map(({ inventory }) => inventory.revision)])
    const known = comparisons.get(key)
    if (known !== undefined) return known
    const [source, ...targets] = snapshots
    if (source === undefined) return []
    const pairs = targets.map((target) => differing(source, target))
    await contents.load(ids[0] ?? '', wanted(pairs.flatMap((each) => each.map(([original]) => original))), ctx)
    await Promise.all(
      pairs.map(
        async (each, index) => await contents.load(ids[index + 1] ?? '', wanted(each.map(([, object]) => object)), ctx),
      ),
    )
    const rows = compareSnapshots(snapshots, countsFor(ctx.organization))
    comparisons.set(key, rows)
    if (comparisons.size > MAX_COMPARISONS) comparisons.delete(comparisons.keys().next().value ?? '')
    return rows
  }

  return handleQuery(compareInstances, async (input, ctx) => {
    const { instances: ids, offset, limit } = input
    if (new Set(ids).size < ids.length) throw refuse(compareInstances, 'same-instance-twice')
    const { items } = await ctx.call(describeInstances, { ids })
    const described = ids.map((id) => {
      const instance = items.find((each) => each.id === id)
      if (instance === undefined)
        throw refuse(
          compareInstances,
          'not-found',
          undefined,
          'An app instance of this comparison does not exist any more.',
        )
      return instance
    })
    const snapshots = await Promise.all(ids.map(async (id) => await snapshotOf(id, ctx)))
    const rows = await rowsOf(ids, snapshots, ctx)
    const selected = select(rows, input)
    return {
      instances: described.map((instance, index) => ({
        ...instance,
        inventory: snapshots[index]?.inventory ?? { revision: '', stale: true, kinds: [], hidden: [] },
      })),
      rows: selected.slice(offset, offset + limit),
      total: selected.length,
      facets: {
        state: countBy(select(rows, input, 'state'), 'state'),
        kind: countBy(select(rows, input, 'kind'), 'kind'),
      },
      hidden: sumHidden(snapshots),
    }
  })
}
