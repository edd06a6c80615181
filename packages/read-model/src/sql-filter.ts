import type { Condition, Filter, Sort } from './read-model.port.ts'

type Scalar = string | number | boolean | null

/** A piece of SQL with its bound parameters. */
export interface Sql {
  readonly text: string
  readonly parameters: readonly (string | number)[]
}

const pathOf = (field: string): string =>
  field
    .split('.')
    .map((key) => `."${key.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)
    .join('')
    .replaceAll("'", "''")

/** Field as SQL. The path is a literal, not a parameter, so that expression indexes are used. */
export const fieldSql = (field: string): string => (field === '_id' ? '_id' : `json_extract(doc, '$${pathOf(field)}')`)

/** JSON type of a field; NULL when it is missing. JSON's true and false are 1 and 0 as values: the type tells them from numbers. */
const typeSql = (field: string): string => (field === '_id' ? `'text'` : `json_type(doc, '$${pathOf(field)}')`)

/** Whether a field is true or false, as 1 or 0. */
export const isBooleanSql = (field: string): string => `coalesce(${typeSql(field)} IN ('true', 'false'), 0)`

/** Halves side by side: SQLite limits the depth of an expression to 1,000. */
const join = (parts: readonly string[], operator: 'AND' | 'OR'): string => {
  if (parts.length === 1) return String(parts[0])
  const middle = parts.length >> 1
  return `(${join(parts.slice(0, middle), operator)} ${operator} ${join(parts.slice(middle), operator)})`
}

const combine = (parts: readonly Sql[], operator: 'AND' | 'OR', empty: '0' | '1'): Sql =>
  parts.length === 0
    ? { text: empty, parameters: [] }
    : {
        text: join(
          parts.map(({ text }) => text),
          operator,
        ),
        parameters: parts.flatMap(({ parameters }) => parameters),
      }

const isNumberSql = (field: string): string => `${typeSql(field)} IN ('integer', 'real')`
const isTextSql = (field: string): string => `${typeSql(field)} = 'text'`

/** Objects and arrays come out as JSON text; only texts that look like it need the type to be told apart. */
const textGuard = (field: string, values: readonly string[]): string =>
  values.some((value) => /^[[{]/.test(value)) ? ` AND ${isTextSql(field)}` : ''

const equalSql = (field: string, value: Scalar): Sql => {
  if (value === null) return { text: `${fieldSql(field)} IS NULL`, parameters: [] }
  if (typeof value === 'boolean') return { text: `${typeSql(field)} = '${value}'`, parameters: [] }
  if (typeof value === 'number')
    return { text: `(${fieldSql(field)} = ? AND ${isNumberSql(field)})`, parameters: [value] }
  return { text: `(${fieldSql(field)} = ?${textGuard(field, [value])})`, parameters: [value] }
}

/** One parameter for all texts and one for all numbers, however many there are. */
const inSql = (field: string, values: readonly Scalar[]): Sql => {
  const texts = values.filter((value) => typeof value === 'string')
  const numbers = values.filter((value) => typeof value === 'number')
  const others = [...new Set(values.filter((value) => value === null || typeof value === 'boolean'))]
  const listed = `${fieldSql(field)} IN (SELECT value FROM json_each(?))`
  const parts: Sql[] = others.map((value) => equalSql(field, value))
  if (texts.length > 0)
    parts.push({ text: `(${listed}${textGuard(field, texts)})`, parameters: [JSON.stringify(texts)] })
  if (numbers.length > 0)
    parts.push({ text: `(${listed} AND ${isNumberSql(field)})`, parameters: [JSON.stringify(numbers)] })
  return combine(parts, 'OR', '0')
}

const compareSql = (field: string, operator: string, value: string | number): Sql => {
  const type = typeof value === 'number' ? isNumberSql(field) : isTextSql(field)
  return { text: `(${fieldSql(field)} ${operator} ? AND ${type})`, parameters: [value] }
}

/** lower() folds ASCII letters only, which is what the port promises; instr() knows no wildcards. */
const containsSql = (field: string, part: string): Sql => ({
  text: `(instr(lower(${fieldSql(field)}), lower(?)) > 0 AND ${isTextSql(field)})`,
  parameters: [part],
})

const operators = { $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' } as const

const operatorSql = (field: string, operator: string, value: unknown): Sql => {
  if (operator === '$in') return inSql(field, value as readonly Scalar[])
  if (operator === '$contains') return containsSql(field, String(value))
  if (operator === '$ne') {
    const equal = equalSql(field, value as Scalar)
    return { text: `NOT coalesce(${equal.text}, 0)`, parameters: equal.parameters }
  }
  const sign = operators[operator as keyof typeof operators]
  if (sign === undefined) throw new TypeError(`There is no operator ${operator}`)
  return compareSql(field, sign, value as string | number)
}

const conditionSql = (field: string, condition: Condition): Sql => {
  if (condition === null || typeof condition !== 'object') return equalSql(field, condition)
  const parts = Object.entries(condition).map(([operator, value]) => operatorSql(field, operator, value))
  return combine(parts, 'AND', '1')
}

/** A filter as the inside of a WHERE clause. */
export const filterSql = (filter: Filter): Sql => {
  const parts = Object.entries(filter).flatMap(([field, condition]): Sql[] => {
    if (condition === undefined) return []
    if (field === '$or') return [combine((condition as readonly Filter[]).map(filterSql), 'OR', '0')]
    return [conditionSql(field, condition as Condition)]
  })
  return combine(parts, 'AND', '1')
}

/** ORDER BY clause; `_id` breaks ties. */
export const sortSql = (sort: Sort): string =>
  [...sort.map(([field, direction]) => `${fieldSql(field)} ${direction === 'asc' ? 'ASC' : 'DESC'}`), '_id ASC'].join(
    ', ',
  )
