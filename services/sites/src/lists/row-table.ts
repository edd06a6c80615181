import { type Compare, createSortedRows, type SortedRows } from './sorted-rows.ts'

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
  readonly tests: readonly ((row: R) => boolean)[]
}

export type Counts<F extends string> = Readonly<Record<F, ReadonlyMap<string, number>>>

export interface Found<R, F extends string> {
  /** All rows that match, in order. */
  readonly rows: readonly R[]
  /** Rows by value of each facet, under everything that was asked for but the choice in this very facet. */
  readonly counts: Counts<F>
}

/** Rows by id, found and counted in one pass. Rows are never changed, only replaced. */
export interface RowTable<R, F extends string, S extends string> {
  get(id: string): R | undefined
  /** Puts a row in place of the one of this id; undefined removes it. */
  put(id: string, row: R | undefined): void
  size(): number
  find(question: Question<R, F, S>): Found<R, F>
}

/** A row with its values as small numbers: counting them is adding to arrays. */
interface Entry<R> {
  readonly row: R
  readonly codes: readonly number[]
}

/** The small numbers of a facet's values. Values are few and stay: names of kinds, ids of instances. */
const createCodes = () => {
  const codes = new Map<string, number>([['', 0]])
  return {
    codeOf: (value: string): number => {
      const known = codes.get(value)
      if (known !== undefined) return known
      codes.set(value, codes.size)
      return codes.size - 1
    },
    size: () => codes.size,
    values: () => codes.keys(),
  }
}

type Codes = ReturnType<typeof createCodes>

/** Orders that are kept up to date; the one nobody asked for longest goes first. */
const MAX_ORDERS = 6

/** Index of the only facet that leaves a row out; -1: none does; -2: several do. */
const leftOutBy = (codes: readonly number[], allowed: readonly (Uint8Array | undefined)[]): number => {
  let by = -1
  for (let facet = 0; facet < allowed.length; facet += 1) {
    const choice = allowed[facet]
    if (choice === undefined || choice[codes[facet] ?? 0] === 1) continue
    if (by !== -1) return -2
    by = facet
  }
  return by
}

const meetsAll = <R>(row: R, tests: readonly ((row: R) => boolean)[]): boolean => {
  for (const test of tests) if (!test(row)) return false
  return true
}

const allowedCodes = (codes: Codes, chosen: ReadonlySet<string> | undefined): Uint8Array | undefined => {
  if (chosen === undefined) return undefined
  const allowed = new Uint8Array(codes.size())
  let code = 0
  for (const value of codes.values()) {
    if (chosen.has(value)) allowed[code] = 1
    code += 1
  }
  return allowed
}

const countsOf = (codes: Codes, numbers: Uint32Array): Map<string, number> => {
  const counts = new Map<string, number>()
  let code = 0
  for (const value of codes.values()) {
    const count = numbers[code] ?? 0
    if (count > 0 && value !== '') counts.set(value, count)
    code += 1
  }
  return counts
}

const countOne = (numbers: Uint32Array, code: number): void => {
  numbers[code] = (numbers[code] as number) + 1
}

/** The rows that match; counts by the way, in `numbers`. */
const scan = <R>(
  entries: readonly Entry<R>[],
  allowed: readonly (Uint8Array | undefined)[],
  tests: readonly ((row: R) => boolean)[],
  numbers: readonly Uint32Array[],
): R[] => {
  const rows: R[] = []
  for (const { row, codes } of entries) {
    const by = leftOutBy(codes, allowed)
    if (by === -2 || !meetsAll(row, tests)) continue
    if (by >= 0) {
      countOne(numbers[by] as Uint32Array, codes[by] as number)
      continue
    }
    rows.push(row)
    for (let at = 0; at < numbers.length; at += 1) countOne(numbers[at] as Uint32Array, codes[at] as number)
  }
  return rows
}

/** Makes an empty table. */
export const createRowTable = <R, F extends string, S extends string>(spec: TableSpec<R, F, S>): RowTable<R, F, S> => {
  const entries = new Map<string, Entry<R>>()
  const names = Object.keys(spec.facets) as F[]
  const codes = names.map(createCodes)
  const codeOf = (at: number): Codes => codes[at] as Codes
  const byName = <T>(value: (at: number) => T): Record<F, T> =>
    Object.fromEntries(names.map((name, at) => [name, value(at)])) as Record<F, T>
  const orders = new Map<string, SortedRows<Entry<R>>>()

  const compareBy = (sort: S, direction: Direction): Compare<Entry<R>> => {
    const sign = direction === 'asc' ? 1 : -1
    const first = spec.sorts[sort]
    return (a, b) => sign * first(a.row, b.row) || spec.ties(a.row, b.row)
  }
  const orderOf = (sort: S, direction: Direction): SortedRows<Entry<R>> => {
    const key = `${sort} ${direction}`
    const order = orders.get(key) ?? createSortedRows(() => entries.values(), compareBy(sort, direction))
    orders.delete(key)
    orders.set(key, order)
    const [oldest] = orders.keys()
    if (orders.size > MAX_ORDERS && oldest !== undefined) orders.delete(oldest)
    return order
  }

  return {
    get: (id) => entries.get(id)?.row,
    size: () => entries.size,
    put: (id, row) => {
      const before = entries.get(id)
      const after = row && { row, codes: names.map((name, at) => codeOf(at).codeOf(spec.facets[name](row))) }
      if (after === undefined) entries.delete(id)
      else entries.set(id, after)
      for (const order of orders.values()) order.note(before, after)
    },
    find: ({ sort, direction, chosen, tests }) => {
      const allowed = names.map((name, at) => allowedCodes(codeOf(at), chosen[name]))
      const numbers = codes.map((each) => new Uint32Array(each.size()))
      const rows = scan(orderOf(sort, direction).rows(), allowed, tests, numbers)
      return { rows, counts: byName((at) => countsOf(codeOf(at), numbers[at] as Uint32Array)) }
    },
  }
}
