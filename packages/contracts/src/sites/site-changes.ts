import { z } from 'zod'
import { query } from '../kit.ts'
import { Id, page, pageInput, Time } from '../schemas.ts'

/** One change of a site: who changed what, when. */
export const SiteChange = z.object({
  at: Time,
  by: z.string().optional().describe('Name of the person; absent: the hub itself, or told before names were kept'),
  change: z.enum(['connected', 'renamed', 'reconnected', 'disabled', 'enabled', 'facts-read', 'token-expiring']),
  parts: z
    .array(z.enum(['address', 'token', 'certificate', 'proxy', 'headers', 'version', 'expiry', 'owner', 'enabled']))
    .describe('What of the connection, or of what the server tells, is another than before'),
  name: z.string().optional().describe('New name'),
  unverified: z.boolean().optional().describe('From then on, the certificate is not checked (true) or checked again'),
  serverVersion: z.string().optional().describe('Where it changed'),
  address: z
    .object({ before: z.string(), after: z.string() })
    .optional()
    .describe('Host and port of the server, where the site was given another one'),
  days: z.number().int().optional().describe('Left until the token expires'),
})
export type SiteChange = z.output<typeof SiteChange>

/** Refusal of an edit that was based on an older state: with what happened since. */
export const siteChangedMeanwhile = {
  'changed-meanwhile': {
    status: 409,
    message: 'Somebody else changed this site while you were editing. Look at what changed, then decide.',
    details: z.object({
      changes: z.array(SiteChange).describe('Since the state that was edited, oldest first'),
      revision: z.number().int().describe('To edit on top of them'),
    }),
  },
} as const

export const listSiteChanges = query('sites.list-site-changes', {
  summary: 'List who changed what of a site, newest first',
  http: { method: 'GET', path: '/sites/:siteId/changes' },
  access: 'site:read',
  input: z.object({ siteId: Id, ...pageInput }),
  result: page(SiteChange),
  staleAfter: ['sites'],
  examples: [
    {
      summary: 'A site that got another token',
      input: { siteId: '6f1c3a52-3333-4a6e-9d43-0a5a2f6a9f03' },
      result: {
        items: [
          { at: '2026-11-25T10:00:00Z', by: 'Ada', change: 'reconnected', parts: ['token'] },
          { at: '2026-11-24T10:00:00Z', by: 'Ada', change: 'connected', parts: [] },
        ],
        total: 2,
      },
    },
  ],
})
