import { LRUCache } from 'lru-cache'
/** Remembers the last results of the same work, while nothing changed. */
export interface Recent<T> {
  /** The result for this key at this revision: remembered, or made now. */
  get(key: string, revision: string, make: () => T): T
}

/** Makes a memory of at most `size` results; the one not asked for longest goes first. */
export const createRecent = <T>(size: number): Recent<T> => {
  const known = new LRUCache<string, { readonly revision: string; readonly result: T }>({ max: size })
  return {
    get: (key, revision, make) => {
      const found = known.get(key)
      const entry = found?.revision === revision ? found : { revision, result: make() }
      known.set(key, entry)
      return entry.result
    },
  }
}
