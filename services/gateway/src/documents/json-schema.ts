import { z } from 'zod'

/** A JSON Schema (draft 2020-12, which OpenAPI 3.1 and AsyncAPI 3 use). */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Schema of what a caller may send (`input`), or of what arrives (`output`). */
export const toJsonSchema = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

/** Fields of an object schema, with what is required of them. */
export const fieldsOf = (
  schema: z.ZodObject,
  io: 'input' | 'output',
): { name: string; schema: JsonSchema; required: boolean }[] => {
  const { properties = {}, required = [] } = toJsonSchema(schema, io) as {
    properties?: Record<string, JsonSchema>
    required?: string[]
  }
  return Object.entries(properties).map(([name, field]) => ({ name, schema: field, required: required.includes(name) }))
}
