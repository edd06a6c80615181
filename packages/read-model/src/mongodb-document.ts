import type { Document } from './read-model.port.ts'

/** Stands before keys and wrappers that MongoDB would read differently. */
const ESCAPE = '~'
/** Key of a wrapper that holds JSON text; no key of a document encodes to it. */
const JSON_TEXT = `${ESCAPE}json`
/** Keys of the adapter's own, beside the document's. */
export const OWN_KEY = `${ESCAPE}unique:`

const escapeKey = (text: string): string =>
  text.replace(/[~.$\0]/gu, (character) => `${ESCAPE}${character.charCodeAt(0).toString(16).padStart(2, '0')}`)

/** A key as it is stored: dots, dollars and NUL would change what paths and operators mean. */
export const encodeKey = (key: string): string => {
  if (key === '') return `${ESCAPE}empty`
  if (key === '__proto__') return `${ESCAPE}proto`
  return escapeKey(key)
}

const decodeKey = (key: string): string => {
  if (!key.includes(ESCAPE)) return key
  if (key === `${ESCAPE}empty`) return ''
  if (key === `${ESCAPE}proto`) return '__proto__'
  return key.replace(/~([0-9a-f]{2})/gu, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

/** A dotted field of the port as a path of what is stored. */
export const encodePath = (field: string): string => field.split('.').map(encodeKey).join('.')

/**
 * A value as it is stored. Lists become JSON text, so that paths do not reach into them; so does text that UTF-8
 * cannot hold. Everything else stays readable for operators.
 */
export const encodeValue = (value: unknown): unknown => {
  if (typeof value === 'string') return value.isWellFormed() ? value : { [JSON_TEXT]: JSON.stringify(value) }
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return { [JSON_TEXT]: JSON.stringify(value) }
  if ('toJSON' in value && typeof value.toJSON === 'function') return encodeValue(value.toJSON())
  return encodeObject(value)
}

const encodeObject = (value: object): Record<string, unknown> => {
  const encoded: Record<string, unknown> = {}
  for (const [key, each] of Object.entries(value))
    if (each !== undefined && typeof each !== 'function') encoded[encodeKey(key)] = encodeValue(each)
  return encoded
}

const decodeValue = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  const wrapped = (value as Readonly<Record<string, unknown>>)[JSON_TEXT]
  return typeof wrapped === 'string' ? JSON.parse(wrapped) : decodeObject(value)
}

const decodeObject = (value: object): Record<string, unknown> => {
  const decoded: Record<string, unknown> = {}
  for (const [stored, each] of Object.entries(value)) {
    if (stored.startsWith(OWN_KEY)) continue
    const key = decodeKey(stored)
    const decodedValue = decodeValue(each)
    if (key !== '__proto__') decoded[key] = decodedValue
    else
      Object.defineProperty(decoded, key, {
        value: decodedValue,
        enumerable: true,
        configurable: true,
        writable: true,
      })
  }
  return decoded
}

/** What is stored of a document. `_id` is the port's, unencoded. */
export const encodeDocument = (doc: Document): { _id: string; [key: string]: unknown } => ({
  ...encodeObject(doc),
  _id: doc._id,
})

/** The document, byte for byte as JSON. */
export const decodeDocument = (stored: object): Document => decodeObject(stored) as Document
