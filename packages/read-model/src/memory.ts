import { compareValues, fieldOf, matches } from './matches.ts'
import {
  type Collection,
  type Document,
  DuplicateKeyError,
  type Filter,
  type FindOptions,
  type Index,
  type ReadModels,
  type Write,
} from './read-model.port.ts'

const openCollection = <T extends Document>(name: string, indexes: readonly Index[]): Collection<T> => {
  // JSON text, so that callers cannot change what is stored by changing what they got.
  const docs = new Map<string, string>()
  const unique = indexes.filter((index) => index.unique === true)
  const parse = (text: string): T => JSON.parse(text) as T
  const all = (): T[] => [...docs.values()].map(parse)

  const assertUnique = (doc: T): void => {
    for (const { fields } of unique) {
      const key = fields.map((field) => fieldOf(doc, field))
      if (key.includes(null)) continue
      const clash = all().some((other) => other._id !== doc._id && fields.every((field, index) => fieldOf(other, field) === key[index]))
      if (clash) throw new DuplicateKeyError(name, fields.join(', '))
    }
  }

  const write = (each: Write<T>): boolean => {
    const id = each.kind === 'put' ? each.doc._id : each.id
    const stored = docs.get(id)
    if (each.when !== undefined && !matches(stored === undefined ? undefined : parse(stored), each.when)) return false
    if (each.kind === 'delete') {
      docs.delete(id)
      return true
    }
    assertUnique(each.doc)
    docs.set(id, JSON.stringify(each.doc))
    return true
  }

  const find = (filter: Filter, { sort = [], limit, skip = 0 }: FindOptions = {}): T[] => {
    const found = all().filter((doc) => matches(doc, filter))
    found.sort((a, b) => {
      for (const [field, direction] of sort) {
        const order = compareValues(fieldOf(a, field), fieldOf(b, field))
        if (order !== 0) return direction === 'asc' ? order : -order
      }
      return compareValues(a._id, b._id)
    })
    return found.slice(skip, limit === undefined ? undefined : skip + limit)
  }

  return {
    get: async (id) => {
      const text = docs.get(id)
      return text === undefined ? undefined : parse(text)
    },
    getMany: async (ids) => ids.flatMap((id) => docs.get(id) ?? []).map(parse),
    find: async (filter, options) => find(filter, options),
    count: async (filter) => find(filter).length,
    countBy: async (filter, field) => {
      const counts = new Map<string | number | boolean | null, number>()
      for (const doc of find(filter)) {
        const value = fieldOf(doc, field) as string | number | boolean | null
        counts.set(value, (counts.get(value) ?? 0) + 1)
      }
      return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => compareValues(a.value, b.value))
    },
    write: async (each) => write(each),
    bulk: async (writes) => {
      for (const each of writes) write(each)
    },
    scan: async function* () {
      yield* find({})
    },
    clear: async () => docs.clear(),
  }
}

/** Keeps everything in memory. For tests. */
export const openMemoryReadModels = (): ReadModels => {
  const collections = new Map<string, Collection<Document>>()
  return {
    collection: async <T extends Document>(name: string, options: { readonly indexes?: readonly Index[] | undefined } = {}) => {
      const known = collections.get(name) ?? openCollection<Document>(name, options.indexes ?? [])
      collections.set(name, known)
      // A collection holds what its owner put there: the type is the owner's promise.
      return known as Collection<Document> as Collection<never> as Collection<T>
    },
    [Symbol.asyncDispose]: async () => collections.clear(),
  }
}
