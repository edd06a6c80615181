import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { contextsOf, parseKubeconfig } from './kubeconfig.ts'
import { CANARY, told, whole } from './kubeconfig-fuzz.fixtures.ts'

const hostileKeys = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '<<',
  '',
  '\u0000',
  'a'.repeat(5_000),
  'length',
  'then',
  'toJSON',
)
const hostileValues: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    Number.POSITIVE_INFINITY,
    Number.NaN,
    '',
    ' ',
    '\u0000',
    '\ud800',
    '٣',
    '127.0.0.1',
    [],
    [[]],
    {},
    'null',
    '~',
    'yes',
    'a'.repeat(10_000),
  ),
  fc.jsonValue({ maxDepth: 3 }),
  fc.dictionary(hostileKeys, fc.jsonValue({ maxDepth: 1 }), { noNullPrototype: true }),
  fc.constant({ toString: 'x', valueOf: 'x' }),
  fc.constant({ [CANARY]: CANARY }),
  fc.constant([CANARY]),
)

type Path = readonly (string | number)[]
/** Every place of a document, the document itself among them. */
const placesOf = (value: unknown, at: Path = []): Path[] =>
  typeof value === 'object' && value !== null
    ? [at, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...at, key]))]
    : [at]
const replaced = (value: unknown, [key, ...rest]: Path, by: unknown): unknown => {
  if (key === undefined) return by
  if (Array.isArray(value))
    return value.map((inner, index) => (String(index) === String(key) ? replaced(inner, rest, by) : inner))
  return { ...(value as object), [key]: replaced((value as Record<string, unknown>)[key], rest, by) }
}
const asText = (value: unknown): string => {
  try {
    return stringify(value)
  } catch {
    // What YAML cannot write, JSON can, which is YAML too.
    return JSON.stringify(value) ?? ''
  }
}

describe('any kubeconfig', () => {
  it('with anything in any place is read, or refused in a sentence without secrets', () => {
    const places = placesOf(whole())
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...places), hostileValues), { minLength: 1, maxLength: 3 }),
        (edits) => {
          let document: unknown = whole()
          for (const [place, value] of edits) {
            // An earlier edit may have taken the place away.
            if (placesOf(document).some((each) => each.join() === place.join()))
              document = replaced(document, place, value)
          }
          told(asText(document))
          told(JSON.stringify(document) ?? '')
        },
      ),
      { numRuns: 400 },
    )
  })

  it('with additional fields of any name is read as without them', () => {
    fc.assert(
      fc.property(
        hostileKeys,
        fc.constantFrom(...placesOf(whole()).filter((place) => place.length % 2 === 0)),
        (key, place) => {
          const at = place.reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], whole())
          if (typeof at !== 'object' || at === null || Array.isArray(at)) return
          const text = JSON.stringify(
            replaced(whole(), place, { ...at, ...JSON.parse(`{${JSON.stringify(key)}: {"token": "x"}}`) }),
          )
          expect(told(text)).toBeUndefined()
          expect(({} as Record<string, unknown>)['token']).toBeUndefined()
        },
      ),
    )
  })

  it('that is cut or damaged anywhere is refused in a sentence, or read', () => {
    const text = stringify(whole())
    const damage = fc.tuple(fc.nat(text.length), fc.nat(40), fc.string({ unit: 'binary', maxLength: 12 }))
    fc.assert(
      fc.property(damage, ([at, length, by]) => {
        told(text.slice(0, at) + by + text.slice(at + length))
        told(text.slice(0, at))
      }),
      { numRuns: 400 },
    )
  })

  it('in other encodings, or none, is refused in a sentence, or read', () => {
    const bytes = Buffer.from(stringify(whole()))
    for (const text of [
      bytes.toString('latin1'),
      bytes.toString('utf16le'),
      `\ufeff${bytes.toString()}`,
      bytes.toString('base64'),
      bytes.toString('hex'),
    ])
      told(text)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (raw) => {
        told(Buffer.from(raw).toString('utf8'))
        told(Buffer.from(raw).toString('latin1'))
      }),
    )
  })

  it('made of the words of YAML is refused in a sentence, or read', () => {
    const words = fc.constantFrom(
      'contexts:',
      'clusters:',
      'users:',
      '- ',
      '  ',
      '\n',
      '&a ',
      '*a',
      '{',
      '}',
      '[',
      ']',
      '!!str ',
      '!x ',
      '|',
      '>',
      '"',
      "'",
      '? ',
      ': ',
      '<<: ',
      '---',
      '...',
      '#',
      '%YAML 1.1',
      '@',
      '`',
      '\t',
      'name: dev',
      'token: ',
      CANARY,
    )
    fc.assert(
      fc.property(fc.array(words, { maxLength: 60 }), (parts) => {
        told(parts.join(''))
        told(parts.join('\n'))
      }),
      { numRuns: 400 },
    )
  })

  it('with any names of contexts is read by them', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 20 }),
        (names) => {
          const context = { cluster: 'cluster-a', user: 'ada' }
          const text = JSON.stringify({ ...whole(), contexts: names.map((name) => ({ name, context })) })
          expect(contextsOf(text).map(({ name }) => name)).toEqual(names)
          for (const name of names) expect(parseKubeconfig(text, name).context).toBe(name)
        },
      ),
    )
  })
})

describe('a field of a kubeconfig', () => {
  const wrong = [{ a: CANARY }, [CANARY], 7]
  const fields: readonly Path[] = [
    ['clusters'],
    ['users'],
    ['contexts'],
    ['clusters', 0, 'cluster'],
    ['users', 0, 'user'],
    ['contexts', 0, 'context'],
    ...[
      'server',
      'certificate-authority',
      'certificate-authority-data',
      'insecure-skip-tls-verify',
      'tls-server-name',
      'proxy-url',
    ].map((field) => ['clusters', 0, 'cluster', field]),
    ...[
      'token',
      'tokenFile',
      'client-certificate',
      'client-certificate-data',
      'client-key',
      'client-key-data',
      'username',
      'password',
      'as',
    ].map((field) => ['users', 0, 'user', field]),
  ]
  it.each(fields.map((path) => [path.join('.'), path] as const))('%s of another type is named', (name, path) => {
    for (const value of wrong) {
      if (
        path.length < 4 &&
        typeof value === 'object' &&
        !Array.isArray(value) &&
        path.length % 2 === 1 &&
        path.length > 1
      )
        continue
      expect(told(asText(replaced(whole(), path, value)))).toContain(`«${name}`)
    }
  })

  it.each(['exec', 'auth-provider'])('%s of any kind is refused by its name, and nothing in it is told', (field) => {
    for (const value of [
      { command: 'sh', args: [CANARY] },
      CANARY,
      [],
      7,
      { name: CANARY, config: { 'id-token': CANARY } },
    ])
      expect(told(asText(replaced(whole(), ['users', 0, 'user', field], value)))).toContain(field)
  })
})
