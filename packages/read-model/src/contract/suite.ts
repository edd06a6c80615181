import type { Collection, Document, Filter, ReadModels } from '../read-model.port.ts'

/** What an adapter declares about itself; each switches cases to their documented alternative, none leaves them out. */
export interface ReadModelsTraits {
  /** Closes the read models and opens the same data again; `'forgets'` when nothing outlives them. */
  readonly reopen: 'forgets' | ((models: ReadModels) => Promise<ReadModels>)
  /** Order of text above U+FFFF: by code point, or as the database likes. */
  readonly textOrder: 'code-point' | 'database'
  /** The server that it needs is not on this machine: every case is skipped, and counted. */
  readonly missing?: boolean | undefined
}

/** The adapter under test. `open` gives fresh, empty read models. */
export interface Suite {
  readonly open: () => Promise<ReadModels>
  readonly traits: ReadModelsTraits
}

/** Puts documents one after the other. */
export const fill = async (collection: Collection, docs: readonly Document[]): Promise<void> => {
  for (const doc of docs) await collection.write({ kind: 'put', doc })
}

/** Ids of what a filter finds, in the order of `_id`. */
export const idsFor = async (collection: Collection, filter: Filter): Promise<string[]> =>
  (await collection.find(filter)).map(({ _id }) => _id)

/** Everything that an iterable yields until it ends. */
export const collect = async <T>(from: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = []
  for await (const each of from) found.push(each)
  return found
}
