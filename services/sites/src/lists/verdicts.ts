import { LRUCache } from 'lru-cache'
/** A test of rows. Equal keys, equal tests. */
export interface RowTest<R> {
  readonly key: string
  readonly meets: (row: R) => boolean
}

/** Remembers what tests said of rows: a question that is asked again tests only what changed. */
export interface Verdicts<R> {
  /** Whether the row at a place meets a test. */
  of(test: RowTest<R>): (slot: number, row: R) => boolean
  /** The row at this place is another one now. */
  forget(slot: number): void
}

const YES = 1
const NO = 2

/** Remembers the last `size` tests. */
export const createVerdicts = <R>(size: number): Verdicts<R> => {
  const known = new LRUCache<string, Uint8Array>({ max: size })
  const room = (key: string, slot: number): Uint8Array => {
    const before = known.peek(key) ?? new Uint8Array(1024)
    const after = new Uint8Array(Math.max(slot + 1, before.length * 2))
    after.set(before)
    known.set(key, after)
    return after
  }
  return {
    of: ({ key, meets }) => {
      let said = known.get(key) ?? new Uint8Array(1024)
      known.set(key, said)
      return (slot, row) => {
        if (slot >= said.length) said = room(key, slot)
        const before = said[slot]
        if (before === YES || before === NO) return before === YES
        const meetsIt = meets(row)
        said[slot] = meetsIt ? YES : NO
        return meetsIt
      }
    },
    forget: (slot) => {
      for (const said of known.values()) if (slot < said.length) said[slot] = 0
    },
  }
}
