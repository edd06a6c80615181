import { z } from 'zod'
import { query, stream } from '../kit.ts'
import { Id, Kind, KubernetesName, ObjectRef, page, pageInput } from '../schemas.ts'
import { RuleInForce } from './ignore-rules.ts'
import { AppInstance, InventoryState, ObjectSummary } from './schemas.ts'

const instanceId = '6f1c3a52-5555-4a6e-9d43-0a5a2f6a9f05'
const object = {
  kind: 'Deployment' as const,
  name: 'cart',
  uid: 'u-1',
  digest: 'sha256:0',
  images: { cart: 'registry.example/shop/cart:1.5.0' },
  replicas: 2,
  keys: {},
  health: 'healthy' as const,
  autoscaled: false,
}
const state = { revision: 'r1', stale: false, kinds: [], hidden: [] }

export const listObjects = query('sites.list-objects', {
  summary: 'List workloads and config of an app instance, from the live inventory',
  http: { method: 'GET', path: '/instances/:instanceId/objects' },
  access: 'inventory:read',
  input: z.object({
    instanceId: Id,
    kind: z.array(Kind).max(10).optional(),
    text: z.string().max(200).optional(),
    ...pageInput,
  }),
  result: page(ObjectSummary).extend({ inventory: InventoryState }),
  staleAfter: ['inventory'],
  examples: [
    { summary: 'One workload', input: { instanceId }, result: { items: [object], total: 1, inventory: state } },
  ],
})

/** Internal: everything of an instance, in chunks; `unchanged` when the caller has this revision. */
export const readInventory = stream('sites.read-inventory', {
  summary: 'Read the summaries of all objects of an app instance',
  access: 'inventory:read',
  callers: ['sync'],
  input: z.object({ instanceId: Id, ifRevision: z.string().optional(), waitForComplete: z.boolean().default(true) }),
  result: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('unchanged'), inventory: InventoryState }),
    z.object({ kind: z.literal('state'), inventory: InventoryState }),
    z.object({ kind: z.literal('objects'), objects: z.array(ObjectSummary).max(500) }),
  ]),
  limits: { timeoutMs: 60_000 },
})

/** A normalized object with its digest. `content` is what {@link comparison} works on; Secret values are keyed digests in it. */
export const NormalizedContent = z.object({
  kind: Kind,
  name: KubernetesName,
  uid: z.string(),
  digest: z.string(),
  content: z.record(z.string(), z.unknown()),
  autoscaled: z.boolean(),
})

/** Internal: contents of some objects; those that do not exist are left out. Answers stay under the message limit: ask again for what is missing in `more`. */
export const getContents = query('sites.get-contents', {
  summary: 'Get the normalized contents of objects',
  access: 'inventory:read',
  callers: ['sync'],
  input: z.object({ instanceId: Id, objects: z.array(ObjectRef).min(1).max(500) }),
  result: z.object({ items: z.array(NormalizedContent), more: z.array(ObjectRef) }),
  limits: { timeoutMs: 60_000 },
})

/**
 * Internal: names and protection of instances, for comparisons, plans and history. Unknown ids are left out. With
 * `ignoreRules`, also the rules that are in force for them: those of the organization and of each of them.
 */
export const describeInstances = query('sites.describe-instances', {
  summary: 'Describe app instances by id',
  access: 'instance:read',
  callers: ['sync'],
  input: z.object({ ids: z.array(Id).min(1).max(100), ignoreRules: z.boolean().default(false) }),
  result: z.object({ items: z.array(AppInstance), ignoreRules: z.array(RuleInForce).default([]) }),
})
