import { type SiteProblem, suggestInstances } from '@rancher-hub/contracts'
import { type CallContext, type Handler, handleQuery } from '@rancher-hub/service-kit'
import type { ConnectedSite } from '../../connection/connected-site.ts'
import { NoSuchSiteError } from '../../connection/site-registry.ts'
import { SiteError } from '../../egress/site-error.ts'
import type { SiteDoc } from '../../landscape/landscape-projections.ts'
import type { SitesDeps } from '../sites-deps.ts'
import { type Place, suggest } from './suggest.ts'

/** One site that does not answer must not keep the suggestions of others. */
const PATIENCE_MS = 15_000

type Trouble = { readonly site: string; readonly cluster?: string | undefined; readonly problem: SiteProblem }
interface Found {
  readonly places: readonly Place[]
  readonly problems: readonly Trouble[]
}

const problemOf = (error: unknown, signal: AbortSignal): SiteProblem => {
  if (error instanceof SiteError) return error.problem
  if (!signal.aborted) throw error
  return { code: 'timed-out', message: `It did not answer within ${PATIENCE_MS / 1000} seconds.` }
}

const inCluster = async (
  site: ConnectedSite,
  { _id: id, name }: SiteDoc,
  cluster: { readonly id: string; readonly name: string },
  signal: AbortSignal,
): Promise<Found> => {
  try {
    const { namespaces } = await site.namespaces(cluster.id, signal)
    const places = namespaces
      .filter(({ system, phase }) => !system && phase === 'Active')
      .map(({ name: namespace, project }) => ({
        site: { id, name },
        cluster: { id: cluster.id, name: cluster.name },
        namespace,
        project: project?.name,
      }))
    return { places, problems: [] }
  } catch (error) {
    return { places: [], problems: [{ site: name, cluster: cluster.name, problem: problemOf(error, signal) }] }
  }
}

/** Everything that could be bound of one site. */
const inSite = async (deps: SitesDeps, doc: SiteDoc, ctx: CallContext): Promise<Found> => {
  const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(PATIENCE_MS)])
  try {
    const site = await deps.registry.open(ctx.organization, doc._id)
    const clusters = (await site.clusters(signal)).filter(({ state }) => state === 'active')
    const found = await Promise.all(clusters.map(async (cluster) => await inCluster(site, doc, cluster, signal)))
    return { places: found.flatMap(({ places }) => places), problems: found.flatMap(({ problems }) => problems) }
  } catch (error) {
    // Deleted in between.
    if (error instanceof NoSuchSiteError) return { places: [], problems: [] }
    return { places: [], problems: [{ site: doc.name, problem: problemOf(error, signal) }] }
  }
}

/** Answers `sites.suggest-instances` from the live lists of every site that is connected. */
export const suggestInstancesFeature = (deps: SitesDeps): Handler =>
  handleQuery(suggestInstances, async ({ limit }, ctx) => {
    const { organization } = ctx
    const [sites, environments, instances] = await Promise.all([
      deps.models.sites(organization),
      deps.models.environments(organization),
      deps.models.instances(organization),
    ])
    const siteNames = new Map(sites.map(({ _id, name }) => [_id, name]))
    const found =
      environments.length === 0
        ? []
        : await Promise.all(
            sites.filter(({ disabled }) => disabled !== true).map(async (doc) => await inSite(deps, doc, ctx)),
          )
    const items = suggest(
      found.flatMap(({ places }) => places),
      {
        environments: environments.map(({ _id: id, name, colour, protected: isProtected }) => ({
          id,
          name,
          colour,
          protected: isProtected,
        })),
        bound: instances.map(({ name, environmentId, siteId, clusterId, clusterName, namespace }) => ({
          name,
          environmentId,
          site: { id: siteId, name: siteNames.get(siteId) ?? '' },
          cluster: { id: clusterId, name: clusterName },
          namespace,
        })),
      },
    )
    return {
      items: items.slice(0, limit),
      total: items.length,
      problems: found.flatMap(({ problems }) => problems).map((each) => ({ ...each })),
    }
  })
