import { z } from 'zod'
import { Kind, KubernetesName, Time } from '../schemas.ts'
import { SiteProblem } from './site-problem.ts'

/** What a list needs of one object; content is fetched by reference. */
export const ObjectSummary = z.object({
  kind: Kind,
  name: KubernetesName,
  uid: z.string(),
  digest: z.string().describe('Of the normalized content; equal digest = no difference'),
  images: z.record(z.string(), z.string()).describe('Image by container name, init containers as init:<name>'),
  replicas: z.number().int().optional(),
  keys: z.record(z.string(), z.string()).describe('ConfigMap and Secret: digest by key (Secrets: keyed digest)'),
  health: z.enum(['healthy', 'progressing', 'degraded', 'unknown']),
  healthMessage: z.string().optional(),
  managedBy: z.string().optional().describe('Helm, Argo CD …, when another tool owns it'),
  autoscaled: z.boolean().describe('An autoscaler owns its replicas'),
})
export type ObjectSummary = z.output<typeof ObjectSummary>

/** How much of an instance is known. A forbidden kind is shown as forbidden, not as empty. */
export const KindState = z.object({
  kind: Kind,
  state: z.enum(['complete', 'loading', 'forbidden', 'failed']),
  problem: SiteProblem.optional().describe('Why it is not known, or why changes do not arrive'),
  asOf: Time.optional().describe('Only while changes do not arrive: until when what is known was right'),
})
/** How much is known of a kind that is only looked at, for the status of workloads. */
export const SurroundingState = KindState.extend({
  kind: z.string().max(253),
  apiVersion: z.string().max(253).optional().describe('Of kinds that clusters do not have by themselves'),
})
/** How much of an instance is known, and how current that is. */
export const InventoryState = z.object({
  revision: z.string().describe('Changes whenever any object changes'),
  asOf: Time.optional().describe('When the cache was last known to be right; absent until the first list'),
  stale: z.boolean(),
  kinds: z.array(KindState),
  hidden: z
    .array(z.object({ reason: z.string(), count: z.number().int() }))
    .describe('Objects left out by default, by reason'),
  surroundings: z
    .array(SurroundingState)
    .optional()
    .describe(
      'Pods and other kinds that are not compared: what is forbidden here is missing in the status of workloads',
    ),
  problem: SiteProblem.optional(),
})
export type InventoryState = z.output<typeof InventoryState>
