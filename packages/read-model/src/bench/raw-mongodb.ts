import { MongoClient } from 'mongodb'
import { encodeDocument } from '../mongodb-document.ts'
import type { Document, Index } from '../read-model.port.ts'

const BATCH = 500

/** Milliseconds that the driver alone takes to insert these into an empty collection with these indexes. */
export const insertRaw = async (url: string, docs: readonly Document[], indexes: readonly Index[]): Promise<number> => {
  await using client = await MongoClient.connect(url, { retryWrites: false, writeConcern: { w: 'majority' } })
  const collection = client.db('bench_raw').collection<{ _id: string }>('raw')
  for (const { fields } of indexes) await collection.createIndex(Object.fromEntries(fields.map((field) => [field, 1])))
  const stored = docs.map(encodeDocument)
  const begun = performance.now()
  for (let from = 0; from < stored.length; from += BATCH) await collection.insertMany(stored.slice(from, from + BATCH))
  return performance.now() - begun
}
