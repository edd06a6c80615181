import { z } from 'zod'
import { FieldPath, Id, KubernetesName, Name, ObjectRef, Time } from '../schemas.ts'
import { SiteProblem } from './site-problem.ts'
import { Traffic } from './traffic.ts'

export * from './inventory-schemas.ts'
export { SiteProblem }

/** How any kind of site is reached. What is left out of an edit stays as it is stored, for the same origin. */
const reachOptions = {
  caPem: z.string().max(100_000).optional().describe('CA certificate(s) to trust for this site, PEM'),
  allowUnverified: z
    .boolean()
    .optional()
    .describe('Do not check the server’s certificate: whoever is in between can read the token. Shown on the site'),
  proxyUrl: z
    .string()
    .trim()
    .max(2000)
    .optional()
    .describe('http(s)://[user:password@]host:port; empty: none. User and password never come back'),
  headers: z
    .array(
      z.object({
        name: z.string().trim().min(1).max(100),
        value: z.string().max(4000).optional().describe('Never comes back; left out: the stored one'),
      }),
    )
    .max(20)
    .optional()
    .describe('Sent with every request to this site; replaces all that are stored'),
}

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
    ...reachOptions,
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
    ...reachOptions,
  }),
])
export type Connection = z.output<typeof Connection>

/** Days before the end of a token at which people are warned, once each. */
export const expiryWarningDays = [30, 7, 1] as const

/** Who the hub is to a site, as far as the site tells; nothing secret. */
export const Credential = z.object({
  kind: z.enum(['rancher-token', 'ext-token', 'service-account', 'bearer-token', 'client-certificate']),
  name: z.string().optional().describe('Name of the token (token-abcde), of the ServiceAccount (namespace/name)'),
  owner: z.string().optional().describe('User that the server sees'),
  clusterId: z.string().optional().describe('Good for this cluster only; absent: for all that the user may see'),
  enabled: z.boolean().optional(),
  expiresAt: Time.optional().describe('Absent: never, or not told'),
})
export type Credential = z.output<typeof Credential>

/** Whether who makes a version still mends it; the hub works with all from Rancher 2.6 and Kubernetes 1.21 on. */
export const VersionSupport = z.object({
  state: z.enum(['supported', 'ended', 'unknown']),
  message: z.string(),
})
export type VersionSupport = z.output<typeof VersionSupport>

export const Site = z.object({
  id: Id,
  name: Name,
  kind: z.enum(['rancher', 'kubernetes']),
  url: z.string(),
  state: z
    .enum(['connected', 'problem', 'unknown', 'disabled'])
    .describe('From the last call; unknown until the first; disabled: it is not called'),
  problem: SiteProblem.optional(),
  serverVersion: z.string().optional(),
  versionSupport: VersionSupport.optional(),
  tokenExpiresAt: Time.optional().describe('Of the token or the client certificate'),
  credential: Credential.optional(),
  caFingerprint: z.string().optional().describe('SHA-256 of the pinned CA certificate'),
  unverified: z.boolean().optional().describe('Its certificate is not checked, as an administrator allowed'),
  proxy: z
    .object({ url: z.string(), signsIn: z.boolean().describe('With a stored user name') })
    .optional()
    .describe('It is called through this proxy'),
  headerNames: z.array(z.string()).optional().describe('Headers that are sent to it; values never come back'),
  context: z.string().optional().describe('Context of the kubeconfig'),
  serverName: z.string().optional().describe('Name that its certificate is checked against'),
  checkedAt: Time.optional(),
  connectedAt: Time,
  traffic: Traffic.optional().describe('Absent until the first call since the hub started'),
  revision: z.number().int(),
})
export type Site = z.output<typeof Site>

/** What a cluster can carry, and what is asked of it. */
const Amount = z.object({ allocatable: z.number(), requested: z.number().optional() })
export const Capacity = z.object({
  cpu: Amount.optional().describe('Cores'),
  memory: Amount.optional().describe('Bytes'),
  pods: Amount.optional(),
})
export type Capacity = z.output<typeof Capacity>

export const Cluster = z.object({
  id: z.string().max(253),
  name: z.string(),
  state: z.string().describe('As Rancher says it: active, unavailable, provisioning …; active for a plain cluster'),
  message: z.string().optional().describe('Why it is not active, in Rancher’s words'),
  provider: z.string().optional(),
  version: z.string().optional(),
  versionSupport: VersionSupport.optional(),
  nodeCount: z.number().int().optional(),
  capacity: Capacity.optional(),
  capacityProblem: SiteProblem.optional().describe('Why the capacity is not known'),
})
export const Project = z.object({
  id: z.string(),
  name: z.string(),
  namespaceCount: z.number().int(),
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
  labelSelector: z
    .string()
    .optional()
    .describe('Only objects with these labels belong to it; absent: the whole namespace'),
  revision: z.number().int(),
})
export type AppInstance = z.output<typeof AppInstance>

/** Something that stands in the way of deleting, or will be affected by it. */
export const Dependant = z.object({
  kind: z.enum(['instance', 'environment', 'site', 'sync']),
  id: Id,
  name: z.string(),
})

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
