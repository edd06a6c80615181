import type { Condition, Document, Filter } from './read-model.port.ts'

/** Value of a dotted field; missing is null. Dots reach into objects, not into arrays. */
export const fieldOf = (doc: Document | undefined, field: string): unknown => {
  let value: unknown = doc
  for (const key of field.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) return null
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return value ?? null
}

const fold = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

const rank = (value: unknown): number => {
  if (value === null || value === undefined) return 0
  return typeof value === 'number' || typeof value === 'boolean' ? 1 : 2
}

const textOf = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))

/** Order of sorts: null, then numbers (true is 1, false is 0), then text by code point. */
export const compareValues = (a: unknown, b: unknown): number => {
  const byRank = rank(a) - rank(b)
  if (byRank !== 0 || rank(a) === 0) return byRank
  return rank(a) === 1 ? Number(a) - Number(b) : Buffer.compare(textOf(a), textOf(b))
}

type Test = (value: unknown, wanted: unknown) => boolean

const ordered =
  (test: (order: number) => boolean): Test =>
  (value, wanted) =>
    typeof value === typeof wanted && test(compareValues(value, wanted))

const operators: Readonly<Record<string, Test>> = {
  $in: (value, wanted) => (wanted as readonly unknown[]).includes(value),
  $ne: (value, wanted) => value !== wanted,
  $contains: (value, wanted) => typeof value === 'string' && fold(value).includes(fold(String(wanted))),
  $gt: ordered((order) => order > 0),
  $gte: ordered((order) => order >= 0),
  $lt: ordered((order) => order < 0),
  $lte: ordered((order) => order <= 0),
}

const meets = (value: unknown, condition: Condition): boolean => {
  if (condition === null || typeof condition !== 'object') return value === condition
  return Object.entries(condition).every(([operator, wanted]) => {
    const test = operators[operator]
    if (test === undefined) throw new TypeError(`There is no operator ${operator}`)
    return test(value, wanted)
  })
}

/** Whether a document (absent: every field is null) meets a filter. */
export const matches = (doc: Document | undefined, filter: Filter): boolean =>
  Object.entries(filter).every(([field, condition]) => {
    if (condition === undefined) return true
    if (field === '$or') return (condition as readonly Filter[]).some((each) => matches(doc, each))
    return meets(fieldOf(doc, field), condition as Condition)
  })
