import type { Collection, Document, Filter, ReadModels } from '@rancher-hub/read-model'

/** Key of a mark: milliseconds since the epoch at which the document was deleted. */
export const DELETED_AT = '_deletedAt'
/** Marks stay longer than any write can be late. */
const KEEP_MS = 10 * 60_000
const SWEEP_EVERY_MS = 60_000

/** Marks of deleted documents in a model that several processes may write: a late write of an older state finds the newer position, and does nothing. */
export interface Deletions {
  /** What is written instead of deleting. */
  mark(id: string, position: number): Document
  /** Removes marks that have served. */
  sweep(): Promise<void>
}

/** Makes and removes the marks of one collection. */
export const createDeletions = (collection: Collection): Deletions => {
  let next = 0
  return {
    mark: (id, position) => ({ _id: id, _position: position, [DELETED_AT]: Date.now() }),
    sweep: async () => {
      const now = Date.now()
      if (now < next) return
      next = now + SWEEP_EVERY_MS
      const old = await collection.find({ [DELETED_AT]: { $lt: now - KEEP_MS } }, { limit: 1_000 })
      await collection.bulk(
        old.map(({ _id, _position = null }) => ({
          kind: 'delete',
          id: _id,
          when: { _position, [DELETED_AT]: { $ne: null } },
        })),
      )
    },
  }
}

const isThere = (doc: Document): boolean => doc[DELETED_AT] === undefined

const hideIn = <T extends Document>(collection: Collection<T>): Collection<T> => {
  const visible = (filter: Filter): Filter => ({ ...filter, [DELETED_AT]: null })
  return {
    ...collection,
    get: async (id) => {
      const doc = await collection.get(id)
      return doc !== undefined && isThere(doc) ? doc : undefined
    },
    getMany: async (ids) => (await collection.getMany(ids)).filter(isThere),
    find: async (filter, options) => await collection.find(visible(filter), options),
    count: async (filter) => await collection.count(visible(filter)),
    countBy: async (filter, field) => await collection.countBy(visible(filter), field),
    scan: async function* () {
      for await (const doc of collection.scan()) if (isThere(doc)) yield doc
    },
  }
}

const whole = new WeakMap<ReadModels, ReadModels>()

/** The read models as those who ask see them: without the marks of deleted documents. Needed where several processes write. */
export const hideDeleted = (models: ReadModels): ReadModels => {
  const visible: ReadModels = {
    collection: async <T extends Document>(name: string, options?: Parameters<ReadModels['collection']>[1]) =>
      hideIn(await models.collection<T>(name, options)),
    [Symbol.asyncDispose]: async () => await models[Symbol.asyncDispose](),
  }
  whole.set(visible, models)
  return visible
}

/** The read models with the marks, as those who write see them; undefined when they were not hidden. */
export const withDeleted = (models: ReadModels): ReadModels | undefined => whole.get(models)
