import { getSite, listClusters, listNamespaces, listSites, type ReturnOf, type Site } from '@rancher-hub/contracts'
import { type CallContext, type Handler, handleQuery, refuse } from '@rancher-hub/service-kit'
import type { ConnectedSite } from '../connection/connected-site.ts'
import { NoSuchSiteError, type SiteRegistry } from '../connection/site-registry.ts'
import { hasStatus, SiteError } from '../egress/site-error.ts'
import type { SiteDoc } from '../landscape/landscape-projections.ts'
import type { SitesDeps } from './sites-deps.ts'

/** A site as lists show it: what was told when it was connected, and how the last call went. */
const toSite = (doc: SiteDoc, registry: SiteRegistry): Site => {
  const health = registry.health(doc._id)
  const traffic = registry.traffic(doc._id)
  // A site that is not called any more has a problem, also one that is no problem of a single call.
  const down = traffic?.paused.find(({ cluster }) => cluster === undefined)
  const { _id: id, name, kind, url, serverVersion, caFingerprint, connectedAt, revision } = doc
  const tokenExpiresAt = doc.tokenExpiresAt === undefined ? undefined : new Date(doc.tokenExpiresAt).toISOString()
  return {
    id,
    name,
    kind,
    url,
    state: down === undefined ? health.state : 'problem',
    problem: health.problem ?? down?.problem,
    serverVersion,
    tokenExpiresAt,
    caFingerprint,
    checkedAt: health.checkedAt ?? doc.checkedAt,
    connectedAt,
    traffic,
    revision,
  }
}

const listSitesFeature = (deps: SitesDeps): Handler =>
  handleQuery(listSites, async ({ text, offset, limit }, ctx) => {
    const needle = text?.toLowerCase() ?? ''
    const found = (await deps.models.sites(ctx.organization)).filter(
      ({ name, url }) => name.toLowerCase().includes(needle) || url.toLowerCase().includes(needle),
    )
    found.sort((a, b) => a.name.localeCompare(b.name))
    return { items: found.slice(offset, offset + limit).map((doc) => toSite(doc, deps.registry)), total: found.length }
  })

const getSiteFeature = (deps: SitesDeps): Handler =>
  handleQuery(getSite, async ({ siteId }, ctx) => {
    const doc = await deps.models.site(ctx.organization, siteId)
    if (doc === undefined) throw refuse(getSite, 'not-found')
    const instances = await deps.models.instances(ctx.organization, { siteId })
    return {
      ...toSite(doc, deps.registry),
      dependants: instances.map(({ _id, name }) => ({ kind: 'instance' as const, id: _id, name })),
    }
  })

/** Asks a site; its trouble becomes the contract's refusal. */
const ask = async <T>(
  deps: SitesDeps,
  contract: typeof listClusters | typeof listNamespaces,
  siteId: string,
  ctx: CallContext,
  question: (site: ConnectedSite) => Promise<T>,
): Promise<T> => {
  try {
    return await question(await deps.registry.open(ctx.organization, siteId))
  } catch (error) {
    if (error instanceof NoSuchSiteError) throw refuse(contract, 'not-found')
    if (error instanceof SiteError)
      throw refuse(contract, 'site-problem', { problem: error.problem }, error.problem.message)
    throw error
  }
}

const listClustersFeature = (deps: SitesDeps): Handler =>
  handleQuery(listClusters, async ({ siteId }, ctx) => ({
    items: await ask(deps, listClusters, siteId, ctx, async (site) => await site.clusters(ctx.signal)),
  }))

/** Namespaces that app instances are bound to: what the hub knows of a cluster without asking it. */
const boundNamespaces = async (
  deps: SitesDeps,
  organization: string,
  place: { readonly siteId: string; readonly clusterId: string },
): Promise<{ name: string; system: boolean; phase: string }[]> => {
  const instances = await deps.models.instances(organization, { siteId: place.siteId })
  const names = instances.filter(({ clusterId }) => clusterId === place.clusterId).map(({ namespace }) => namespace)
  return [...new Set(names)].sort().map((name) => ({ name, system: false, phase: 'Unknown' }))
}

const listNamespacesFeature = (deps: SitesDeps): Handler =>
  handleQuery(listNamespaces, async ({ siteId, clusterId }, ctx) => {
    const question = async (site: ConnectedSite): Promise<ReturnOf<typeof listNamespaces>> => {
      try {
        return { items: await site.namespaces(clusterId, ctx.signal) }
      } catch (error) {
        if (!hasStatus(error, 403)) throw error
        return { items: await boundNamespaces(deps, ctx.organization, { siteId, clusterId }), problem: error.problem }
      }
    }
    return await ask(deps, listNamespaces, siteId, ctx, question)
  })

/** Sites, and what is in them, live. */
export const showSitesFeatures = (deps: SitesDeps): Handler[] => [
  listSitesFeature(deps),
  getSiteFeature(deps),
  listClustersFeature(deps),
  listNamespacesFeature(deps),
]
