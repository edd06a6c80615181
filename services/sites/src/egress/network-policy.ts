import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'

/** What outgoing calls may reach. Private networks are allowed: that is where clusters live. */
export interface NetworkPolicy {
  /** Why an address must not be called, as the end of «… is»; undefined: it may be called. */
  refusalOf(address: string): string | undefined
}

const list = (v4: readonly string[], v6: readonly string[]): BlockList => {
  const blocks = new BlockList()
  const add = (entry: string, family: 'ipv4' | 'ipv6') => {
    const [address = '', prefix] = entry.split('/')
    if (prefix === undefined) blocks.addAddress(address, family)
    else blocks.addSubnet(address, Number(prefix), family)
  }
  for (const entry of v4) add(entry, 'ipv4')
  for (const entry of v6) add(entry, 'ipv6')
  return blocks
}

const loopback = list(['127.0.0.0/8'], ['::1'])
/** Instance metadata of AWS (IPv4 and IPv6), Google, Azure, Alibaba, Oracle. */
const metadata = list(
  ['169.254.169.254', '169.254.170.2', '100.100.100.200', '192.0.0.192'],
  ['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254'],
)
const linkLocal = list(['169.254.0.0/16'], ['fe80::/10'])
/** Unspecified, «this network», multicast, reserved, broadcast, Teredo, documentation: no cluster has such an address. */
const unusable = list(
  ['0.0.0.0/8', '224.0.0.0/4', '240.0.0.0/4'],
  ['::', 'ff00::/8', '2001::/32', 'fec0::/10', '100::/64'],
)

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

/** The IPv4 address that an IPv6 address stands for: mapped, compatible, NAT64, 6to4. Undefined for all others. */
const embeddedIPv4 = (address: string): string | undefined => {
  const groups = groupsOf(address)
  const [first = 0, second = 0, third = 0] = groups
  const [high = 0, low = 0] = groups.slice(6)
  const zeros = (count: number) => groups.slice(0, count).every((group) => group === 0)
  if (zeros(5) && groups[5] === 0xffff) return toIPv4(high, low)
  if (zeros(6) && !(high === 0 && low <= 1)) return toIPv4(high, low)
  if (first === 0 && second === 0 && groups[4] === 0xffff && groups[5] === 0) return toIPv4(high, low)
  if (first === 0x64 && second === 0xff9b) return toIPv4(high, low)
  if (first === 0x2002) return toIPv4(second, third)
  return undefined
}

/** Makes the policy. `allowLoopback`: whether this machine's own services may be called. */
export const createNetworkPolicy = (options: { readonly allowLoopback: boolean }): NetworkPolicy => {
  const refusalOf = (address: string): string | undefined => {
    const bare = address.split('%', 1)[0] ?? address
    if (isIP(bare) === 0) return 'not an address'
    const family = isIPv4(bare) ? 'ipv4' : 'ipv6'
    if (metadata.check(bare, family)) return 'a metadata service of a cloud provider'
    if (linkLocal.check(bare, family)) return 'a link-local address'
    if (unusable.check(bare, family)) return 'not the address of a server'
    if (loopback.check(bare, family) && !options.allowLoopback)
      return 'this machine itself (HUB_ALLOW_LOOPBACK_SITES=true allows it)'
    const inner = isIPv6(bare) ? embeddedIPv4(bare) : undefined
    return inner === undefined ? undefined : refusalOf(inner)
  }
  return { refusalOf }
}
