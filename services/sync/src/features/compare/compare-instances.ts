import {
  type AppInstance,
  type ComparisonRow,
  compareInstances,
  type InputOf,
  type InventoryState,
  type ReturnOf,
} from '@rancher-hub/contracts'
import { type CallContext, createRecent, type Handler, handleQuery } from '@rancher-hub/service-kit'
import { LRUCache } from 'lru-cache'
import type { ContentCache } from './content-cache.ts'
import { describeAll } from './describe-all.ts'
import type { Snapshot, Snapshots } from './inventory-snapshots.ts'
import { compareSnapshots } from './rows.ts'
import { createRuledPairs, neededContents } from './ruled-pairs.ts'
import { type RulesInForce, rulesInForce } from './rules-in-force.ts'

const MAX_COMPARISONS = 100
/** Answers that are kept: each is as long as its page of rows. */
const MAX_ANSWERS = 30

type Input = InputOf<typeof compareInstances>
type Answer = ReturnOf<typeof compareInstances>
type Compared = Answer['instances'][number]

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

/** What rules hide: rows that differ in nothing else, and fields of the other rows. */
const sumIgnored = (rows: readonly ComparisonRow[]): { objects: number; fields: number } => {
  const counts = { objects: 0, fields: 0 }
  for (const row of rows) {
    if (row.state === 'ignored') counts.objects += 1
    else for (const { ignored } of row.cells) counts.fields += ignored?.count ?? 0
  }
  return counts
}

/** Ages to the second: within it, the answer to the same question stays the same. */
const known = (instance: AppInstance, inventory: InventoryState): Compared => {
  const { asOf, ...rest } = inventory
  return { ...instance, inventory: asOf === undefined ? rest : { ...rest, asOf: `${asOf.slice(0, 19)}Z` } }
}

const answerOf = (
  input: Input,
  instances: Compared[],
  rows: readonly ComparisonRow[],
  snapshots: readonly Snapshot[],
): Answer => {
  const selected = select(rows, input)
  return {
    instances,
    rows: selected.slice(input.offset, input.offset + input.limit),
    total: selected.length,
    facets: {
      state: countBy(select(rows, input, 'state'), 'state'),
      kind: countBy(select(rows, input, 'kind'), 'kind'),
    },
    hidden: sumHidden(snapshots),
    ignored: sumIgnored(rows),
  }
}

/** Compares instances from their inventories; contents are fetched only for what differs and is not known yet. */
export const createCompareInstances = (snapshotOf: Snapshots, contents: ContentCache): Handler => {
  const pairsOf = createRuledPairs(contents)
  const comparisons = new LRUCache<string, readonly ComparisonRow[]>({ max: MAX_COMPARISONS })

  const rowsOf = async (
    ids: readonly string[],
    snapshots: readonly Snapshot[],
    rules: RulesInForce,
    ctx: CallContext,
  ): Promise<readonly ComparisonRow[]> => {
    const revisions = snapshots.map(({ inventory }) => inventory.revision)
    const key = JSON.stringify([ctx.organization, ids, revisions, rules.version])
    const known = comparisons.get(key)
    if (known !== undefined) return known
    const [source, ...others] = snapshots
    const [sourceId = '', ...otherIds] = ids
    if (source === undefined) return []
    const targets = others.map((snapshot, index) => {
      const id = otherIds[index] ?? ''
      const ofPair = rules.ofPair(sourceId, id)
      const compare = pairsOf(ctx.organization, ofPair)
      return { id, snapshot, compare, needed: neededContents(source, snapshot, ofPair) }
    })
    await contents.load(
      sourceId,
      targets.flatMap(({ needed }) => needed.source),
      ctx,
    )
    await Promise.all(targets.map(async ({ id, needed }) => await contents.load(id, needed.target, ctx)))
    const rows = compareSnapshots(source, targets)
    comparisons.set(key, rows)
    return rows
  }

  const answers = createRecent<Answer>(MAX_ANSWERS)
  return handleQuery(compareInstances, async (input, ctx) => {
    const { instances: ids } = input
    const { items: described, ignoreRules } = await describeAll(compareInstances, ids, ctx)
    const rules = rulesInForce(ignoreRules)
    const snapshots = await Promise.all(ids.map(async (id) => await snapshotOf(id, ctx)))
    const rows = await rowsOf(ids, snapshots, rules, ctx)
    const instances = snapshots.flatMap(({ inventory }, index) => {
      const instance = described[index]
      return instance === undefined ? [] : [known(instance, inventory)]
    })
    const key = JSON.stringify([ctx.organization, input])
    // What is frozen is written as JSON once.
    return answers.get(key, JSON.stringify([instances, rules.version]), () =>
      Object.freeze(answerOf(input, instances, rows, snapshots)),
    )
  })
}
