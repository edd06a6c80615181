import type { Item } from './sync.ts'

/** How many items came to which end. */
export interface Counts {
  readonly total: number
  readonly done: number
  readonly failed: number
  readonly conflicts: number
  readonly cancelled: number
  readonly unchanged: number
}

/** Counts items by how they ended; those that have not are in `total` only. */
export const countItems = (items: Iterable<Pick<Item, 'state'>>): Counts => {
  const states = [...items].map(({ state }) => state)
  const number = (...wanted: Item['state'][]): number => states.filter((state) => wanted.includes(state)).length
  return {
    total: states.length,
    done: number('done'),
    failed: number('failed', 'refused'),
    conflicts: number('conflict'),
    cancelled: number('cancelled'),
    unchanged: number('unchanged'),
  }
}

/** The end that a sync came to, once every item has come to its own. */
export const finalState = (counts: Counts): 'completed' | 'partially-completed' | 'failed' | 'cancelled' => {
  if (counts.cancelled > 0) return 'cancelled'
  if (counts.failed + counts.conflicts === 0) return 'completed'
  return counts.done > 0 ? 'partially-completed' : 'failed'
}
