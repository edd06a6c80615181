import type { ListedInstance } from '@rancher-hub/contracts'
import type { ListRow } from './list-row.ts'

/** So many instances are told besides those of the rows, where something of them is missing. */
const MAX_TOLD = 100
/** Bytes of JSON of a whole answer; messages must stay below 1 MB, and what wraps the answer is in them too. */
const ANSWER_BYTES = 900_000
/** Of these, for rows and the names of their instances: why something is missing finds room too. */
const ROWS_BYTES = 600_000

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

/** What is missing stays told, why does not: the sentences and the words of servers are what is long. */
const withoutProblems = ({ problem: _, kinds, surroundings, ...rest }: ListedInstance): ListedInstance => ({
  ...rest,
  kinds: kinds.map(({ problem: __, ...kind }) => kind),
  ...(surroundings === undefined ? {} : { surroundings: surroundings.map(({ problem: __, ...kind }) => kind) }),
})

/** Takes from a number of bytes while there are enough left. */
const createBudget = (bytes: number) => {
  let left = bytes
  return {
    left: (): number => left,
    take: (wanted: number): boolean => {
      if (wanted > left) return false
      left -= wanted
      return true
    },
  }
}

const fitRows = <R extends ListRow, I>(
  rows: readonly R[],
  itemOf: (row: R) => I,
  short: ReadonlyMap<string, ListedInstance>,
  bytes: number,
) => {
  const budget = createBudget(bytes)
  const items: I[] = []
  const ofRows = new Set<string>()
  for (const row of rows) {
    const { id } = row.instance
    const item = itemOf(row)
    const fits = budget.take(bytesOf(item) + (ofRows.has(id) ? 0 : bytesOf(short.get(id) ?? {})))
    if (!fits && items.length > 0) break
    items.push(item)
    ofRows.add(id)
  }
  return { items, ofRows, left: budget.left() }
}

const isIncomplete = ({ state, stale }: ListedInstance): boolean => state !== 'complete' || stale

/** What a page is made of. */
export interface PageParts<R, I> {
  readonly rows: readonly R[]
  readonly itemOf: (row: R) => I
  /** All there are, in order. */
  readonly all: readonly ListedInstance[]
  /** What else is in the answer. */
  readonly besides: unknown
}

/**
 * As many rows as fit into one message, at least one, with the instances they are in; of these, and of others of which
 * not everything is known, as much as still fits: that they are so comes before why.
 */
export const fitPage = <R extends ListRow, I>({
  rows,
  itemOf,
  all,
  besides,
}: PageParts<R, I>): { readonly items: I[]; readonly instances: ListedInstance[] } => {
  const room = ANSWER_BYTES - bytesOf(besides)
  const forRows = Math.min(room, ROWS_BYTES)
  const short = new Map(all.map((each) => [each.instance.id, withoutProblems(each)]))
  const { items, ofRows, left } = fitRows(rows, itemOf, short, forRows)
  const budget = createBudget(room - forRows + left)
  const shown = all.filter(({ instance }) => ofRows.has(instance.id))
  const others = all.filter((each) => !ofRows.has(each.instance.id) && isIncomplete(each)).slice(0, MAX_TOLD)
  const briefOf = (each: ListedInstance): ListedInstance => short.get(each.instance.id) ?? each
  const told = [...shown, ...others.filter((each) => budget.take(bytesOf(briefOf(each))))]
  const instances = told.map((each) => (budget.take(bytesOf(each) - bytesOf(briefOf(each))) ? each : briefOf(each)))
  return { items, instances }
}
