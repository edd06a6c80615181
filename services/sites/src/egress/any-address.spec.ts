import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AddressRefusedError, assertAddressAllowed } from './guarded-lookup.ts'
import { createNetworkPolicy } from './network-policy.ts'
import { compileRules } from './network-rules.ts'

const policy = createNetworkPolicy({ allowLoopback: false })
const isRefused = (host: string): boolean => {
  try {
    assertAddressAllowed(new URL(`http://${host}:8443/x`), policy)
    return false
  } catch (error) {
    if (error instanceof AddressRefusedError) return true
    throw error
  }
}

/** Networks as numbers, written apart from the product: the registries of IANA, and metadata services. */
const network = (text: string): readonly [number, number] => {
  const [address = '', prefix = '32'] = text.split('/')
  const first = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return [first, first + 2 ** (32 - Number(prefix)) - 1]
}
const never = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '100.100.100.200',
  '168.63.129.16',
].map(network)
const isIn = (networks: readonly (readonly [number, number])[], value: number) =>
  networks.some(([first, last]) => value >= first && value <= last)

const anyRefused = fc.constantFrom(...never).chain(([first, last]) => fc.integer({ min: first, max: last }))
const anyOther = fc.integer({ min: 0, max: 2 ** 32 - 1 }).filter((value) => !isIn(never, value))
const hex = (value: number) => value.toString(16)
const octets = (value: number) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256)
const number = (value: number) =>
  fc.constantFrom(
    String(value),
    `0x${hex(value)}`,
    `0X${hex(value).toUpperCase()}`,
    `0x00${hex(value)}`,
    `0${value.toString(8)}`,
    `000${value.toString(8)}`,
  )
const wide = (text: string) => text.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))

/** Every way of writing an IPv4 address that URLs know: 1 to 4 parts, each decimal, octal or hexadecimal, then as other letters. */
const writtenIPv4 = (value: number): fc.Arbitrary<string> =>
  fc.integer({ min: 0, max: 3 }).chain((leading) => {
    const parts = [...octets(value).slice(0, leading), value % 2 ** (8 * (4 - leading))]
    return fc
      .tuple(
        fc.tuple(...parts.map(number)),
        fc.constantFrom('.', '。', '．', '｡'),
        fc.constantFrom('', '.'),
        fc.constantFrom(
          (text: string) => text,
          wide,
          (text: string) => text.replaceAll('1', '%31'),
        ),
      )
      .map(([written, dot, end, letters]) => letters(written.join(dot)) + end)
  })

const groupsOfIPv4 = (value: number): string[] => [hex(Math.floor(value / 65_536)), hex(value % 65_536)]
/** An IPv6 address of eight groups, with or without zeros, in either case, shortened or not. */
const writtenIPv6 = (groups: readonly string[]): fc.Arbitrary<string> =>
  fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()).map(([padded, upper, short]) => {
    const plain = groups.map((group) => (padded ? group.padStart(4, '0') : group)).join(':')
    const written = short ? new URL(`http://[${plain}]`).hostname.slice(1, -1) : plain
    return `[${upper ? written.toUpperCase() : written}]`
  })
/** IPv6 addresses that lead to an IPv4 address. */
const carrying = (value: number): fc.Arbitrary<string> => {
  const [high = '0', low = '0'] = groupsOfIPv4(value)
  const dotted = octets(value).join('.')
  return fc.oneof(
    writtenIPv6(['0', '0', '0', '0', '0', 'ffff', high, low]),
    writtenIPv6(['64', 'ff9b', '0', '0', '0', '0', high, low]),
    writtenIPv6(['2002', high, low, '0', '0', '0', '0', '1']),
    writtenIPv6(['2a00', '1', '2', '3', '0', '5efe', high, low]),
    writtenIPv6(['fd12', '1', '2', '3', '200', '5efe', high, low]),
    fc.constantFrom(`[::ffff:${dotted}]`, `[64:ff9b::${dotted}]`, `[2a00::5efe:${dotted}]`),
  )
}
const anyGroup = fc.integer({ min: 0, max: 0xffff }).map(hex)
const anyGroups = (count: number) => fc.array(anyGroup, { minLength: count, maxLength: count })
const startingWith = (first: fc.Arbitrary<string>) =>
  fc.tuple(first, anyGroups(7)).map(([head, rest]) => [head, ...rest])
