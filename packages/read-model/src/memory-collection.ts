import { compareValues, fieldOf, matches } from './matches.ts'
import {
  type Collection,
  type Document,
  DuplicateKeyError,
  type Filter,
  type FindOptions,
  type Index,
  type Sort,
  type Write,
} from './read-model.port.ts'

/** The document for searching, and its JSON text for giving it out: what callers do to their copy does not matter. */
interface Stored {
  readonly doc: Document
  readonly text: string
}

const byFields =
  (sort: Sort) =>
  (a: Stored, b: Stored): number => {
    for (const [field, direction] of sort) {
      const order = compareValues(fieldOf(a.doc, field), fieldOf(b.doc, field))
      if (order !== 0) return direction === 'asc' ? order : -order
    }
    return compareValues(a.doc._id, b.doc._id)
  }

/** Documents of one collection in memory. */
export class MemoryDocuments {
  readonly #name: string
  readonly #docs = new Map<string, Stored>()
  #unique: readonly Index[] = []

  constructor(name: string) {
    this.#name = name
  }

  useIndexes(indexes: readonly Index[]): void {
    this.#unique = indexes.filter((index) => index.unique === true)
  }

  #assertUnique(doc: Document): void {
    for (const { fields } of this.#unique) {
      const key = fields.map((field) => fieldOf(doc, field))
      if (key.includes(null)) continue
      for (const other of this.#docs.values()) {
        const clash =
          other.doc._id !== doc._id && fields.every((field, index) => fieldOf(other.doc, field) === key[index])
        if (clash) throw new DuplicateKeyError(this.#name, fields.join(', '))
      }
    }
  }

  write(each: Write<Document>): boolean {
    const id = each.kind === 'put' ? each.doc._id : each.id
    if (each.when !== undefined && !matches(this.#docs.get(id)?.doc, each.when)) return false
    if (each.kind === 'delete') {
      this.#docs.delete(id)
      return true
    }
    const text = JSON.stringify(each.doc)
    const doc: Document = JSON.parse(text)
    this.#assertUnique(doc)
    this.#docs.set(id, { doc, text })
    return true
  }

  text(id: string): string | undefined {
    return this.#docs.get(id)?.text
  }

  find(filter: Filter, { sort = [], limit, skip = 0 }: FindOptions = {}): Stored[] {
    const found = [...this.#docs.values()].filter(({ doc }) => matches(doc, filter)).sort(byFields(sort))
    return found.slice(skip, limit === undefined ? undefined : skip + limit)
  }

  clear(): void {
    this.#docs.clear()
  }
}

type Value = string | number | boolean | null

/** The port over documents in memory; `documents` throws once they are closed. */
export const toCollection = <T extends Document>(documents: () => MemoryDocuments): Collection<T> => {
  // A collection holds what its owner put there: the type is the owner's promise.
  const parse = (text: string): T => JSON.parse(text) as T
  return {
    get: async (id) => {
      const text = documents().text(id)
      return text === undefined ? undefined : parse(text)
    },
    getMany: async (ids) => {
      const docs = documents()
      return ids.flatMap((id) => docs.text(id) ?? []).map(parse)
    },
    find: async (filter, options) =>
      documents()
        .find(filter, options)
        .map(({ text }) => parse(text)),
    count: async (filter) => documents().find(filter).length,
    countBy: async (filter, field) => {
      const counts = new Map<Value, number>()
      for (const { doc } of documents().find(filter)) {
        const value = fieldOf(doc, field) as Value
        counts.set(value, (counts.get(value) ?? 0) + 1)
      }
      return [...counts].map(([value, count]) => ({ value, count }))
    },
    write: async (each) => documents().write(each),
    bulk: async (writes) => {
      const docs = documents()
      for (const each of writes) docs.write(each)
    },
    scan: async function* () {
      for (const { text } of documents().find({})) yield parse(text)
    },
    clear: async () => documents().clear(),
  }
}
