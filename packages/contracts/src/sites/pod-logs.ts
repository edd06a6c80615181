import { z } from 'zod'
import { stream } from '../kit.ts'
import { Id, KubernetesName, Time } from '../schemas.ts'
import { SiteProblem } from './schemas.ts'
import { LogLine } from './workload-schemas.ts'

/** What one stream of a log holds at most. */
export const logLimits = { lines: 50_000, megabytes: 16, minutes: 60 } as const

export const readPodLog = stream('sites.read-pod-log', {
  summary: 'Read the log of a container, and follow it',
  description: `Ends when the container ends, when the caller leaves, or after ${logLimits.lines} lines, ${logLimits.megabytes} MB or ${logLimits.minutes} minutes; go on with \`after\`.`,
  http: { method: 'GET', path: '/instances/:instanceId/pods/:pod/log' },
  access: 'inventory:read',
  input: z.object({
    instanceId: Id,
    pod: KubernetesName,
    container: KubernetesName.optional().describe('Needed where the pod has several'),
    tail: z.number().int().min(0).max(10_000).default(500).describe('Lines from the end; with `after`: not used'),
    follow: z.boolean().default(false),
    previous: z.boolean().default(false).describe('Of the container before its last restart'),
    sinceSeconds: z.number().int().min(1).max(2_592_000).optional(),
    after: Time.optional().describe('Only lines after this time: how a stream that ended goes on'),
    text: z.string().max(200).optional().describe('Only lines with this text; case does not matter'),
  }),
  result: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('open') }).describe('The cluster answers; lines follow'),
    z.object({
      kind: z.literal('lines'),
      lines: z.array(LogLine).max(1000),
      skipped: z.number().int().describe('Lines without the text since the last chunk'),
    }),
    z.object({ kind: z.literal('pulse') }).describe('Nothing was said for a while; the log is still followed'),
    z.object({
      kind: z.literal('end'),
      reason: z.enum(['complete', 'lines', 'bytes', 'time', 'lost']),
      problem: SiteProblem.optional().describe('Why the connection was lost'),
    }),
  ]),
  refusals: {
    'no-log': {
      status: 422,
      message: 'There is no such log.',
      details: z.object({ problem: SiteProblem }),
    },
    'site-problem': {
      status: 502,
      message: 'The site did not answer as it should.',
      details: z.object({ problem: SiteProblem }),
    },
  },
  limits: { timeoutMs: 45_000 },
  examples: [
    {
      summary: 'Lines',
      input: { instanceId: '6f1c3a52-5555-4a6e-9d43-0a5a2f6a9f05', pod: 'cart-6d8f9c7b5-x7bqz' },
      result: { kind: 'lines', lines: [{ time: '2026-11-24T10:00:00Z', text: 'listening on 7070' }], skipped: 0 },
    },
  ],
})
