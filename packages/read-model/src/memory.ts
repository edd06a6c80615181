import { MemoryDocuments, toCollection } from './memory-collection.ts'
import { type Document, type Index, type ReadModels, ReadModelsUnavailableError } from './read-model.port.ts'

/** Keeps everything in memory. For tests. */
export const openMemoryReadModels = (): ReadModels => {
  const collections = new Map<string, MemoryDocuments>()
  let open = true
  const assertOpen = (): void => {
    if (!open) throw new ReadModelsUnavailableError('The read models are closed')
  }
  return {
    collection: async <T extends Document>(
      name: string,
      options: { readonly indexes?: readonly Index[] | undefined } = {},
    ) => {
      assertOpen()
      const documents = collections.get(name) ?? new MemoryDocuments(name)
      collections.set(name, documents)
      if (options.indexes !== undefined) documents.useIndexes(options.indexes)
      return toCollection<T>(() => {
        assertOpen()
        return documents
      })
    },
    [Symbol.asyncDispose]: async () => {
      open = false
    },
  }
}
