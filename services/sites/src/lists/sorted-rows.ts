/** Compares two rows; 0 only for a row and itself. */
export type Compare<R> = (a: R, b: R) => number

/** A version of a row at its place in the table. It is never changed, only replaced. */
export interface Entry<R> {
  readonly row: R
  readonly slot: number
}

/** Rows in one order, which follows changes at the cost of the change. */
export interface SortedRows<R> {
  /** Notes a change; it is worked in when the order is asked for next. */
  note(removed: Entry<R> | undefined, added: Entry<R> | undefined): void
  /** Places of the rows, in order. */
  slots(): Int32Array
  entries(): readonly Entry<R>[]
}

const positionOf = <R>(entries: readonly Entry<R>[], { row }: Entry<R>, compare: Compare<R>): number => {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare((entries[middle] as Entry<R>).row, row) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** Entries in order, and their places beside them: who goes through the places need not touch the entries. */
interface Sorted<R> {
  readonly entries: readonly Entry<R>[]
  readonly slots: Int32Array
}

const sortedFrom = <R>(entries: readonly Entry<R>[]): Sorted<R> => {
  const slots = new Int32Array(entries.length)
  for (let at = 0; at < entries.length; at += 1) slots[at] = (entries[at] as Entry<R>).slot
  return { entries, slots }
}

/** The same without some and with some more, in one pass; undefined where the order does not hold one that goes. */
const patched = <R>(
  { entries, slots }: Sorted<R>,
  removed: Iterable<Entry<R>>,
  added: readonly Entry<R>[],
  compare: Compare<R>,
): Sorted<R> | undefined => {
  const gone = new Set<number>()
  for (const entry of removed) {
    const at = positionOf(entries, entry, compare)
    if (entries[at] !== entry) return undefined
    gone.add(at)
  }
  const places = added.map((entry) => positionOf(entries, entry, compare))
  const nextEntries: Entry<R>[] = []
  const nextSlots = new Int32Array(entries.length - gone.size + added.length)
  let placed = 0
  for (let at = 0; at <= entries.length; at += 1) {
    for (; places[placed] === at; placed += 1) {
      const entry = added[placed] as Entry<R>
      nextSlots[nextEntries.push(entry) - 1] = entry.slot
    }
    if (at < entries.length && !gone.has(at))
      nextSlots[nextEntries.push(entries[at] as Entry<R>) - 1] = slots[at] as number
  }
  return { entries: nextEntries, slots: nextSlots }
}

/**
 * Makes an order. `sortAll` sorts all rows, for the first time and whenever so much changed that sorting anew is cheaper.
 */
export const createSortedRows = <R>(sortAll: () => readonly Entry<R>[], compare: Compare<R>): SortedRows<R> => {
  let sorted: Sorted<R> | undefined
  const removed = new Set<Entry<R>>()
  const added = new Set<Entry<R>>()
  const byRow = (a: Entry<R>, b: Entry<R>): number => compare(a.row, b.row)

  const forgetChanges = (): void => {
    removed.clear()
    added.clear()
  }
  const upToDate = (): Sorted<R> => {
    if (sorted !== undefined && removed.size + added.size > 0)
      sorted = patched(sorted, removed, [...added].sort(byRow), compare)
    sorted ??= sortedFrom(sortAll())
    forgetChanges()
    return sorted
  }

  return {
    note: (before, after) => {
      if (sorted === undefined) return
      // A row that came and went between two questions was never in the order.
      if (before !== undefined && !added.delete(before)) removed.add(before)
      if (after !== undefined) added.add(after)
      if (removed.size + added.size <= 1000 + sorted.entries.length) return
      sorted = undefined
      forgetChanges()
    },
    slots: () => upToDate().slots,
    entries: () => upToDate().entries,
  }
}
