import { z } from 'zod'
import { command, query } from '../kit.ts'
import { Done, Id, Revision, Time } from '../schemas.ts'
import { Credential } from './schemas.ts'
import { siteChangedMeanwhile } from './site-changes.ts'
import { SiteProblem } from './site-problem.ts'

const siteId = '6f1c3a52-3333-4a6e-9d43-0a5a2f6a9f03'
const input = z.object({ siteId: Id, revision: Revision.optional() })

export const disableSite = command('sites.disable-site', {
  summary: 'Stop calling a site; its app instances stay, and say so',
  http: { method: 'POST', path: '/sites/:siteId/disable' },
  access: 'site:write',
  input,
  result: Done,
  refusals: siteChangedMeanwhile,
  examples: [{ summary: 'Disable', input: { siteId, revision: 3 }, result: {} }],
})

export const enableSite = command('sites.enable-site', {
  summary: 'Call a disabled site again',
  http: { method: 'POST', path: '/sites/:siteId/enable' },
  access: 'site:write',
  input,
  result: Done,
  refusals: siteChangedMeanwhile,
  examples: [{ summary: 'Enable', input: { siteId }, result: {} }],
})

export const checkSite = command('sites.check-site', {
  summary: 'Read version and token of a site now; the hub does it every hour',
  http: { method: 'POST', path: '/sites/:siteId/check' },
  access: 'site:write',
  input: z.object({ siteId: Id }),
  result: z.object({
    problem: SiteProblem.optional().describe('Why it could not be read'),
    serverVersion: z.string().optional(),
    credential: Credential.optional(),
  }),
  limits: { timeoutMs: 60_000, rate: { max: 30, perSeconds: 60 } },
  examples: [{ summary: 'It answers', input: { siteId }, result: { serverVersion: 'v2.15.0' } }],
})

export const listExpiringTokens = query('sites.list-expiring-tokens', {
  summary: 'List the sites whose token expires within 30 days, or has expired, soonest first',
  http: { method: 'GET', path: '/sites/expiring-tokens' },
  access: 'site:write',
  input: z.object({}),
  result: z.object({ items: z.array(z.object({ siteId: Id, name: z.string(), expiresAt: Time })) }),
  staleAfter: ['sites'],
  examples: [
    {
      summary: 'One that expires soon',
      input: {},
      result: { items: [{ siteId, name: 'Rancher Europe', expiresAt: '2026-12-01T10:00:00Z' }] },
    },
  ],
})
