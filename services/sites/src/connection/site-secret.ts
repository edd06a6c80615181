import { z } from 'zod'

/** A proxy that a site is called through. */
export interface SiteProxy {
  /** Origin: scheme, host and port. */
  readonly url: string
  /** `Proxy-Authorization`, when the proxy asks who one is. */
  readonly authorization?: string | undefined
}

/**
 * What is encrypted of a site: credentials, and the trust that decides who gets them (so that nobody who can write to
 * the database can put another authority in its place).
 */
export const SiteSecret = z.object({
  token: z.string().optional(),
  clientCert: z.string().optional(),
  clientKey: z.string().optional(),
  ca: z.string().optional(),
  serverName: z.string().optional(),
  unverified: z.boolean().optional(),
  proxy: z.object({ url: z.string(), authorization: z.string().optional() }).optional(),
  headers: z.record(z.string(), z.string()).optional(),
})
export interface SiteSecret {
  readonly token?: string | undefined
  readonly clientCert?: string | undefined
  readonly clientKey?: string | undefined
  readonly ca?: string | undefined
  readonly serverName?: string | undefined
  /** The certificate is not checked: an administrator allowed it for this site. */
  readonly unverified?: boolean | undefined
  readonly proxy?: SiteProxy | undefined
  /** Sent with every request, by name in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}
