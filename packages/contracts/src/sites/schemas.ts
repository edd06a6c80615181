import { z } from 'zod'
import { FieldPath, Id, Kind, KubernetesName, Name, ObjectRef, Time } from '../schemas.ts'
import { SiteProblem } from './site-problem.ts'
import { Traffic } from './traffic.ts'

export { SiteProblem }

/** How a site is reached. Credentials are write-only: they never come back. */
export const Connection = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('rancher'),
    url: z.url({ protocol: /^https?$/, error: 'An address like https://rancher.example.com' }).max(2000),
    token: z
      .string()
      .trim()
      .min(1)
      .max(4000)
      .optional()
      .describe('API token; leave out to keep the stored one when editing'),
    caPem: z.string().max(100_000).optional().describe('CA certificate(s) to trust for this site, PEM'),
  }),
  z.object({
    kind: z.literal('kubernetes'),
    kubeconfig: z
      .string()
      .min(1)
      .max(500_000)
      .optional()
      .describe('Self-contained kubeconfig (YAML); leave out to keep the stored one'),
    context: z.string().max(253).optional().describe('Context to use; default: current-context'),
    caPem: z.string().max(100_000).optional(),
  }),
])
export type Connection = z.output<typeof Connection>

export const Site = z.object({
  id: Id,
  name: Name,
  kind: z.enum(['rancher', 'kubernetes']),
  url: z.string(),
  state: z.enum(['connected', 'problem', 'unknown']).describe('From the last call; unknown until the first'),
  problem: SiteProblem.optional(),
  serverVersion: z.string().optional(),
  tokenExpiresAt: Time.optional(),
  caFingerprint: z.string().optional().describe('SHA-256 of the pinned CA certificate'),
  checkedAt: Time.optional(),
  connectedAt: Time,
  traffic: Traffic.optional().describe('Absent until the first call since the hub started'),
  revision: z.number().int(),
})
export type Site = z.output<typeof Site>

export const Cluster = z.object({
  id: z.string().max(253),
  name: z.string(),
  state: z.string().describe('As Rancher says it: active, unavailable, provisioning …; active for a plain cluster'),
  provider: z.string().optional(),
  version: z.string().optional(),
  nodeCount: z.number().int().optional(),
})
export const Namespace = z.object({
  name: KubernetesName,
  project: z.object({ id: z.string(), name: z.string() }).optional(),
  system: z.boolean(),
  phase: z.string(),
})
export const ClusterId = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-zA-Z0-9]([-a-zA-Z0-9._]*[a-zA-Z0-9])?$/)

export const Colour = z.string().regex(/^#[0-9a-f]{6}$/, 'A colour like #1f6feb')
export const Environment = z.object({
  id: Id,
  name: Name,
  colour: Colour,
  rank: z.number().int().describe('Order: 0 first'),
  protected: z.boolean().describe('Writing to it asks for its name'),
  instanceCount: z.number().int(),
  revision: z.number().int(),
})
export type Environment = z.output<typeof Environment>

export const AppInstance = z.object({
  id: Id,
  name: Name,
  environment: z.object({
    id: Id,
    name: z.string(),
    colour: z.string(),
    rank: z.number().int(),
    protected: z.boolean(),
  }),
  site: z.object({ id: Id, name: z.string() }),
  cluster: z.object({ id: z.string(), name: z.string() }),
  namespace: KubernetesName,
  revision: z.number().int(),
})
export type AppInstance = z.output<typeof AppInstance>

/** Something that stands in the way of deleting, or will be affected by it. */
export const Dependant = z.object({
  kind: z.enum(['instance', 'environment', 'site', 'sync']),
  id: Id,
  name: z.string(),
})

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
  problem: SiteProblem.optional(),
})
export const InventoryState = z.object({
  revision: z.string().describe('Changes whenever any object changes'),
  asOf: Time.optional().describe('When the cache was last known to be right; absent until the first list'),
  stale: z.boolean(),
  kinds: z.array(KindState),
  hidden: z
    .array(z.object({ reason: z.string(), count: z.number().int() }))
    .describe('Objects left out by default, by reason'),
  problem: SiteProblem.optional(),
})
export type InventoryState = z.output<typeof InventoryState>

/** What is to be written of one object. */
export const Selection = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('images') }),
  z.object({ mode: z.literal('fields'), paths: z.array(FieldPath).min(1).max(500) }),
  z.object({ mode: z.literal('create') }),
])
export type Selection = z.output<typeof Selection>

/** What must still hold when the write happens. `targetUid` is absent when the object is to be created. */
export const Preconditions = z.object({
  sourceDigest: z.string(),
  targetUid: z.string().optional(),
  targetDigest: z.string().optional(),
})
export type Preconditions = z.output<typeof Preconditions>

export const Change = z.object({
  path: FieldPath,
  change: z.enum(['added', 'removed', 'changed']),
  from: z.string().max(4000).optional().describe('Value in the target; Secrets: absent'),
  to: z.string().max(4000).optional(),
})
export type Change = z.output<typeof Change>

export const Warning = z.object({ code: z.string(), message: z.string() })

/** Progress of a roll-out by kubectl’s rules. */
export const Rollout = z.object({
  state: z.enum(['none', 'progressing', 'complete', 'failed', 'unknown']),
  message: z.string(),
  updated: z.number().int().optional(),
  ready: z.number().int().optional(),
  desired: z.number().int().optional(),
})
export type Rollout = z.output<typeof Rollout>

/** Source object → target instance, with what of it. */
export const WriteRequest = z.object({
  sourceInstanceId: Id,
  targetInstanceId: Id,
  object: ObjectRef,
  selection: Selection,
})
