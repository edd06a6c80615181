import { z } from 'zod'
import { query } from '../kit.ts'
import { page, pageInput, Time } from '../schemas.ts'
import { AppInstance } from './schemas.ts'
import {
  Elsewhere,
  JobRun,
  Part,
  referenceKinds,
  WorkloadContainer,
  WorkloadCounts,
  WorkloadEvent,
  WorkloadPod,
  WorkloadReference,
  WorkloadRevision,
  WorkloadStatus,
  workloadPath,
} from './workload-schemas.ts'

const path = '/instances/:instanceId/workloads/:kind/:name'
const input = { instanceId: '6f1c3a52-5555-4a6e-9d43-0a5a2f6a9f05', kind: 'Deployment' as const, name: 'cart' }
const whole = { state: 'complete' as const, stale: false }
const limits = { timeoutMs: 30_000 }
const image = 'registry.example/shop/cart:1.5.0'

export const getWorkload = query('sites.get-workload', {
  summary: 'Show one workload of an app instance, live',
  description: 'Asking starts to watch it; watching ends half a minute after the last question.',
  http: { method: 'GET', path },
  access: 'inventory:read',
  input: z.object(workloadPath),
  result: z.object({
    instance: AppInstance,
    part: Part,
    workload: z
      .object({
        uid: z.string(),
        createdAt: z.string().optional(),
        status: WorkloadStatus,
        counts: WorkloadCounts,
        facts: z.array(z.object({ name: z.string(), text: z.string() })).describe('The spec in words'),
        containers: z.array(WorkloadContainer),
        managedBy: z.string().optional(),
        autoscaled: z.boolean(),
        podTroubles: z.number().int().describe('Pods with a trouble'),
        warnings: z.number().int().describe('Events of type Warning that are still there'),
        schedule: z
          .object({ lastAt: z.string().optional(), lastSuccessAt: z.string().optional(), active: z.number().int() })
          .optional()
          .describe('CronJobs'),
      })
      .optional()
      .describe('Absent when it is not there, or not known: see part'),
    lastKnown: z
      .object({
        asOf: Time.optional().describe('Until when it was right; absent: until now'),
        status: WorkloadStatus,
        counts: WorkloadCounts,
        images: z.record(z.string(), z.string()).describe('By container'),
      })
      .optional()
      .describe('What lists know of it, where it cannot be read now'),
    runs: z
      .object({ part: Part, items: z.array(JobRun) })
      .optional()
      .describe('CronJobs: newest first, at most 20'),
    elsewhere: z.array(Elsewhere),
  }),
  staleAfter: ['workloads'],
  limits,
  examples: [
    {
      summary: 'Not there any more',
      input,
      result: {
        instance: {
          id: input.instanceId,
          name: 'shop production',
          environment: { id: input.instanceId, name: 'Production', colour: '#c53030', rank: 2, protected: true },
          site: { id: input.instanceId, name: 'Rancher Europe' },
          cluster: { id: 'c-m-q7x5k2hd', name: 'prod-eu' },
          namespace: 'shop',
          revision: 0,
        },
        part: whole,
        elsewhere: [],
      },
    },
  ],
})

export const listWorkloadPods = query('sites.list-workload-pods', {
  summary: 'List the pods of a workload, live',
  http: { method: 'GET', path: `${path}/pods` },
  access: 'inventory:read',
  input: z.object({
    ...workloadPath,
    text: z.string().max(200).optional().describe('Part of a name, a node or a status'),
    troubled: z.boolean().default(false).describe('Only those with a trouble'),
    ...pageInput,
  }),
  result: page(WorkloadPod).extend({ part: Part }),
  staleAfter: ['workloads'],
  limits,
  examples: [{ summary: 'No pods', input, result: { part: whole, items: [], total: 0 } }],
})

export const listWorkloadEvents = query('sites.list-workload-events', {
  summary: 'List the events of a workload and its pods, newest first',
  http: { method: 'GET', path: `${path}/events` },
  access: 'inventory:read',
  input: z.object({ ...workloadPath, warnings: z.boolean().default(false).describe('Only warnings'), ...pageInput }),
  result: page(WorkloadEvent).extend({ part: Part }),
  staleAfter: ['workloads'],
  limits,
  examples: [
    {
      summary: 'A pod that cannot start',
      input,
      result: {
        part: whole,
        items: [
          {
            object: { kind: 'Pod', name: 'cart-6d8f9c7b5-x7bqz' },
            type: 'Warning',
            reason: 'BackOff',
            message: `Back-off pulling image "${image}"`,
            count: 14,
          },
        ],
        total: 1,
      },
    },
  ],
})

export const listWorkloadRevisions = query('sites.list-workload-revisions', {
  summary: 'List the revisions of a Deployment or Rollout, newest first',
  http: { method: 'GET', path: `${path}/revisions` },
  access: 'inventory:read',
  input: z.object(workloadPath),
  result: z.object({ part: Part, items: z.array(WorkloadRevision) }),
  staleAfter: ['workloads'],
  limits,
  examples: [
    {
      summary: 'One revision',
      input,
      result: {
        part: whole,
        items: [{ name: 'cart-6d8f9c7b5', number: 1, images: { cart: image }, isCurrent: true, desired: 2, ready: 2 }],
      },
    },
  ],
})

export const listWorkloadReferences = query('sites.list-workload-references', {
  summary: 'List what a workload needs and what points to it',
  http: { method: 'GET', path: `${path}/references` },
  access: 'inventory:read',
  input: z.object(workloadPath),
  result: z.object({
    part: Part.describe('Of the workload itself'),
    items: z.array(WorkloadReference),
    kinds: z
      .array(z.object({ kind: z.enum(referenceKinds), part: Part }))
      .describe('Kinds that could not be read, and why'),
  }),
  staleAfter: ['workloads'],
  limits,
  examples: [{ summary: 'Needs nothing', input, result: { part: whole, items: [], kinds: [] } }],
})
