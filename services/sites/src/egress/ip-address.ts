import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** Addresses of a network, or of several: `10.0.0.0/8`, `fc00::/7`, or one address alone. Embedded forms are not looked into. */
export const networkList = (networks: readonly string[]): { readonly has: (address: string) => boolean } => {
  const blocks = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    if (prefix === undefined) blocks.addAddress(address, family)
    else blocks.addSubnet(address, Number(prefix), family)
  }
  // An IPv4 address is never looked for among IPv6 networks, nor the other way round.
  const v4 = networks.some((network) => isIPv4(network.split('/', 1)[0] ?? ''))
  const v6 = networks.some((network) => isIPv6(network.split('/', 1)[0] ?? ''))
  return {
    has: (address) => (isIPv4(address) ? v4 && blocks.check(address, 'ipv4') : v6 && blocks.check(address, 'ipv6')),
  }
}

/** The eight 16-bit groups of an IPv6 address. */
const groupsOf = (address: string): number[] => {
  // The URL parser writes every form of an IPv6 address (embedded IPv4 included) in the canonical one.
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [head = '', tail] = canonical.split('::')
  const parse = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  if (tail === undefined) return parse(head)
  const [left, right] = [parse(head), parse(tail)]
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right]
}

const toIPv4 = (high: number, low: number): string => `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`

/**
 * The IPv4 address that an IPv6 address leads to: mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056), ISATAP
 * (RFC 5214). Undefined for all others.
 */
export const embeddedIPv4 = (address: string): string | undefined => {
  const groups = groupsOf(address)
  const [first = 0, second = 0, third = 0, , fifth = 0, sixth = 0, high = 0, low = 0] = groups
  const startsWith = (...wanted: readonly number[]) => wanted.every((group, index) => groups[index] === group)
  if (startsWith(0, 0, 0, 0, 0, 0xffff)) return toIPv4(high, low)
  if (startsWith(0x64, 0xff9b, 0, 0, 0, 0)) return toIPv4(high, low)
  if (first === 0x2002) return toIPv4(second, third)
  if ((fifth === 0 || fifth === 0x200) && sixth === 0x5efe) return toIPv4(high, low)
  return undefined
}
