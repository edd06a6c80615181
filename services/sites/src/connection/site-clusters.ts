import type { Capacity, Cluster as ClusterShape, SiteProblem } from '@rancher-hub/contracts'
import { canonicalQuantity } from '@rancher-hub/kubernetes'
import type { z } from 'zod'
import { hasStatus } from '../egress/site-error.ts'
import { listPages } from './list-pages.ts'
import type { RancherCluster } from './rancher-client.ts'
import type { SiteCaller } from './site-caller.ts'
import { versionSupport } from './version-support.ts'

type Cluster = z.input<typeof ClusterShape>

/** Cores, bytes or a count; undefined when it is no quantity. */
const toNumber = (quantity: unknown): number | undefined => {
  if (typeof quantity !== 'string' && typeof quantity !== 'number') return undefined
  const nano = /^(-?\d+)n$/.exec(canonicalQuantity(String(quantity)))?.[1]
  return nano === undefined ? undefined : Number(nano) / 1e9
}

type Quantities = Readonly<Record<string, unknown>> | undefined
const resources = ['cpu', 'memory', 'pods'] as const

const capacityOf = (allocatable: Quantities, requested: Quantities): Capacity | undefined => {
  const capacity: Capacity = {}
  for (const resource of resources) {
    const most = toNumber(allocatable?.[resource])
    if (most === undefined) continue
    capacity[resource] = { allocatable: most, requested: toNumber(requested?.[resource]) }
  }
  return Object.keys(capacity).length === 0 ? undefined : capacity
}

/** A cluster as Rancher's management API tells it. */
export const toCluster = (found: RancherCluster, now: Date): Cluster => {
  const version = found.version?.gitVersion
  return {
    id: found.id,
    name: found.name === '' ? found.id : found.name,
    state: found.state,
    message: found.state === 'active' ? undefined : found.transitioningMessage || undefined,
    provider: found.provider || undefined,
    version,
    versionSupport: versionSupport('kubernetes', version, now),
    nodeCount: found.nodeCount,
    capacity: capacityOf(found.allocatable, found.requested),
  }
}

/** Providers by the start of the nodes' `spec.providerID`, and by the suffix of the version. */
const providerOf = (version: string | undefined, nodes: readonly NodeFacts[]): string | undefined => {
  const distribution = /\+(rke2|k3s)/.exec(version ?? '')?.[1] ?? /-(eks|gke)[.-]/.exec(version ?? '')?.[1]
  return distribution ?? /^([a-z][a-z0-9-]*):\/\//.exec(nodes[0]?.providerId ?? '')?.[1]
}

interface ListedNode {
  readonly spec?: { readonly providerID?: string }
  readonly status?: { readonly allocatable?: Record<string, unknown> }
}
interface NodeFacts {
  readonly providerId: string | undefined
  readonly allocatable: Quantities
}

/** Every node, a page at a time. @throws SiteError: 403 when the token may not list nodes */
const readNodes = async (caller: SiteCaller, signal: AbortSignal | undefined): Promise<NodeFacts[]> => {
  const nodes: NodeFacts[] = []
  for await (const { body } of listPages(caller, '/api/v1/nodes', { signal })) {
    const { items = [] } = body as { items?: readonly ListedNode[] }
    for (const { spec, status } of items) nodes.push({ providerId: spec?.providerID, allocatable: status?.allocatable })
  }
  return nodes
}

const sumOf = (nodes: readonly NodeFacts[]): Record<string, string> =>
  Object.fromEntries(
    resources.map((resource) => [
      resource,
      String(nodes.reduce((sum, { allocatable }) => sum + (toNumber(allocatable?.[resource]) ?? 0), 0)),
    ]),
  )

/** The one cluster of a plain-cluster site; what its nodes tell is left out where the token may not list them. */
export const readPlainCluster = async (
  caller: SiteCaller,
  known: { readonly id: string; readonly name: string; readonly version: string | undefined },
  now: Date,
  signal: AbortSignal | undefined,
): Promise<Cluster> => {
  const cluster: Cluster = {
    ...known,
    state: 'active',
    versionSupport: versionSupport('kubernetes', known.version, now),
  }
  try {
    const nodes = await readNodes(caller, signal)
    return {
      ...cluster,
      provider: providerOf(known.version, nodes),
      nodeCount: nodes.length,
      capacity: capacityOf(sumOf(nodes), undefined),
    }
  } catch (error) {
    if (!hasStatus(error, 403)) throw error
    const capacityProblem: SiteProblem = error.problem
    return { ...cluster, provider: providerOf(known.version, []), capacityProblem }
  }
}
