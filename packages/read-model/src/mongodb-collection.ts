import { type AnyBulkWriteOperation, MongoBulkWriteError, type Collection as MongoCollection } from 'mongodb'
import { matches } from './matches.ts'
import { decodeDocument, encodeDocument, encodePath } from './mongodb-document.ts'
import { isDuplicate, isDuplicateId } from './mongodb-errors.ts'
import { type Stored, toMongoFilter, toMongoSort } from './mongodb-filter.ts'
import { recreate, uniqueValues } from './mongodb-indexes.ts'
import {
  type Collection,
  type Document,
  DuplicateKeyError,
  type Filter,
  type Index,
  type Write,
} from './read-model.port.ts'
import type { SharedReads } from './shared-reads.ts'

const BULK = 500
const DUPLICATE = 11_000

type Value = string | number | boolean | null

/** What a write looks for: the document itself, as long as its condition holds. */
const target = (id: string, when: Filter | undefined) =>
  // The id stands alone at the top, where every server finds its index.
  when === undefined ? { _id: id } : { _id: id, $and: [toMongoFilter(when)] }

/** Whether a document that is not there meets a condition: all of its fields are null. */
const absentMatches = (when: Filter | undefined): boolean => when === undefined || matches(undefined, when)

/** Whether a condition asks for the id: MongoDB refuses to insert where a query names it a second time. */
const namesId = (when: Filter | undefined): boolean =>
  when !== undefined && ('_id' in when || when.$or?.some(namesId) === true)

const idOf = <T extends Document>(write: Write<T>): string => (write.kind === 'put' ? write.doc._id : write.id)

/** Parts of a bulk in which every document occurs once. */
const inBatches = function* <T extends Document>(writes: readonly Write<T>[]): Iterable<Write<T>[]> {
  let batch: Write<T>[] = []
  const ids = new Set<string>()
  for (const write of writes) {
    if (batch.length >= BULK || ids.has(idOf(write))) {
      yield batch
      batch = []
      ids.clear()
    }
    batch.push(write)
    ids.add(idOf(write))
  }
  if (batch.length > 0) yield batch
}

