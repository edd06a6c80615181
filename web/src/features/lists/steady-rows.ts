/** A row that stays where it is while its list changes. */
export interface SteadyRow<R> {
  readonly id: string
  readonly row: R
  /** It is not on this page of the list any more: gone, moved, or it does not match now. */
  readonly isGone: boolean
}

export interface Steady<R> {
  readonly rows: readonly SteadyRow<R>[]
  /** Rows of the newest answer that are not shown. */
  readonly waiting: number
  /** The newest answer has others, or another order. */
  readonly isBehind: boolean
}

/** The rows of an answer as they are. */
export const asAnswered = <R>(latest: readonly R[], idOf: (row: R) => string): Steady<R> => ({
  rows: latest.map((row) => ({ id: idOf(row), row, isGone: false })),
  waiting: 0,
  isBehind: false,
})

/** Shown rows with their newest content, each in its place; what is new or moved waits. */
export const inPlace = <R>(
  shown: readonly SteadyRow<R>[],
  latest: readonly R[],
  idOf: (row: R) => string,
): Steady<R> => {
  const fresh = new Map(latest.map((row) => [idOf(row), row]))
  const rows = shown.map(({ id, row }) => ({ id, row: fresh.get(id) ?? row, isGone: !fresh.has(id) }))
  const known = new Set(shown.map(({ id }) => id))
  const waiting = [...fresh.keys()].filter((id) => !known.has(id)).length
  return { rows, waiting, isBehind: rows.map(({ id }) => id).join('\n') !== [...fresh.keys()].join('\n') }
}
