import { type IndexSpecification, type Collection as MongoCollection, MongoServerError } from 'mongodb'
import { fieldOf } from './matches.ts'
import { encodePath, OWN_KEY } from './mongodb-document.ts'
import type { Stored } from './mongodb-filter.ts'
import type { Document, Index } from './read-model.port.ts'

/** NamespaceNotFound: a collection that nobody has written to does not exist yet. */
const NO_COLLECTION = 26
const UNIQUE = ':unique'

const nameOf = ({ fields, unique }: Index): string => `${fields.join(',')}${unique === true ? UNIQUE : ''}`

/** Where the values of a unique index are kept; no document's key encodes to it. */
const uniqueKey = (index: Index): string =>
  `${OWN_KEY}${index.fields.map((field) => encodePath(field).replaceAll('.', '/')).join(',')}`

/**
 * The values of unique indexes as keys of their own, absent where one of them is null: a sparse index over such a key
 * leaves those documents out everywhere; partial indexes do not exist everywhere.
 */
export const uniqueValues = (doc: Document, indexes: readonly Index[]): Record<string, string> => {
  const values: Record<string, string> = {}
  for (const index of indexes) {
    if (index.unique !== true) continue
    const fields = index.fields.map((field) => fieldOf(doc, field))
    if (!fields.includes(null)) values[uniqueKey(index)] = JSON.stringify(fields)
  }
  return values
}

/** An index as the server lists it: its keys, and the options that it was made with. */
interface StoredIndex {
  readonly name: string
  readonly key: IndexSpecification
  readonly v?: number | undefined
}

/** None, not even that over `_id`, while there is no such collection. */
const listIndexes = async (collection: MongoCollection<Stored>): Promise<StoredIndex[]> => {
  try {
    return await collection.listIndexes().toArray()
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NO_COLLECTION) return []
    throw error
  }
}

const indexNames = async (collection: MongoCollection<Stored>): Promise<string[]> =>
  (await listIndexes(collection)).map(({ name }) => name)

/** Unique indexes that a collection has from earlier; their names tell their fields. */
export const knownUnique = async (collection: MongoCollection<Stored>): Promise<Index[]> =>
  (await indexNames(collection))
    .filter((name) => name.endsWith(UNIQUE))
    .map((name) => ({ fields: name.slice(0, -UNIQUE.length).split(','), unique: true }))

/** Whether both name the same indexes. */
export const sameIndexes = (one: readonly Index[], other: readonly Index[]): boolean =>
  one === other || JSON.stringify(one.map(nameOf)) === JSON.stringify(other.map(nameOf))

const create = async (collection: MongoCollection<Stored>, index: Index): Promise<void> => {
  const name = nameOf(index)
  if (index.unique === true)
    await collection.createIndex({ [uniqueKey(index)]: 1 }, { name, unique: true, sparse: true })
  else await collection.createIndex(Object.fromEntries(index.fields.map((field) => [encodePath(field), 1])), { name })
}

/** Makes the indexes that are named, and drops all others but the one over `_id`. */
export const ensureIndexes = async (
  collection: MongoCollection<Stored>,
  indexes: readonly Index[],
  refill: () => Promise<void>,
): Promise<void> => {
  const there = new Set(await indexNames(collection))
  const wanted = new Map(indexes.map((index) => [nameOf(index), index]))
  for (const name of there) if (name !== '_id_' && !wanted.has(name)) await collection.dropIndex(name)
  const missing = [...wanted].filter(([name]) => !there.has(name))
  if (missing.some(([, { unique }]) => unique === true)) await refill()
  for (const [, index] of missing) await create(collection, index)
}

/**
 * Empties a collection by making it anew: deleting documents takes as long as inserting them did. It has the indexes
 * that it had, and those that its owner declared: a crash in the middle may have left some out.
 */
export const recreate = async (collection: MongoCollection<Stored>, declared: readonly Index[]): Promise<void> => {
  const indexes = await listIndexes(collection)
  if (indexes.length > 0) await collection.drop()
  for (const { key, v: _, ...options } of indexes)
    if (options.name !== '_id_') await collection.createIndex(key, options)
  const there = new Set(indexes.map(({ name }) => name))
  for (const index of declared) if (!there.has(nameOf(index))) await create(collection, index)
}
