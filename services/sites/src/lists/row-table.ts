import { LRUCache } from 'lru-cache'
import { createFacetCodes } from './facet-codes.ts'
import { type Compare, createSortedRows, type Entry, type SortedRows } from './sorted-rows.ts'
import { createVerdicts, type RowTest } from './verdicts.ts'

export type Direction = 'asc' | 'desc'

/** What a table knows of its rows. */
export interface TableSpec<R, F extends string, S extends string> {
  /** Value by which rows are counted and chosen; '' is not counted. */
  readonly facets: Readonly<Record<F, (row: R) => string>>
  /** Orders; equal rows follow by `ties`, in both directions alike. */
  readonly sorts: Readonly<Record<S, Compare<R>>>
  readonly ties: Compare<R>
}

/** What is asked for. */
export interface Question<R, F extends string, S extends string> {
  readonly sort: S
  readonly direction: Direction
  /** Values that a facet may have; absent: any. */
  readonly chosen: Partial<Readonly<Record<F, ReadonlySet<string>>>>
  /** What a row must meet besides. */
  readonly test: RowTest<R> | undefined
}

export type Counts<F extends string> = Readonly<Record<F, ReadonlyMap<string, number>>>

export interface Found<R, F extends string> {
  /** All rows that match, in order. */
  readonly rows: readonly R[]
  /** Rows by value of each facet, under everything that was asked for but the choice in this very facet. */
  readonly counts: Counts<F>
}

/** Rows, found and counted in one pass. They are never changed, only replaced. */
export interface RowTable<R, F extends string, S extends string> {
  /** Puts a row in place of another, or beside all others; undefined removes the other. */
  put(before: Entry<R> | undefined, row: R): Entry<R>
  remove(before: Entry<R>): void
  size(): number
  find(question: Question<R, F, S>): Found<R, F>
}

/** Orders that are kept up to date, and tests that are remembered; the one nobody asked for longest goes first. */
const MAX_ORDERS = 8
const MAX_TESTS = 24

/** Places of rows in arrays; those that became free are used again. */
const createSlots = () => {
  const free: number[] = []
  let next = 0
  return {
    take: (): number => {
      const slot = free.pop() ?? next
      if (slot === next) next += 1
      return slot
    },
    giveBack: (slot: number): void => void free.push(slot),
    taken: (): number => next - free.length,
  }
}

/** Makes an empty table. */
export const createRowTable = <R, F extends string, S extends string>(spec: TableSpec<R, F, S>): RowTable<R, F, S> => {
  const entryAt: (Entry<R> | undefined)[] = []
  /** The same rows once more: who goes through all of them need not touch the entries. */
  const rowAt: (R | undefined)[] = []
  const slots = createSlots()
  const codes = createFacetCodes(spec.facets)
  const verdicts = createVerdicts<R>(MAX_TESTS)
  const orders = new LRUCache<string, SortedRows<R>>({ max: MAX_ORDERS })

  const byTies = (a: Entry<R>, b: Entry<R>): number => spec.ties(a.row, b.row)
  const ties = createSortedRows<R>(() => entryAt.filter((entry) => entry !== undefined).sort(byTies), spec.ties)
  const createOrder = (sort: S, direction: Direction): SortedRows<R> => {
    const sign = direction === 'asc' ? 1 : -1
    const first = spec.sorts[sort]
    // Sorting keeps what is equal as it was, so rows that stand by their ties need be compared by the rest only.
    const sortAll = () => ties.entries().toSorted((a, b) => sign * first(a.row, b.row))
    return createSortedRows(sortAll, (a, b) => sign * first(a, b) || spec.ties(a, b))
  }
  const orderOf = (sort: S, direction: Direction): SortedRows<R> => {
    const key = `${sort} ${direction}`
    const order = orders.get(key) ?? createOrder(sort, direction)
    orders.set(key, order)
    return order
  }

  const note = (before: Entry<R> | undefined, after: Entry<R> | undefined): void => {
    ties.note(before, after)
    for (const order of orders.values()) order.note(before, after)
  }

  return {
    size: slots.taken,
    put: (before, row) => {
      const entry = { row, slot: before?.slot ?? slots.take() }
      entryAt[entry.slot] = entry
      rowAt[entry.slot] = row
      codes.set(entry.slot, row)
      verdicts.forget(entry.slot)
      note(before, entry)
      return entry
    },
    remove: (entry) => {
      entryAt[entry.slot] = undefined
      rowAt[entry.slot] = undefined
      slots.giveBack(entry.slot)
      note(entry, undefined)
    },
    find: ({ sort, direction, chosen, test }) => {
      const allowed = codes.allowed(chosen)
      const counts = codes.newCounts()
      const meets = test && verdicts.of(test)
      const rows: R[] = []
      for (const slot of orderOf(sort, direction).slots()) {
        const by = codes.leftOutBy(slot, allowed)
        if (by === -2) continue
        const row = rowAt[slot] as R
        if (meets !== undefined && !meets(slot, row)) continue
        if (by === -1) rows.push(row)
        codes.count(slot, by, counts)
      }
      return { rows, counts: codes.named(counts) }
    },
  }
}
