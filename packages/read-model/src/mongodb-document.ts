import { fieldOf } from './matches.ts'
import type { Document } from './read-model.port.ts'

/**
 * How documents look in MongoDB: as they are, so that operators can read them, but for what BSON or query paths would
 * take for something else. `%` is the escape character; names that are ours have no hex digits after it, so that no
 * key of a document is ever encoded to one of them.
 */
export interface StoredDocument {
  readonly _id: unknown
  readonly [key: string]: unknown
}

/** Holds the JSON text of a value that BSON or paths would change: lists (paths reach into them) and broken UTF-16. */
const JSON_TEXT = '%json'
/** Place of `_id` among the keys when it is not the first; the server moves it there. */
const ID_PLACE = '%id'
/** Starts the name of a field with the values of a unique index. */
const UNIQUE_KEY = '%key:'

/** `\p{Surrogate}` is half a character; `_bsontype` and `__proto__` mean something to the driver and to JavaScript. */
const UNSAFE = /[%.\p{Cc}\p{Surrogate}]|^\$|^_(?=_proto__$|bsontype$)/gu

const escapeCharacter = (character: string): string => {
  const code = character.charCodeAt(0).toString(16).toUpperCase()
  return code.length <= 2 ? `%${code.padStart(2, '0')}` : `%u${code.padStart(4, '0')}`
}

/** A key as it is stored. */
export const escapeKey = (key: string): string => (key === '' ? '%' : key.replace(UNSAFE, escapeCharacter))

/** The key that `escapeKey` was given. */
export const unescapeKey = (key: string): string => {
  if (!key.includes('%')) return key
  if (key === '%') return ''
  return key.replace(/%(?:u([0-9A-F]{4})|([0-9A-F]{2}))/g, (_, long?: string, short?: string) =>
    String.fromCharCode(Number.parseInt(long ?? short ?? '', 16)),
  )
}

/** A JSON value as it is stored. */
export const encodeValue = (value: unknown): unknown => {
  if (typeof value === 'string') return value.isWellFormed() ? value : { [JSON_TEXT]: JSON.stringify(value) }
  // BSON has a -0, JSON has none.
  if (typeof value === 'number') return value + 0
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return { [JSON_TEXT]: JSON.stringify(value) }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [escapeKey(key), encodeValue(each)]))
}

/** The JSON value that `encodeValue` was given. */
export const decodeValue = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (JSON_TEXT in value) return JSON.parse(String(value[JSON_TEXT]))
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [unescapeKey(key), decodeValue(each)]))
}

/** Name of the stored field that a unique index of these fields is over. */
export const uniqueKey = (fields: readonly string[]): string => `${UNIQUE_KEY}${escapeKey(JSON.stringify(fields))}`

/** The fields of a name that `uniqueKey` made; undefined for any other. */
export const fieldsOfUniqueKey = (name: string): readonly string[] | undefined =>
  name.startsWith(UNIQUE_KEY) ? JSON.parse(unescapeKey(name.slice(UNIQUE_KEY.length))) : undefined

/** What must be unique of a document; undefined when one of the values is null, since such documents do not count. */
export const uniqueText = (doc: Document, fields: readonly string[]): string | undefined => {
  const values = fields.map((field) => fieldOf(doc, field))
  return values.includes(null) ? undefined : JSON.stringify(values)
}

/** A document as it is stored in a collection with these unique indexes. */
export const encodeDocument = (doc: Document, unique: readonly (readonly string[])[]): StoredDocument => {
  const plain: Document = JSON.parse(JSON.stringify(doc))
  const { _id, ...rest } = plain
  const place = Object.keys(plain).indexOf('_id')
  const stored: Record<string, unknown> = encodeValue(rest) as Record<string, unknown>
  if (place > 0) stored[ID_PLACE] = place
  for (const fields of unique) {
    const text = uniqueText(plain, fields)
    if (text !== undefined) stored[uniqueKey(fields)] = text
  }
  return { _id: encodeValue(_id), ...stored }
}

/** The document that `encodeDocument` was given, keys in the same order. */
export const decodeDocument = (stored: StoredDocument): Document => {
  const { _id, [ID_PLACE]: place, ...rest } = stored
  const entries = Object.entries(rest)
    .filter(([key]) => !key.startsWith(UNIQUE_KEY))
    .map(([key, value]): [string, unknown] => [unescapeKey(key), decodeValue(value)])
  entries.splice(typeof place === 'number' ? place : 0, 0, ['_id', decodeValue(_id)])
  return Object.fromEntries(entries) as unknown as Document
}
