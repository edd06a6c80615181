import { z } from 'zod'
import { command } from '../kit.ts'
import { Id, Time } from '../schemas.ts'
import { SiteProblem } from './site-problem.ts'

/** A place that is not called for a while, since it did not answer. */
export const PausedPlace = z.object({
  cluster: z.string().optional().describe('Id of the cluster behind Rancher; absent: the whole site'),
  state: z.enum(['open', 'half-open']).describe('half-open: the hub is trying right now'),
  failures: z.number().int().describe('Calls without an answer in a row'),
  since: Time,
  nextTryAt: Time,
  problem: SiteProblem.describe('How the last call failed'),
})
export type PausedPlace = z.output<typeof PausedPlace>

/** How a site is called: what the hub allows itself, and what it learnt from the server’s refusals (429). */
export const Traffic = z.object({
  callsAtOnce: z.number().int().describe('Calls at the same time that are allowed now, watches apart'),
  mostAtOnce: z.number().int().describe('As configured'),
  callsPerSecond: z.number().optional().describe('Allowed now; absent: not limited'),
  inFlight: z.number().int(),
  waiting: z.number().int(),
  recent: z.object({
    minutes: z.number().int(),
    calls: z.number().int().describe('All of them'),
    refused: z.number().int().describe('Refused with 429: too many'),
    failed: z.number().int().describe('Without an answer'),
  }),
  slowedAt: Time.optional().describe('When the server refused last'),
  retryAfterSeconds: z.number().optional().describe('What the server asked for then'),
  fairness: z
    .object({ flowSchema: z.string(), priorityLevel: z.string() })
    .optional()
    .describe('UIDs, when the API server’s priority and fairness refused'),
  paused: z.array(PausedPlace),
})
export type Traffic = z.output<typeof Traffic>

export const trySite = command('sites.try-site', {
  summary: 'Try now whether a site that did not answer answers again',
  http: { method: 'POST', path: '/sites/:siteId/try' },
  access: 'site:write',
  input: z.object({ siteId: Id }),
  result: z.object({ paused: z.array(PausedPlace).describe('What still does not answer') }),
  limits: { timeoutMs: 30_000, rate: { max: 30, perSeconds: 60 } },
  examples: [
    {
      summary: 'It answers again',
      input: { siteId: '6f1c3a52-3333-4a6e-9d43-0a5a2f6a9f03' },
      result: { paused: [] },
    },
  ],
})
