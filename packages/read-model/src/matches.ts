import type { Condition, Document, Filter } from './read-model.port.ts'

type Scalar = string | number | boolean | null

/** Value of a dotted field; missing is null. */
export const fieldOf = (doc: Document | undefined, field: string): unknown => {
  let value: unknown = doc
  for (const key of field.split('.')) {
    if (typeof value !== 'object' || value === null) return null
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return value ?? null
}

const fold = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/** Order of SQLite and MongoDB for what fields hold: null, then numbers, then text by code point, then booleans. */
export const compareValues = (a: unknown, b: unknown): number => {
  const rank = (value: unknown): number => (value === null || value === undefined ? 0 : typeof value === 'number' || typeof value === 'boolean' ? 1 : 2)
  const byRank = rank(a) - rank(b)
  if (byRank !== 0 || rank(a) === 0) return byRank
  if (rank(a) === 1) return Number(a) - Number(b)
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
}

const sameType = (a: unknown, b: Scalar): boolean => typeof a === typeof b && a !== null

const meets = (value: unknown, condition: Condition): boolean => {
  if (condition === null || typeof condition !== 'object') return value === condition
  if ('$in' in condition) return condition.$in.some((each) => value === each)
  if ('$ne' in condition) return value !== condition.$ne
  if ('$contains' in condition) return typeof value === 'string' && fold(value).includes(fold(condition.$contains))
  if ('$gt' in condition) return sameType(value, condition.$gt) && compareValues(value, condition.$gt) > 0
  if ('$gte' in condition) return sameType(value, condition.$gte) && compareValues(value, condition.$gte) >= 0
  if ('$lt' in condition) return sameType(value, condition.$lt) && compareValues(value, condition.$lt) < 0
  return sameType(value, condition.$lte) && compareValues(value, condition.$lte) <= 0
}

/** Whether a document (absent: every field is null) meets a filter. */
export const matches = (doc: Document | undefined, filter: Filter): boolean =>
  Object.entries(filter).every(([field, condition]) => {
    if (condition === undefined) return true
    if (field === '$or') return (condition as readonly Filter[]).some((each) => matches(doc, each))
    return meets(fieldOf(doc, field), condition as Condition)
  })
