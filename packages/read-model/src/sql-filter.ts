import type { Condition, Filter, Sort } from './read-model.port.ts'

type Parameter = string | number | null

/** A piece of SQL with its bound parameters. */
export interface Sql {
  readonly text: string
  readonly parameters: readonly Parameter[]
}

/** Field as SQL. The path is a literal, not a parameter, so that expression indexes are used. */
export const fieldSql = (field: string): string => {
  if (field === '_id') return '_id'
  const path = field
    .split('.')
    .map((key) => `."${key.replaceAll('"', '""').replaceAll("'", "''")}"`)
    .join('')
  return `json_extract(doc, '$${path}')`
}

/** JSON's true and false are 1 and 0 in SQL; `json_type` tells them from numbers. */
const typeSql = (field: string): string => fieldSql(field).replace('json_extract', 'json_type')

const equalSql = (field: string, value: string | number | boolean | null): Sql => {
  if (value === null) return { text: `${fieldSql(field)} IS NULL`, parameters: [] }
  if (typeof value === 'boolean') return { text: `${typeSql(field)} = '${value}'`, parameters: [] }
  if (typeof value === 'number') {
    return { text: `(${fieldSql(field)} = ? AND ${typeSql(field)} IN ('integer', 'real'))`, parameters: [value] }
  }
  return { text: `${fieldSql(field)} = ?`, parameters: [value] }
}

const join = (parts: readonly Sql[], operator: ' AND ' | ' OR ', empty: string): Sql =>
  parts.length === 0
    ? { text: empty, parameters: [] }
    : { text: `(${parts.map((part) => part.text).join(operator)})`, parameters: parts.flatMap((part) => part.parameters) }

const compareSql = (field: string, operator: string, value: string | number): Sql => {
  const type = field === '_id' ? `'text'` : typeSql(field)
  const wanted = typeof value === 'number' ? `${type} IN ('integer', 'real')` : `${type} = 'text'`
  return { text: `(${fieldSql(field)} ${operator} ? AND ${wanted})`, parameters: [value] }
}

const containsSql = (field: string, part: string): Sql => {
  const type = field === '_id' ? `'text'` : typeSql(field)
  // SQLite's LIKE folds ASCII letters only, which is what the port promises.
  const escaped = part.replace(/[\\%_]/g, (char) => `\\${char}`)
  return { text: `(${fieldSql(field)} LIKE ? ESCAPE '\\' AND ${type} = 'text')`, parameters: [`%${escaped}%`] }
}

const conditionSql = (field: string, condition: Condition): Sql => {
  if (condition === null || typeof condition !== 'object') return equalSql(field, condition)
  if ('$in' in condition) {
    const parts = condition.$in.map((value) => equalSql(field, value))
    return join(parts, ' OR ', '0')
  }
  if ('$ne' in condition) {
    const equal = equalSql(field, condition.$ne)
    return { text: `NOT coalesce(${equal.text}, 0)`, parameters: equal.parameters }
  }
  if ('$contains' in condition) return containsSql(field, condition.$contains)
  if ('$gt' in condition) return compareSql(field, '>', condition.$gt)
  if ('$gte' in condition) return compareSql(field, '>=', condition.$gte)
  if ('$lt' in condition) return compareSql(field, '<', condition.$lt)
  return compareSql(field, '<=', condition.$lte)
}

/** A filter as the inside of a WHERE clause. */
export const filterSql = (filter: Filter): Sql => {
  const parts = Object.entries(filter).flatMap(([field, condition]): Sql[] => {
    if (condition === undefined) return []
    if (field === '$or') return [join((condition as readonly Filter[]).map(filterSql), ' OR ', '0')]
    return [conditionSql(field, condition as Condition)]
  })
  return join(parts, ' AND ', '1')
}

/** ORDER BY clause; `_id` breaks ties. */
export const sortSql = (sort: Sort): string =>
  [...sort.map(([field, direction]) => `${fieldSql(field)} ${direction === 'asc' ? 'ASC' : 'DESC'}`), '_id ASC'].join(', ')
