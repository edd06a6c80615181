import type { SiteSecret } from './site-secret.ts'

/** Credentials are needed: none were given, and none are stored, or what is stored does not go this way. */
export class CredentialsMissingError extends Error {
  override name = 'CredentialsMissingError'
  /** A sentence that says what to enter again, and why; undefined: nothing is stored for this address. */
  readonly why: string | undefined
  constructor(why?: string) {
    super(why ?? 'There are no credentials')
    this.why = why
  }
}

/** Who is between the hub and a site, and who passes for the site: all that could read the credentials. */
export type Way = Pick<SiteSecret, 'proxy' | 'ca' | 'unverified' | 'serverName'>

const textOf = (pem: string | undefined): string => pem?.trim() ?? ''

/**
 * Why what is stored does not go this way: somebody else than so far could read it. Undefined: it may, as on the way
 * that it was stored for, and on one with fewer in between (no proxy, the certificate checked again).
 */
const whyNot = (way: Way, stored: Way): string | undefined => {
  if (way.proxy !== undefined && way.proxy.url !== stored.proxy?.url) return 'through another proxy'
  if (way.unverified === true && stored.unverified !== true) return 'to a server whose certificate is not checked'
  if (textOf(way.ca) !== textOf(stored.ca)) return 'to a server that another certificate vouches for'
  return way.serverName === stored.serverName ? undefined : 'to a server by another name'
}

/**
 * What of the stored secret may go another way; undefined: nothing is stored. A proxy’s password goes to the proxy
 * alone, whichever way leads on from there.
 * @throws CredentialsMissingError when `needed` of it may not go there
 */
export const keptFor = (
  way: Way,
  stored: SiteSecret | undefined,
  needed: { readonly credentials?: 'token' | 'kubeconfig' | undefined; readonly headers: boolean },
): SiteSecret | undefined => {
  const why = stored === undefined ? undefined : whyNot(way, stored)
  if (why === undefined) return stored
  const what =
    needed.credentials ?? (needed.headers && stored?.headers !== undefined ? 'values of the headers' : undefined)
  if (what === undefined) return undefined
  throw new CredentialsMissingError(`Enter the ${what} again: what is stored does not go ${why}.`)
}
