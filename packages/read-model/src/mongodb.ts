import { hostsOf } from '@rancher-hub/domain'
import { MongoClient, type Collection as MongoCollection } from 'mongodb'
import { toCollection } from './mongodb-collection.ts'
import { decodeDocument } from './mongodb-document.ts'
import { toOpeningError, toReadModelError } from './mongodb-errors.ts'
import type { Stored } from './mongodb-filter.ts'
import { ensureIndexes, knownUnique, sameIndexes, uniqueValues } from './mongodb-indexes.ts'
import {
  type Document,
  type Index,
  type ReadModels,
  ReadModelsRefusedError,
  ReadModelsUnavailableError,
} from './read-model.port.ts'
import { createSharedReads, type SharedReads } from './shared-reads.ts'

export interface MongoOptions {
  /** Connection string: `mongodb://user:password@host:27017/?authSource=admin`. */
  readonly url: string
  /** Database of these read models; each service has its own. */
  readonly database: string
  /** Name of the connection, for operators. */
  readonly appName?: string | undefined
  /** Milliseconds until a call that gets no answer counts as failed. Default: 5,000. */
  readonly timeoutMs?: number | undefined
}

/** The read models, and what their operator wants to know of them. */
export interface MongoReadModels extends ReadModels {
  /** Whether the server can be used. @throws ReadModelsUnavailableError | ReadModelsRefusedError */
  check(): Promise<void>
  /** Why they cannot be used now; undefined while they can. */
  problem(): string | undefined
  /** Removes the whole database. */
  drop(): Promise<void>
}

/**
 * The client behind an address. Nothing connects yet.
 * @throws ReadModelsRefusedError when the address cannot be read: the driver's own words may hold its password
 */
const createClient = (options: MongoOptions, timeoutMS: number): MongoClient => {
  try {
    return new MongoClient(options.url, {
      appName: options.appName ?? 'rancher-hub',
      serverSelectionTimeoutMS: Math.min(timeoutMS, 3_000),
      connectTimeoutMS: timeoutMS,
      socketTimeoutMS: timeoutMS,
      // Retried by those who know what a repeat means; not every server has sessions.
      retryWrites: false,
      retryReads: false,
      writeConcern: { w: 'majority' },
      ignoreUndefined: true,
    })
  } catch {
    throw new ReadModelsRefusedError(
      `The address of MongoDB (${hostsOf(options.url)}) is not one that its driver takes; check the form and the options of HUB_MONGODB_URL.`,
    )
  }
}

/** Keys of unique indexes for documents that were stored before the index was named. */
const refillUnique = async (collection: MongoCollection<Stored>, indexes: readonly Index[]): Promise<void> => {
  for await (const stored of collection.find({})) {
    const values = uniqueValues(decodeDocument(stored), indexes)
    if (Object.keys(values).length > 0) await collection.updateOne({ _id: stored._id }, { $set: values })
  }
}

/**
 * MongoDB, FerretDB or DocumentDB behind the port: single documents, conditional replacements, no transactions.
 * Connects with the first call, and again whenever that is needed. @throws ReadModelsRefusedError for an address that cannot be read
 */
export const openMongoReadModels = (options: MongoOptions): MongoReadModels => {
  const timeoutMS = options.timeoutMs ?? 5_000
  const where = hostsOf(options.url)
  const client = createClient(options, timeoutMS)
  const database = client.db(options.database)
  /** Indexes of collections that were opened. `complete`: they were declared, and no others are there. */
  const opened = new Map<string, { readonly indexes: readonly Index[]; readonly complete: boolean }>()
  const shared = new Map<string, SharedReads>()
  let open = true
  let problem: string | undefined

  const run = async <R>(name: string, work: () => Promise<R>): Promise<R> => {
    if (!open) throw new ReadModelsUnavailableError('The read models are closed')
    try {
      // A client whose first connection failed stays closed until it is told to connect again.
      await client.connect()
      const result = await work()
      problem = undefined
      return result
    } catch (error) {
      const known = toReadModelError(error, where, name)
      if (known instanceof ReadModelsUnavailableError) problem = known.message
      throw known
    }
  }

  /** Services open a collection for every question: the server is asked for its indexes once. */
  const indexesOf = async (
    collection: MongoCollection<Stored>,
    declared: readonly Index[] | undefined,
  ): Promise<readonly Index[]> => {
    const { collectionName: name } = collection
    const before = opened.get(name)
    if (before !== undefined && (declared === undefined || (before.complete && sameIndexes(before.indexes, declared))))
      return before.indexes
    if (declared !== undefined)
      await ensureIndexes(collection, declared, async () => await refillUnique(collection, declared))
    const indexes = declared ?? (await knownUnique(collection))
    opened.set(name, { indexes, complete: declared !== undefined })
    return indexes
  }

  return {
    collection: async <T extends Document>(
      name: string,
      { indexes }: { readonly indexes?: readonly Index[] | undefined } = {},
    ) =>
      await run(name, async () => {
        const collection = database.collection<Stored>(name)
        const known = await indexesOf(collection, indexes)
        const reads = shared.get(name) ?? createSharedReads()
        shared.set(name, reads)
        return toCollection<T>(name, known, reads, async (work) => await run(name, async () => await work(collection)))
      }),
    check: async () => {
      try {
        await client.connect()
        await database.command({ ping: 1 })
        await database.collection('_checkpoints').findOne({ _id: { $eq: null } } as object)
        problem = undefined
      } catch (error) {
        throw toOpeningError(error, where)
      }
    },
    problem: () => problem,
    drop: async () =>
      await run('', async () => {
        opened.clear()
        await database.dropDatabase()
      }),
    [Symbol.asyncDispose]: async () => {
      if (!open) return
      open = false
      await client.close()
    },
  }
}
