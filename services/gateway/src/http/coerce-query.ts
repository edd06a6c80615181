import type { z } from 'zod'

type Coerce = (value: unknown) => unknown

const same: Coerce = (value) => value
const numeric = /^-?\d{1,17}(\.\d{1,17})?$/
const toNumber: Coerce = (value) => (typeof value === 'string' && numeric.test(value) ? Number(value) : value)
const toBoolean: Coerce = (value) => (value === 'true' ? true : value === 'false' ? false : value)

/** Wrappers whose inside decides. */
const wrappers = new Set(['optional', 'default', 'prefault', 'nullable', 'nonoptional', 'readonly', 'catch'])

const coercerOf = (schema: z.core.$ZodType): Coerce => {
  const { def } = schema._zod
  if (wrappers.has(def.type)) return coercerOf((def as z.core.$ZodOptionalDef).innerType)
  if (def.type === 'pipe') return coercerOf((def as z.core.$ZodPipeDef).in)
  if (def.type === 'number') return toNumber
  if (def.type === 'boolean') return toBoolean
  if (def.type !== 'array') return same
  const element = coercerOf((def as z.core.$ZodArrayDef).element)
  return (value) => (Array.isArray(value) ? value : [value]).map(element)
}

/**
 * Compiles how strings of a query become what the schema wants: numbers, booleans, repeated keys as arrays. What does
 * not look like one stays as it is, so that validation says what is wrong with it.
 */
export const compileQueryCoercion = (
  schema: z.ZodObject,
): ((query: Readonly<Record<string, unknown>>) => Record<string, unknown>) => {
  const fields = Object.entries(schema.shape).map(([name, field]) => [name, coercerOf(field)] as const)
  return (query) => {
    const input: Record<string, unknown> = {}
    for (const [name, coerce] of fields) if (query[name] !== undefined) input[name] = coerce(query[name])
    return input
  }
}
