import type { Filter as MongoFilter, Sort as MongoSort } from 'mongodb'
import { encodePath, encodeValue } from './mongodb-document.ts'
import type { Condition, Filter, Sort } from './read-model.port.ts'

/** A document as the driver sees it. */
export interface Stored {
  readonly _id: string
  readonly [key: string]: unknown
}
type Query = MongoFilter<Stored>

const NOTHING: Query = { _id: { $in: [] } }

/** Matches a substring, folding ASCII letters only: the driver's `i` flag would fold others too. */
const containsPattern = (text: string): string =>
  [...text]
    .map((character) => {
      if (/[A-Za-z]/u.test(character)) return `[${character.toLowerCase()}${character.toUpperCase()}]`
      // Everything that might mean something to a regular expression; NUL would end it.
      return /[\0-\x2f\x3a-\x7f]/u.test(character) ? `\\x{${character.codePointAt(0)?.toString(16)}}` : character
    })
    .join('')

const operators: Readonly<Record<string, (wanted: unknown) => object>> = {
  $in: (wanted) => ({ $in: (wanted as readonly unknown[]).map(encodeValue) }),
  $ne: (wanted) => ({ $ne: encodeValue(wanted) }),
  $gt: (wanted) => ({ $gt: wanted }),
  $gte: (wanted) => ({ $gte: wanted }),
  $lt: (wanted) => ({ $lt: wanted }),
  $lte: (wanted) => ({ $lte: wanted }),
  $contains: (wanted) => ({ $regex: containsPattern(String(wanted)) }),
}

const toConditions = (field: string, condition: Condition): Query[] => {
  const path = encodePath(field)
  if (condition === null || typeof condition !== 'object') return [{ [path]: { $eq: encodeValue(condition) } } as Query]
  return Object.entries(condition).flatMap(([operator, wanted]) => {
    const make = operators[operator]
    if (make === undefined) throw new TypeError(`There is no operator ${operator}`)
    if (operator !== '$contains') return [{ [path]: make(wanted) } as Query]
    // Some servers search in the text of numbers and objects, too.
    const isText = { [path]: { $type: 'string' } } as Query
    return wanted === '' ? [isText] : [isText, { [path]: make(wanted) } as Query]
  })
}

/** The port's filter in MongoDB's language. */
export const toMongoFilter = (filter: Filter): Query => {
  const parts = Object.entries(filter).flatMap(([field, condition]): Query[] => {
    if (condition === undefined) return []
    if (field !== '$or') return toConditions(field, condition as Condition)
    const either = (condition as readonly Filter[]).map(toMongoFilter)
    return [either.length === 0 ? NOTHING : { $or: either }]
  })
  return parts.length === 0 ? {} : parts.length === 1 ? (parts[0] ?? {}) : { $and: parts }
}

/** The port's order in MongoDB's language; `_id` breaks ties. */
export const toMongoSort = (sort: Sort): MongoSort => {
  const order = new Map<string, 1 | -1>()
  for (const [field, direction] of sort) {
    const path = encodePath(field)
    if (!order.has(path)) order.set(path, direction === 'asc' ? 1 : -1)
  }
  if (!order.has('_id')) order.set('_id', 1)
  return order
}
