import { Connection } from '@rancher-hub/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AddressRefusedError, assertAddressAllowed } from '../egress/guarded-lookup.ts'
import { createNetworkPolicy } from '../egress/network-policy.ts'
import { SiteError } from '../egress/site-error.ts'
import { resolveConnection } from './resolve-connection.ts'

const CANARY = 'canary7f3a9b'
const token = `token-abcde:${CANARY}`
const policy = createNetworkPolicy({ allowLoopback: false })

/** How far an address gets: not through the contract, not through the hub, or as far as a connection. */
const fate = (url: string): { readonly stage: 'input' | 'refused' | 'called'; readonly base?: string } => {
  const parsed = Connection.safeParse({ kind: 'rancher', url, token })
  if (!parsed.success) {
    expect(parsed.error.issues.map(({ path }) => path.join('.'))).toEqual(expect.arrayContaining(['url']))
    expect(JSON.stringify(parsed.error.issues)).not.toContain(CANARY)
    return { stage: 'input' }
  }
  try {
    const resolved = resolveConnection(parsed.data, undefined)
    const base = new URL(resolved?.access.url ?? '')
    assertAddressAllowed(base, policy)
    return { stage: 'called', base: base.href }
  } catch (error) {
    if (!(error instanceof SiteError || error instanceof AddressRefusedError)) throw error
    expect(error.message).toMatch(/\S.*\S/)
    expect(error.message).not.toContain(CANARY)
    return { stage: 'refused' }
  }
}

const scheme = fc.constantFrom(
  'http://',
  'https://',
  'HTTPS://',
  'http:',
  'https:/',
  'https:\\\\',
  'ftp://',
  'file://',
  'javascript:',
  '//',
  '',
)
const user = fc.constantFrom('', '', '', `ada:${CANARY}@`, `${CANARY}@`, '@', ':@', 'a%40b@', 'a@b@')
const host = fc.oneof(
  fc.constantFrom(
    'rancher.example.com',
    'RANCHER.example.com.',
    'bücher.example',
    'xn--bcher-kva.example',
    '10.0.0.1',
    '[fd12::1]',
    '127.0.0.1',
    '0x7f.1',
    '[::ffff:7f00:1]',
    '[fe80::1%25eth0]',
    '..',
    '.',
    '-',
    '_',
    '*',
    'a'.repeat(300),
    '\u0000',
    '\ud800',
    '﹒',
    '㏂',
    'ß',
    '\u202e',
    '%00',
    '%zz',
  ),
  fc.domain(),
  fc.ipV4(),
  fc.ipV4Extended(),
  fc.ipV6().map((address) => `[${address}]`),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
)
const port = fc.constantFrom('', ':443', ':0', ':65535', ':65536', ':-1', ':', ':8443x', ':٤٤٣')
const path = fc.oneof(
  fc.constantFrom(
    '',
    '/',
    '/dashboard/home',
    '/v3',
    '/../..',
    '/%2e%2e/',
    '\\',
    '//evil.example',
    '/;x',
    '?a=b',
    '#c',
    '/\u0000',
    `/${'a'.repeat(3_000)}`,
    ' ',
    '\t\n',
  ),
  fc.webPath(),
)

describe('any address of a site', () => {
  it('made of parts is called where it says, or refused by its field, without its secrets', () => {
    fc.assert(
      fc.property(scheme, user, host, port, path, (...parts) => {
        const { base } = fate(parts.join(''))
        if (base === undefined) return
        const url = new URL(base)
        expect(['http:', 'https:']).toContain(url.protocol)
        expect([url.username, url.password, url.search, url.hash]).toEqual(['', '', '', ''])
        // What is called is what was given: the same place, once more read.
        expect(url.origin).toBe(new URL(parts.join('').trim()).origin)
      }),
      { numRuns: 3_000 },
    )
  })

  it('made of anything is refused, or called', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 80 }),
          fc.webUrl({ withFragments: true, withQueryParameters: true }),
        ),
        (text) => {
          fate(text)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('of any other type is not taken', () => {
    fc.assert(
      fc.property(
        fc.jsonValue().filter((value) => typeof value !== 'string'),
        (url) => {
          expect(Connection.safeParse({ kind: 'rancher', url, token }).success).toBe(false)
        },
      ),
    )
  })

  it('of a well-behaved server is called, whatever page of it was copied', () => {
    const page = fc.constantFrom(
      '',
      '/',
      '/dashboard',
      '/dashboard/auth/login',
      '/dashboard/c/local/explorer',
      '/v3',
      '/v3/clusters',
    )
    fc.assert(
      fc.property(fc.domain(), page, (name, at) => {
        expect(fate(`https://${name}${at}`)).toEqual({ stage: 'called', base: `https://${name.toLowerCase()}/` })
      }),
    )
  })
})
