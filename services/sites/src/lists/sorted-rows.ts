/** Compares two rows; 0 only for a row and itself. */
export type Compare<R> = (a: R, b: R) => number

/** Rows in one order, which follows changes at the cost of the change. */
export interface SortedRows<R> {
  /** Notes a change; it is worked in when the order is asked for next. */
  note(removed: R | undefined, added: R | undefined): void
  rows(): readonly R[]
}

/** So many changes are put in one by one; more are merged in one go. */
const FEW = 48

const placeOf = <R>(rows: readonly R[], row: R, compare: Compare<R>): number => {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(rows[middle] as R, row) < 0) low = middle + 1
    else high = middle
  }
  return low
}

const merged = <R>(rows: readonly R[], added: readonly R[], compare: Compare<R>): R[] => {
  const all: R[] = []
  let next = 0
  for (const row of rows) {
    for (; next < added.length && compare(added[next] as R, row) < 0; next += 1) all.push(added[next] as R)
    all.push(row)
  }
  for (; next < added.length; next += 1) all.push(added[next] as R)
  return all
}

/** Makes an order. `all` gives every row, for the first time and whenever so much changed that sorting anew is cheaper. */
export const createSortedRows = <R>(all: () => Iterable<R>, compare: Compare<R>): SortedRows<R> => {
  let sorted: R[] | undefined
  let removed = new Set<R>()
  let added = new Set<R>()

  const forget = (): void => {
    removed = new Set()
    added = new Set()
  }
  const patch = (rows: R[]): void => {
    for (const row of removed) {
      const at = placeOf(rows, row, compare)
      if (rows[at] === row) rows.splice(at, 1)
    }
    for (const row of added) rows.splice(placeOf(rows, row, compare), 0, row)
  }

  return {
    note: (before, after) => {
      if (sorted === undefined) return
      // A row that came and went between two questions was never in the order.
      if (before !== undefined && !added.delete(before)) removed.add(before)
      if (after !== undefined) added.add(after)
      if (removed.size + added.size <= Math.max(1000, sorted.length / 2)) return
      sorted = undefined
      forget()
    },
    rows: () => {
      if (sorted === undefined) sorted = [...all()].sort(compare)
      else if (removed.size + added.size > FEW)
        sorted = merged(
          removed.size === 0 ? sorted : sorted.filter((row) => !removed.has(row)),
          [...added].sort(compare),
          compare,
        )
      else patch(sorted)
      forget()
      return sorted
    },
  }
}
