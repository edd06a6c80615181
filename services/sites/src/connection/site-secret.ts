import { z } from 'zod'

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
})
export interface SiteSecret {
  readonly token?: string | undefined
  readonly clientCert?: string | undefined
  readonly clientKey?: string | undefined
  readonly ca?: string | undefined
  readonly serverName?: string | undefined
}
