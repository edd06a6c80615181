import { networkList } from './ip-address.ts'
import { matchesName } from './network-rules.ts'

/** Why an address is on the list of those that nobody may call. */
export type NeverRule = 'metadata' | 'loopback' | 'link-local' | 'multicast' | 'reserved'

/** Networks that the hub never calls. `what` ends the sentence «… is». */
export interface NeverNetworks {
  readonly rule: NeverRule
  readonly what: string
  readonly networks: readonly string[]
}

/**
 * Instance metadata, credentials and platform services: AWS (also EKS pod identity), Google, Azure, Alibaba, Oracle,
 * Scaleway, Akamai; the rest of them are link-local. As the providers document them.
 */
const metadata: NeverNetworks = {
  rule: 'metadata',
  what: 'a metadata service of a cloud provider',
  networks: [
    '169.254.169.254',
    '169.254.170.2',
    '169.254.170.23',
    '169.254.42.42',
    '168.63.129.16',
    '100.100.100.200',
    '192.0.0.192',
    'fd00:ec2::/32',
    'fd20:ce::254',
    'fd00:42::42',
    'fd00:a9fe:a9fe::1',
  ],
}
const linkLocal: NeverNetworks = {
  rule: 'link-local',
  what: 'a link-local address',
  networks: ['169.254.0.0/16', 'fe80::/10'],
}
const multicast: NeverNetworks = {
  rule: 'multicast',
  what: 'a multicast address',
  networks: ['224.0.0.0/4', 'ff00::/8'],
}
/**
 * From the special-purpose registries of IANA (RFC 6890): no server has such an address. Of IPv6 everything but global
 * unicast (2000::/3), unique local (fc00::/7) and the forms that stand for an IPv4 address, which is judged instead.
 */
const reserved: NeverNetworks = {
  rule: 'reserved',
  what: 'an address that no server has (reserved)',
  networks: [
    '0.0.0.0/8',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.88.99.0/24',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '240.0.0.0/4',
    // IETF protocols: Teredo, benchmarks, ORCHID, anycast of protocols.
    '2001::/23',
    '2001:db8::/32',
    '3fff::/20',
  ],
}
/** This machine: allowed by the hub's own setting alone. */
const loopback: NeverNetworks = {
  rule: 'loopback',
  what: 'this machine itself',
  networks: ['127.0.0.0/8', '::1'],
}

/** Everything that no organization can allow, the more telling first. */
export const neverNetworks: readonly NeverNetworks[] = [metadata, linkLocal, loopback, multicast, reserved]

/** Of IPv6, what may be called at all. */
const callable = networkList(['2000::/3', 'fc00::/7', '::ffff:0:0/96', '64:ff9b::/96'])
const lists = neverNetworks.map((entry) => ({ entry, list: networkList(entry.networks) }))

/** The entry of the list of those never called that an address falls under, by itself. */
export const neverEntryOf = (address: string): NeverNetworks | undefined => {
  const found = lists.find(({ list }) => list.has(address))?.entry
  if (found !== undefined || !address.includes(':')) return found
  return callable.has(address) ? undefined : reserved
}

/** Networks that are not on the internet: private (RFC 1918), carrier-grade NAT (RFC 6598), benchmarks, unique local. */
const privateList = networkList([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '198.18.0.0/15',
  'fc00::/7',
])
export const isPrivate = (address: string): boolean => privateList.has(address)

/** Names of metadata services, as their providers document them. They matter where a proxy resolves names. */
const metadataNames = [
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
  'metadata.tencentyun.com',
  'metadata.platformequinix.com',
]

/** Whether a name always stands for the machine that resolves it (RFC 6761). */
export const isThisMachine = (host: string): boolean =>
  matchesName(host, 'localhost') || matchesName(host, '*.localhost')

/** The entry of the list of those never called that a name falls under, whatever it stands for. */
export const neverNameOf = (host: string): NeverNetworks | undefined => {
  if (isThisMachine(host)) return loopback
  return metadataNames.some((name) => matchesName(host, name)) ? metadata : undefined
}
