/** Who waits for a call: a person, or work in the background. */
export type Priority = 'interactive' | 'background'

/** Those who wait for their turn. */
export interface Lanes<T> {
  readonly size: number
  add(entry: T, priority: Priority): void
  /** Moves one who waits in the background to the interactive lane. */
  promote(entry: T): void
  remove(entry: T): boolean
  /** Takes the next one out; undefined when nobody waits. */
  next(): T | undefined
  /** Takes out all that meet a condition, in order. */
  takeAll(meets: (entry: T) => boolean): T[]
}

/** So many interactive calls go before one in the background: what people wait for may itself need lists. */
const INTERACTIVE_IN_ROW = 8

/**
 * First come, first served in each of two lanes, interactive first. A queue of our own: a waiting call must be told at
 * once when its site is given up, and p-queue drops those who wait without a word, and cannot change its rate.
 */
export const createLanes = <T>(): Lanes<T> => {
  const interactive = new Set<T>()
  const background = new Set<T>()
  let inRow = 0

  const take = (lane: Set<T>): T | undefined => {
    const [first] = lane
    if (first !== undefined) lane.delete(first)
    return first
  }
  return {
    get size() {
      return interactive.size + background.size
    },
    add: (entry, priority) => void (priority === 'interactive' ? interactive : background).add(entry),
    promote: (entry) => {
      if (background.delete(entry)) interactive.add(entry)
    },
    remove: (entry) => interactive.delete(entry) || background.delete(entry),
    next: () => {
      const isBackgroundsTurn = interactive.size === 0 || (inRow >= INTERACTIVE_IN_ROW && background.size > 0)
      inRow = isBackgroundsTurn ? 0 : inRow + 1
      return take(isBackgroundsTurn ? background : interactive)
    },
    takeAll: (meets) => {
      const taken: T[] = []
      for (const lane of [interactive, background])
        for (const entry of lane) {
          if (!meets(entry)) continue
          lane.delete(entry)
          taken.push(entry)
        }
      return taken
    },
  }
}
