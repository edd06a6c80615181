import type { LookupFunction } from 'node:net'
import type { NetworkPolicy } from './network-policy.ts'

/** A name or literal stands for an address that the network policy refuses. */
export class AddressRefusedError extends Error {
  override name = 'AddressRefusedError'
  readonly code = 'ERR_ADDRESS_REFUSED'
  readonly reason: string
  constructor(host: string, reason: string, address?: string) {
    super(address === undefined ? `${host} is ${reason}` : `${host} stands for ${address}, which is ${reason}`)
    this.reason = reason
  }
}

/**
 * Name resolution for sockets that drops refused addresses. It runs inside `connect`, so that what was checked is what
 * is connected to: a name that resolves differently a moment later gains nothing. `onAllowed` hears what is left.
 */
export const createGuardedLookup =
  (policy: NetworkPolicy, onAllowed?: (host: string, addresses: readonly string[]) => void): LookupFunction =>
  (hostname, options, callback) => {
    const family = options.family === 'IPv4' ? 4 : options.family === 'IPv6' ? 6 : options.family
    policy.resolve(hostname, { all: true, family, hints: options.hints }, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0)
        return
      }
      const allowed = addresses.filter(({ address }) => policy.judge(address, hostname).allowed)
      const [first] = allowed
      if (first === undefined) {
        const [refused] = addresses
        const reason = refused === undefined ? undefined : policy.refusalOf(refused.address, hostname)
        callback(new AddressRefusedError(hostname, reason ?? 'without an address', refused?.address), '', 0)
        return
      }
      onAllowed?.(
        hostname,
        allowed.map(({ address }) => address),
      )
      if (options.all === true) callback(null, [...allowed])
      else callback(null, first.address, first.family)
    })
  }

/** The address that a URL holds itself, without a name to resolve. Every literal form of an IPv4 address is canonical after URL parsing. */
export const literalOf = (url: URL): string | undefined => {
  const host = url.hostname
  return host.startsWith('[') ? host.slice(1, -1) : /^[\d.]+$/.test(host) ? host : undefined
}

/** Checks an address as people write it. @throws AddressRefusedError */
export const assertAddressAllowed = (url: URL, policy: NetworkPolicy): void => {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new AddressRefusedError(url.protocol, 'not http or https')
  if (url.username !== '' || url.password !== '')
    throw new AddressRefusedError(url.hostname, 'written with a user name or password in front')
  const literal = literalOf(url)
  const reason = literal === undefined ? undefined : policy.refusalOf(literal)
  if (reason !== undefined) throw new AddressRefusedError(url.hostname, reason)
}

/** Checks an address that a proxy is asked for: the proxy resolves its name. @throws AddressRefusedError */
export const assertAllowedThroughProxy = (url: URL, policy: NetworkPolicy): void => {
  assertAddressAllowed(url, policy)
  if (literalOf(url) !== undefined) return
  const verdict = policy.judgeName(url.hostname)
  if (!verdict.allowed) throw new AddressRefusedError(url.hostname, verdict.reason)
}
