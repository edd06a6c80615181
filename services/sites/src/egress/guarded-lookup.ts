import { lookup as resolve } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { NetworkPolicy } from './network-policy.ts'

/** A name or literal stands for an address that the network policy refuses. */
export class AddressRefusedError extends Error {
  override name = 'AddressRefusedError'
  readonly code = 'ERR_ADDRESS_REFUSED'
  readonly reason: string
  constructor(host: string, reason: string) {
    super(`${host} is ${reason}`)
    this.reason = reason
  }
}

/**
 * Name resolution for sockets that drops refused addresses. It runs inside `connect`, so that what was checked is what
 * is connected to: a name that resolves differently a moment later gains nothing.
 */
export const createGuardedLookup =
  (policy: NetworkPolicy): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0)
        return
      }
      const allowed = addresses.filter(({ address }) => policy.refusalOf(address) === undefined)
      const [first] = allowed
      if (first === undefined) {
        const reason = policy.refusalOf(addresses[0]?.address ?? '') ?? 'without an address'
        callback(new AddressRefusedError(hostname, reason), '', 0)
      } else if (options.all === true) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
  }

/** Checks an address as people write it. Every literal form of an IPv4 address is canonical after URL parsing. @throws AddressRefusedError */
export const assertAddressAllowed = (url: URL, policy: NetworkPolicy): void => {
  const host = url.hostname
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new AddressRefusedError(url.protocol, 'not http or https')
  if (url.username !== '' || url.password !== '')
    throw new AddressRefusedError(host, 'written with a user name or password in front')
  const literal = host.startsWith('[') ? host.slice(1, -1) : /^[\d.]+$/.test(host) ? host : undefined
  const reason = literal === undefined ? undefined : policy.refusalOf(literal)
  if (reason !== undefined) throw new AddressRefusedError(host, reason)
}
