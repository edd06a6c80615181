import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { SiteError } from '../egress/site-error.ts'
import { contextsOf, parseKubeconfig } from './kubeconfig.ts'

const CANARY = 'canary7f3a9b'
const base64 = (text: string) => Buffer.from(text).toString('base64')
const secrets = [CANARY, base64(CANARY).slice(0, 14)]
const pem = (what: string) => base64(`-----BEGIN ${what}-----\n${CANARY}\n-----END ${what}-----\n`)

/** A kubeconfig with a secret wherever one can stand. */
const whole = () => ({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'dev',
  clusters: [
    {
      name: 'cluster-a',
      cluster: {
        server: 'https://10.0.0.1:6443',
        'tls-server-name': 'api.internal',
        'proxy-url': `http://user:${CANARY}@proxy.example:3128`,
      },
    },
  ],
  users: [
    {
      name: 'ada',
      user: {
        token: CANARY,
        'client-certificate-data': pem('CERTIFICATE'),
        'client-key-data': pem('PRIVATE KEY'),
        password: CANARY,
      },
    },
  ],
  contexts: [{ name: 'dev', context: { cluster: 'cluster-a', user: 'ada', namespace: 'shop' } }],
})

/** What a person is told; undefined: it was accepted. Anything but an answer or a SiteError is a failure. */
const told = (text: string): string | undefined => {
  const messages = [() => parseKubeconfig(text), () => parseKubeconfig(text, 'dev'), () => contextsOf(text)].map(
    (read) => {
      try {
        read()
        return undefined
      } catch (error) {
        if (!(error instanceof SiteError)) throw error
        expect(['kubeconfig-not-valid', 'kubeconfig-not-self-contained', 'proxy-refused']).toContain(error.problem.code)
        expect(error.message).toBe(error.problem.message)
        return error.message
      }
    },
  )
  for (const message of messages) {
    if (message === undefined) continue
    expect(message).toMatch(/^[A-Z].*\.$/s)
    expect(message.length).toBeLessThan(2_500)
    for (const secret of secrets) expect(message).not.toContain(secret)
  }
  return messages[0]
}

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
      expect(told(asText(replaced(whole(), path, value)))).toContain(`\`${name}`)
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

describe('a huge kubeconfig', () => {
  const most = 499_000
  const filled = (part: string) => part.repeat(Math.floor(most / part.length))
  it.each([
    ['open lists', filled('[')],
    ['nested lists', '['.repeat(most / 2) + ']'.repeat(most / 2)],
    ['nested maps', `${'{a: '.repeat(90_000)}1${'}'.repeat(90_000)}`],
    ['nested blocks', Array.from({ length: 900 }, (_, index) => `${' '.repeat(index)}a:`).join('\n')],
    ['block lists', filled('- ')],
    [
      'keys',
      Array.from({ length: 50_000 }, (_, index) => `k${index}: 1`)
        .join('\n')
        .slice(0, most),
    ],
    ['keys, just few enough', Array.from({ length: 11_000 }, (_, index) => `k${index}: 1`).join('\n')],
    ['anchors', Array.from({ length: 30_000 }, (_, index) => `- &a${index} x`).join('\n')],
    ['aliases', `- &a x\n${'- *a\n'.repeat(90_000)}`],
    ['aliases, just few enough', `- &a x\n${'- *a\n'.repeat(11_000)}`],
    [
      'aliases of aliases',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi'].map((name, index) => `${name}: &${name} [${new Array(9).fill(`*${'abcdefgh'[index]}`).join()}]`).join('\n')}`,
    ],
    ['an alias of itself', 'a: &a [*a]\ncontexts: &b [*b]'],
    ['documents', filled('---\n')],
    ['comments', filled('#\n')],
    ['escapes', `"${filled('\\q')}"`],
    ['good escapes', `"${filled('\\x41')}"`],
    ['tags', filled('!a ')],
    ['questions', filled('? ')],
    [
      'merges',
      `a: &a {x: 1}\n${Array.from({ length: 20_000 }, (_, index) => `b${index}: {<<: *a}`).join('\n')}`.slice(0, most),
    ],
    ['closing brackets', filled(']\n')],
    ['quotes', filled('"\n')],
    ['unknown aliases', filled('- *x\n')],
    ['zero bytes', filled('\u0000')],
    ['tabs', filled('\t')],
    ['line feeds', filled('\n')],
    ['a text', `a: |\n${filled(' x\n')}`],
    [
      'contexts without anything',
      `contexts:\n${Array.from({ length: 30_000 }, (_, index) => `- name: c${index}`).join('\n')}`,
    ],
    [
      'contexts, just too many',
      stringify({ contexts: Array.from({ length: 1_001 }, (_, index) => ({ name: `c${index}` })) }),
    ],
    ['a name', stringify({ 'current-context': filled('x'), contexts: [{ name: 'a' }, { name: 'b' }] })],
  ])('of %s is refused in a sentence', (_what, text) => {
    expect(told(text)).toBeTypeOf('string')
  })

  it('of a thousand contexts is read', () => {
    const contexts = Array.from({ length: 1_000 }, (_, index) => ({
      name: `c${index}`,
      context: { cluster: 'cluster-a', user: index % 2 === 0 ? 'ada' : 'eve' },
    }))
    const found = contextsOf(JSON.stringify({ ...whole(), contexts }))
    expect(found.filter(({ problem }) => problem === undefined)).toHaveLength(500)
  })
})
