import { z } from 'zod'
import { Id, Time } from '../schemas.ts'
import { Drift } from './list-filters.ts'
import { AppInstance, KindState, SiteProblem, SurroundingState } from './schemas.ts'
import { WorkloadStatus } from './workload-schemas.ts'

const row = {
  instanceId: Id.describe('One of `instances` of the same answer'),
  kind: z.string().describe('Custom kinds too, such as Rollout'),
  apiVersion: z
    .string()
    .optional()
    .describe('Of kinds that are only shown, not compared or synced: argoproj.io/v1alpha1, batch/v1 for single Jobs'),
  name: z.string(),
  uid: z.string(),
  digest: z.string().optional().describe('Of what comparisons compare; absent for kinds that are only shown'),
  labels: z.record(z.string(), z.string()).optional().describe('Where they were asked for'),
  managedBy: z.string().optional().describe('Helm, Argo CD …, when another tool owns it'),
  createdAt: z.string().optional(),
  drift: Drift,
}

/** A workload of some app instance. */
export const WorkloadRow = z.object({
  ...row,
  images: z.record(z.string(), z.string()).describe('Image by container name, init containers as init:<name>'),
  status: WorkloadStatus.omit({ detail: true }),
  ready: z.number().int().optional().describe('Ready pods'),
  desired: z.number().int().optional().describe('Wanted pods'),
  restarts: z.number().int().optional().describe('Of all pods; absent where pods are not known'),
  autoscaled: z.boolean().describe('An autoscaler owns its replicas'),
})
export type WorkloadRow = z.output<typeof WorkloadRow>

/** A ConfigMap or Secret of some app instance; never a value. */
export const ConfigRow = z.object({
  ...row,
  type: z.string().optional().describe('Secrets: Opaque, kubernetes.io/tls …'),
  keyCount: z.number().int(),
  bytes: z.number().int().optional().describe('Size of the data; not told for Secrets'),
  usedBy: z
    .number()
    .int()
    .optional()
    .describe('Workloads of the instance that read it; absent where its workloads are not known'),
})
export type ConfigRow = z.output<typeof ConfigRow>

/** How many rows have a value, under all filters but the one on this very field. */
export const FacetValue = z.object({
  value: z.string(),
  label: z.string().optional().describe('Where the value is an id'),
  count: z.number().int(),
})
export type FacetValue = z.output<typeof FacetValue>
const facet = z.array(FacetValue).describe('Most frequent first')
const facets = { kind: facet, environment: facet, instance: facet, site: facet, owner: facet, drift: facet }
export const WorkloadFacets = z.object({ ...facets, status: facet })
export type WorkloadFacets = z.output<typeof WorkloadFacets>
export const ConfigFacets = z.object({ ...facets, type: facet })
export type ConfigFacets = z.output<typeof ConfigFacets>

/** Where rows come from, and how much of it is known. */
export const ListedInstance = z.object({
  instance: AppInstance,
  state: z
    .enum(['complete', 'loading', 'partial', 'failed'])
    .describe(
      '`partial`: some kinds are forbidden or failed, see `kinds` and `surroundings`; `failed`: nothing is known',
    ),
  stale: z.boolean().describe('Changes do not arrive now'),
  asOf: Time.optional().describe('When it was last known to be right, where it is stale'),
  kinds: z.array(KindState).describe('Kinds that are not completely known'),
  surroundings: z
    .array(SurroundingState)
    .optional()
    .describe(
      'Lists of workloads: kinds that say how workloads do, or that are only shown, and are not completely known',
    ),
  problem: SiteProblem.optional(),
  neighbour: z.object({ id: Id, name: z.string() }).optional().describe('What drift compares with'),
})
export type ListedInstance = z.output<typeof ListedInstance>

/** How many app instances the list is made of, by how much of them is known. */
export const ListSources = z.object({
  total: z.number().int(),
  loading: z.number().int(),
  partial: z.number().int(),
  failed: z.number().int(),
  stale: z.number().int(),
})
