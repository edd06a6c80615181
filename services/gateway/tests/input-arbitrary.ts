import fc from 'fast-check'
import type { z } from 'zod'

/** Strings that have broken programs before. */
export const hostileStrings: readonly string[] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\r\nset-cookie: a=b',
  '../../../../etc/passwd',
  '..%2f..%2f',
  '%00',
  '%E0%A4%A',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' OR '1'='1",
  "'; DROP TABLE events; --",
  '{{7*7}}',
  '${7*7}',
  '$(id)',
  '`id`',
  '__proto__',
  'constructor',
  'toString',
  '*',
  '>',
  'hub.live.>',
  'null',
  'undefined',
  'NaN',
  '-1',
  '1e309',
  '0x10',
  '9007199254740993',
  '\ud800',
  '\u202e',
  '🏳️‍🌈',
  'ﷺ'.repeat(200),
  'a'.repeat(5_000),
  '%_',
  'http://169.254.169.254/latest/meta-data',
  'file:///etc/passwd',
]

const hostile = fc.constantFrom(...hostileStrings)
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/),
  hostile,
)

/** Ids of things that exist, so that valid input reaches the deeper code too. */
export interface KnownValues {
  readonly ids: readonly string[]
}

const stringOf = (
  def: { readonly format?: string | undefined; readonly checks?: unknown },
  known: KnownValues,
): fc.Arbitrary<unknown> => {
  if (def.format === 'uuid' || def.format === 'guid')
    return fc.oneof(
      { weight: 4, arbitrary: fc.uuid({ version: 4 }) },
      { weight: 4, arbitrary: fc.constantFrom(...known.ids) },
      { weight: 1, arbitrary: hostile },
    )
  if (def.format === 'datetime')
    return fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      hostile,
    )
  if (def.format === 'url')
    return fc.oneof(
      fc.constantFrom('http://127.0.0.1:9', 'https://127.0.0.1:9/', 'http://169.254.169.254/', 'https://[::1]:9'),
      hostile,
    )
  return text
}

const sized = (schema: z.core.$ZodType): number => {
  const { minimum } = (schema as z.ZodArray)._zod.bag as { minimum?: number }
  return typeof minimum === 'number' ? minimum : 0
}

/** Input that mostly fits a schema, with hostile strings in every place that takes one. */
export const inputArbitrary = (schema: z.core.$ZodType, known: KnownValues): fc.Arbitrary<unknown> => {
  const inner = (type: z.core.$ZodType): fc.Arbitrary<unknown> => inputArbitrary(type, known)
  const def = schema._zod.def as z.core.$ZodTypes['_zod']['def']
  switch (def.type) {
    case 'string':
      return stringOf(def as { format?: string }, known)
    case 'number':
      return fc.oneof(fc.integer({ min: -1, max: 20 }), fc.integer(), fc.double())
    case 'boolean':
      return fc.boolean()
    case 'literal':
      return fc.constantFrom(...def.values)
    case 'enum':
      return fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...Object.values(def.entries)) },
        { weight: 1, arbitrary: hostile },
      )
    case 'array':
      return fc.array(inner(def.element), { minLength: sized(schema), maxLength: 4 })
    case 'record':
      return fc.dictionary(text, inner(def.valueType), { maxKeys: 3 })
    case 'object': {
      const fields = Object.entries(def.shape).map(([name, field]) => [name, inner(field)] as const)
      return fc.record(Object.fromEntries(fields), {
        requiredKeys: fields.filter(([name]) => def.shape[name]?._zod.optin === undefined).map(([name]) => name),
      })
    }
    case 'union':
      return fc.oneof(...def.options.map(inner))
    case 'optional':
    case 'default':
    case 'nullable':
    case 'prefault':
    case 'readonly':
      return inner(def.innerType)
    case 'pipe':
      return inner(def.in)
    default:
      return fc.jsonValue()
  }
}
