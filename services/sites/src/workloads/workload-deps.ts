import type { Contract, WorkloadRef } from '@rancher-hub/contracts'
import { type CallContext, refuse } from '@rancher-hub/service-kit'
import type { KubeApi } from '../connection/kube-api.ts'
import type { SitesDeps } from '../features/sites-deps.ts'
import type { Inventories } from '../inventory/inventories.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import type { WorkloadView } from './workload-view.ts'
import type { WorkloadViews } from './workload-views.ts'

/** What the pages of workloads work with. */
export interface WorkloadDeps extends SitesDeps {
  readonly inventories: Inventories
  readonly views: WorkloadViews
  /** The API of an instance's cluster. @throws SiteError */
  readonly apiOf: (instance: InstanceDoc) => Promise<KubeApi>
  /** Aborts when the service stops. */
  readonly stopping: AbortSignal
}

/** How long a page waits for the first answer of the cluster; then it shows what is there. */
export const FIRST_WAIT_MS = 6_000

/** The instance of the caller's organization. @throws RefusedError not-found */
export const instanceOf = async (
  deps: SitesDeps,
  contract: Contract,
  instanceId: string,
  ctx: CallContext,
): Promise<InstanceDoc> => {
  const instance = await deps.models.instance(ctx.organization, instanceId)
  if (instance === undefined)
    throw refuse(contract, 'not-found', undefined, 'There is no such app instance. It may have been deleted.')
  return instance
}

/** What is watched of a workload. @throws RefusedError not-found */
export const viewOf = async (
  deps: WorkloadDeps,
  contract: Contract,
  { instanceId, kind, name }: WorkloadRef & { readonly instanceId: string },
  ctx: CallContext,
): Promise<WorkloadView> => deps.views.use(await instanceOf(deps, contract, instanceId, ctx), { kind, name })
