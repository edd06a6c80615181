import { SiteError } from '../egress/site-error.ts'

/** A header as a person gave it: without a value, the stored one is meant. */
export interface GivenHeader {
  readonly name: string
  readonly value?: string | undefined
}

/**
 * Headers that the connection itself is made of (RFC 9110 §7.6.1: hop-by-hop), that say what a request is, or who
 * sends it: they are the hub's own.
 */
const reserved: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'authorization',
  'connection',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'r_sess',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
])
const reservedFamilies = /^(content-|proxy-|impersonate-|sec-|x-api-|x-forwarded-|x-remote-)/

const refuse = (message: string): never => {
  throw new SiteError({ code: 'header-refused', message })
}

const assertName = (name: string): void => {
  if (!/^[a-z0-9][a-z0-9!#$%&'*+.^_`|~-]*$/.test(name))
    refuse(`«${name}» is not the name of a header: use letters, digits and dashes.`)
  if (reserved.has(name) || reservedFamilies.test(name))
    refuse(`The header ${name} is set by the hub itself, or by what is in between, and cannot be given.`)
}

/**
 * Headers of a site, names in lower case; values that were not given are the stored ones. Undefined: none.
 * @throws SiteError header-refused
 */
export const resolveHeaders = (
  given: readonly GivenHeader[] | undefined,
  stored: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> | undefined => {
  if (given === undefined) return stored
  const headers: Record<string, string> = {}
  for (const header of given) {
    const name = header.name.trim().toLowerCase()
    assertName(name)
    if (Object.hasOwn(headers, name)) refuse(`The header ${name} is given twice.`)
    const value = header.value ?? (stored !== undefined && Object.hasOwn(stored, name) ? stored[name] : undefined)
    if (value === undefined || value.trim() === '')
      return refuse(`The header ${name} needs its value: another address, proxy or certificate asks for it again.`)
    if (!/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value))
      refuse(`The value of the header ${name} has characters that no header can carry, like line breaks.`)
    headers[name] = value.trim()
  }
  return Object.keys(headers).length === 0 ? undefined : headers
}