const between = (min: number, max: number) => fc.integer({ min, max }).map(hex)

describe('any way of writing', () => {
  it('an IPv4 address that nobody may call is refused', () => {
    fc.assert(
      fc.property(anyRefused.chain(writtenIPv4), (host) => {
        expect(isRefused(host), host).toBe(true)
      }),
      { numRuns: 3_000 },
    )
  })
  it('it within IPv6 is refused too', () => {
    fc.assert(
      fc.property(anyRefused.chain(carrying), (host) => {
        expect(isRefused(host), host).toBe(true)
      }),
      { numRuns: 3_000 },
    )
  })
  it('any other IPv4 address is allowed, within IPv6 too', () => {
    fc.assert(
      fc.property(
        anyOther.chain((value) => fc.oneof(writtenIPv4(value), carrying(value))),
        (host) => {
          expect(isRefused(host), host).toBe(false)
        },
      ),
      { numRuns: 3_000 },
    )
  })
  it('an IPv6 address that is neither global nor unique local is refused', () => {
    const first = fc.oneof(between(1, 0x63), between(0x65, 0x1fff), between(0x4000, 0xfbff), between(0xfe00, 0xffff))
    fc.assert(
      fc.property(startingWith(first).chain(writtenIPv6), (host) => {
        expect(isRefused(host), host).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
  it('a global or unique local IPv6 address is allowed', () => {
    // 2001::/23, 2001:db8::/32, 2002::/16, 3fff::/20 and metadata lie outside of these.
    const first = fc.oneof(between(0x2003, 0x3ffe), between(0xfd21, 0xfdff))
    const carriesNone = ([, , , , , sixth]: readonly string[]) => sixth !== '5efe'
    fc.assert(
      fc.property(startingWith(first).filter(carriesNone).chain(writtenIPv6), (host) => {
        expect(isRefused(host), host).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('an organization that allows only what it lists', () => {
  const listing = (...targets: string[]) =>
    createNetworkPolicy({ allowLoopback: false, rules: () => compileRules({ mode: 'listed', targets }) })

  it('allows exactly the addresses of its networks', () => {
    const anyNetwork = fc.tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 32 }))
    fc.assert(
      fc.property(anyNetwork, anyOther, ([base, prefix], value) => {
        const size = 2 ** (32 - prefix)
        const first = Math.floor(base / size) * size
        const address = octets(value).join('.')
        const verdict = listing(`${octets(first).join('.')}/${prefix}`).judge(address)
        expect(verdict.allowed).toBe(value >= first && value < first + size)
      }),
    )
  })
  it('opens nothing that nobody may call, whatever it lists', () => {
    const everything = listing('0.0.0.0/0', '::/0', '*.example', 'localhost', '127.0.0.0/8', '169.254.169.254')
    fc.assert(
      fc.property(anyRefused, fc.constantFrom(undefined, 'a.example', 'localhost'), (value, host) => {
        const address = octets(value).join('.')
        expect(everything.judge(address, host).allowed).toBe(false)
        expect(everything.judge(`::ffff:${address}`, host).allowed).toBe(false)
      }),
    )
  })
  it('allows what its names stand for, and nothing under names that only look like them', () => {
    const names = listing('rancher.corp.example', '*.eu.example')
    for (const host of [
      'rancher.corp.example',
      'RANCHER.corp.example',
      'rancher.corp.example.',
      'a.eu.example',
      'a.b.eu.example',
    ])
      expect(names.judge('10.0.0.1', host)).toEqual({ allowed: true, rule: 'listed', target: expect.any(String) })
    for (const host of [
      'eu.example',
      'xeu.example',
      'long-name-eu.example',
      'a.eu.example.evil',
      'evil-rancher.corp.example',
      'rancher.corp.example.evil',
      'x.rancher.corp.example',
    ])
      expect(names.judge('10.0.0.1', host)).toMatchObject({ allowed: false, rule: 'not-listed' })
    expect(names.judge('10.0.0.1').allowed).toBe(false)
    expect(names.judge('169.254.169.254', 'a.eu.example')).toMatchObject({ allowed: false, rule: 'metadata' })
  })
})
