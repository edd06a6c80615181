/**
 * The read-model port: named collections of JSON documents, for projections and leases.
 *
 * It asks for single-document conditional writes, bulk writes, compound indexes and plain counting, nothing beyond, so
 * that SQLite, MongoDB, FerretDB and DocumentDB can all stand behind it. There are no transactions over documents.
 */

/** A stored document. `_id` is unique in its collection; keys that start with `_` belong to the kit. */
export interface Document {
  readonly _id: string
  /** Position of the last event that shaped it; makes projections idempotent. */
  readonly _position?: number | undefined
  readonly [key: string]: unknown
}

/**
 * A comparison with one field (dots reach into objects, not into arrays). A plain value means equality; comparisons
 * hold only between values of one type, and order text as {@link Sort} does. Several operators in one condition must all hold: `{ $gte: 1, $lt: 5 }`.
 */
export type Condition =
  | string
  | number
  | boolean
  | null
  | { readonly $in: readonly (string | number | boolean | null)[] }
  | { readonly $ne: string | number | boolean | null }
  | { readonly $gt: string | number }
  | { readonly $gte: string | number }
  | { readonly $lt: string | number }
  | { readonly $lte: string | number }
  /** Case-insensitive substring, ASCII folding only. */
  | { readonly $contains: string }

/** All conditions must hold; `$or` holds when one of its filters does. A missing field equals `null`. */
export interface Filter {
  readonly $or?: readonly Filter[] | undefined
  readonly [field: string]: Condition | readonly Filter[] | undefined
}

/**
 * Fields in order of importance. Null comes first, then numbers, then text by code point; `desc` turns this around.
 * Not promised: the order of booleans among other types, of objects and lists; and of text above U+FFFF among text
 * from U+E000 on, which some databases compare by UTF-16 unit.
 */
export type Sort = readonly (readonly [field: string, direction: 'asc' | 'desc'])[]

export interface FindOptions {
  readonly sort?: Sort | undefined
  readonly limit?: number | undefined
  readonly skip?: number | undefined
}

/** An index over fields in this order; `unique` refuses a second document with the same values (documents in which one of them is null do not count). */
export interface Index {
  readonly fields: readonly string[]
  readonly unique?: boolean | undefined
}

/**
 * `put` replaces or inserts, `delete` removes (absent is fine). With `when`, only if the stored document (absent: every field is null) matches.
 * `fresh` says that the document is most likely not there, so that inserting it may be tried first; what comes out is the same.
 */
export type Write<T extends Document> =
  | {
      readonly kind: 'put'
      readonly doc: T
      readonly when?: Filter | undefined
      readonly fresh?: boolean | undefined
    }
  | { readonly kind: 'delete'; readonly id: string; readonly when?: Filter | undefined }

export interface Collection<T extends Document = Document> {
  get(id: string): Promise<T | undefined>
  getMany(ids: readonly string[]): Promise<T[]>
  /** Order without `sort` is by `_id`; `_id` always breaks ties. */
  find(filter: Filter, options?: FindOptions): Promise<T[]>
  count(filter: Filter): Promise<number>
  /** How many documents carry each value of `field`, which holds a plain value or nothing; in no particular order. */
  countBy(filter: Filter, field: string): Promise<{ value: string | number | boolean | null; count: number }[]>
  /** Applies one write; false when its `when` did not hold. @throws DuplicateKeyError */
  write(write: Write<T>): Promise<boolean>
  /** Applies writes in order, not atomically as a whole; a `when` that does not hold skips that write. @throws DuplicateKeyError, and then writes before that one may be there or not */
  bulk(writes: readonly Write<T>[]): Promise<void>
  /** Every document in `_id` order, as it is stored: for rebuild checks and export. */
  scan(): AsyncIterable<T>
  /** Removes every document, keeps the indexes. */
  clear(): Promise<void>
}

export interface ReadModels extends AsyncDisposable {
  /** Opens a collection and makes sure its indexes (and, when they are named, no others) exist. Calling again with the same name is cheap. */
  collection<T extends Document>(
    name: string,
    options?: { readonly indexes?: readonly Index[] | undefined },
  ): Promise<Collection<T>>
}

/** A unique index refused a document. */
export class DuplicateKeyError extends Error {
  override name = 'DuplicateKeyError'
  readonly collection: string
  constructor(collection: string, detail: string) {
    super(`A document with the same key is already in ${collection}: ${detail}`)
    this.collection = collection
  }
}

/** The database cannot be reached or written to now. */
export class ReadModelsUnavailableError extends Error {
  override name = 'ReadModelsUnavailableError'
}

/** The database can be reached, but not used: wrong credentials, or a server too old. Trying again does not help. */
export class ReadModelsRefusedError extends Error {
  override name = 'ReadModelsRefusedError'
}