/** The port over one collection; `run` gives it when it can be used and translates what goes wrong. */
export const toCollection = <T extends Document>(
  name: string,
  indexes: readonly Index[],
  shared: SharedReads,
  run: <R>(work: (collection: MongoCollection<Stored>) => Promise<R>) => Promise<R>,
): Collection<T> => {
  // A collection holds what its owner put there: the type is the owner's promise.
  const decode = (stored: Stored): T => decodeDocument(stored) as T
  const encode = (doc: Document): Stored => ({ ...encodeDocument(doc), ...uniqueValues(doc, indexes) })

  const replace = async (collection: MongoCollection<Stored>, doc: Stored, when: Filter | undefined) =>
    (await collection.replaceOne(target(doc._id, when), doc)).matchedCount > 0

  /** Between the look and the insert somebody else may insert: then the condition is asked of theirs. */
  const putWhen = async (collection: MongoCollection<Stored>, doc: Stored, when: Filter): Promise<boolean> => {
    if (await replace(collection, doc, when)) return true
    if (!absentMatches(when)) return false
    try {
      await collection.insertOne(doc)
      return true
    } catch (error) {
      if (!isDuplicate(error) || !isDuplicateId(error)) throw error
      return await replace(collection, doc, when)
    }
  }

  const write = async (collection: MongoCollection<Stored>, each: Write<T>): Promise<boolean> => {
    if (each.kind === 'put') {
      const doc = encode(each.doc)
      if (each.when !== undefined) return await putWhen(collection, doc, each.when)
      await collection.replaceOne({ _id: doc._id }, doc, { upsert: true })
      return true
    }
    const { deletedCount } = await collection.deleteOne(target(each.id, each.when))
    return deletedCount > 0 || absentMatches(each.when)
      ? deletedCount > 0 || (await collection.countDocuments({ _id: each.id }, { limit: 1 })) === 0
      : false
  }

  /** An insert, and a conditional put that may insert, fail on the id when the document is there. */
  const toOperation = (each: Write<T>): AnyBulkWriteOperation<Stored> => {
    if (each.kind === 'delete') return { deleteOne: { filter: target(each.id, each.when) } }
    const replacement = encode(each.doc)
    if (absentMatches(each.when) && (each.fresh === true || namesId(each.when)))
      return { insertOne: { document: replacement } }
    const filter = target(replacement._id, each.when)
    return { replaceOne: { filter, replacement, upsert: absentMatches(each.when) } }
  }

  /** Order among different documents matters only where one may take what another gives up. */
  const ordered = indexes.some(({ unique }) => unique === true)

  /** Sends writes of different documents; returns what could not insert, and what was not sent because of it. */
  const send = async (collection: MongoCollection<Stored>, writes: readonly Write<T>[]) => {
    try {
      await collection.bulkWrite(writes.map(toOperation), { ordered })
      return { again: [], rest: [] }
    } catch (error) {
      const failures = error instanceof MongoBulkWriteError ? [error.writeErrors].flat() : []
      const refused = failures.find(
        ({ code, errmsg = '' }) => code !== DUPLICATE || !isDuplicateId({ message: errmsg }),
      )
      if (refused?.code === DUPLICATE) throw new DuplicateKeyError(name, refused.errmsg ?? '')
      if (refused !== undefined || failures.length === 0) throw error
      const again = failures.map(({ index }) => writes[index]).filter((each) => each !== undefined)
      return { again, rest: ordered ? writes.slice((failures[0]?.index ?? 0) + 1) : [] }
    }
  }

  /**
   * In order as far as it matters. A put that could not insert is looked at again alone: either its condition does not
   * hold, or the document was there after all.
   */
  const bulk = async (collection: MongoCollection<Stored>, writes: readonly Write<T>[]): Promise<void> => {
    for (const batch of inBatches(writes)) {
      for (let open: readonly Write<T>[] = batch; open.length > 0; ) {
        const { again, rest } = await send(collection, open)
        for (const each of again) await write(collection, each)
        open = rest
      }
    }
  }

  const find = (collection: MongoCollection<Stored>, filter: Filter, sort: Parameters<typeof toMongoSort>[0] = []) =>
    collection.find(toMongoFilter(filter)).sort(toMongoSort(sort))

  /** What the server says to one question; each asker decodes it for itself. */
  const asked = async <R>(question: readonly unknown[], read: (collection: MongoCollection<Stored>) => Promise<R>) =>
    await shared.ask(JSON.stringify(question), async () => await run(read))

  return {
    get: async (id) => {
      const stored = await asked(['get', id], async (collection) => await collection.findOne({ _id: id }))
      return stored === null ? undefined : decode(stored)
    },
    getMany: async (ids) =>
      await run(async (collection) => {
        if (ids.length === 0) return []
        const byId = new Map<string, T>()
        for await (const stored of collection.find({ _id: { $in: [...ids] } })) byId.set(stored._id, decode(stored))
        return ids.flatMap((id) => byId.get(id) ?? [])
      }),
    find: async (filter, { sort, limit, skip = 0 } = {}) => {
      const found = await asked(['find', filter, sort, limit, skip], async (collection) => {
        const cursor = find(collection, filter, sort).skip(skip)
        if (limit === 0) return []
        return await (limit === undefined ? cursor : cursor.limit(limit)).toArray()
      })
      return found.map(decode)
    },
    count: async (filter) =>
      await asked(['count', filter], async (collection) => await collection.countDocuments(toMongoFilter(filter))),
    countBy: async (filter, field) =>
      await run(async (collection) => {
        const groups = await collection
          .aggregate<{ _id: Value; count: number }>([
            { $match: toMongoFilter(filter) },
            { $group: { _id: { $ifNull: [`$${encodePath(field)}`, null] }, count: { $sum: 1 } } },
          ])
          .toArray()
        return groups.map(({ _id, count }) => ({ value: _id, count }))
      }),
    write: async (each) => await run(async (collection) => await write(collection, each)),
    bulk: async (writes) => await run(async (collection) => await bulk(collection, writes)),
    scan: async function* () {
      const cursor = await run(async (collection) => find(collection, {}))
      try {
        for (;;) {
          const stored = await run(async () => await cursor.next())
          if (stored === null) return
          yield decode(stored)
        }
      } finally {
        await cursor.close()
      }
    },
    clear: async () => await run(async (collection) => await recreate(collection, indexes)),
  }
}
