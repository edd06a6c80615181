import {
  getSite,
  type InputOf,
  listClusters,
  listNamespaces,
  listSites,
  type ReturnOf,
  type Site,
} from '@rancher-hub/contracts'
import { type CallContext, type Handler, handleQuery, refuse } from '@rancher-hub/service-kit'
import type { ConnectedSite } from '../connection/connected-site.ts'
import type { ClusterNamespaces } from '../connection/site-namespaces.ts'
import { NoSuchSiteError, type SiteRegistry } from '../connection/site-registry.ts'
import { versionSupport } from '../connection/version-support.ts'
import { hasStatus, SiteError } from '../egress/site-error.ts'
import type { SiteDoc } from '../landscape/landscape-projections.ts'
import type { SitesDeps } from './sites-deps.ts'

/** A site as lists show it: what was told when it was connected, and how the last call went. */
const toSite = (doc: SiteDoc, registry: SiteRegistry, now: Date): Site => {
  const health = registry.health(doc._id)
  const traffic = registry.traffic(doc._id)
  // A site that is not called any more has a problem, also one that is no problem of a single call.
  const down = traffic?.paused.find(({ cluster }) => cluster === undefined)
  const { _id: id, name, kind, url, serverVersion, caFingerprint, connectedAt, revision } = doc
  const { credential, unverified, proxy, headerNames, context, serverName } = doc
  const state = down === undefined ? health.state : 'problem'
  const tokenExpiresAt = doc.tokenExpiresAt === undefined ? undefined : new Date(doc.tokenExpiresAt).toISOString()
  return {
    id,
    name,
    kind,
    url,
    state: doc.disabled === true ? 'disabled' : state,
    problem: health.problem ?? down?.problem,
    serverVersion,
    versionSupport: versionSupport(kind, serverVersion, now),
    tokenExpiresAt,
    credential,
    caFingerprint,
    unverified,
    proxy,
    headerNames,
    context,
    serverName,
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
    return {
      items: found.slice(offset, offset + limit).map((doc) => toSite(doc, deps.registry, ctx.now())),
      total: found.length,
    }
  })

const getSiteFeature = (deps: SitesDeps): Handler =>
  handleQuery(getSite, async ({ siteId }, ctx) => {
    const doc = await deps.models.site(ctx.organization, siteId)
    if (doc === undefined) throw refuse(getSite, 'not-found')
    const instances = await deps.models.instances(ctx.organization, { siteId })
    return {
      ...toSite(doc, deps.registry, ctx.now()),
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

type NamespaceFilter = Pick<InputOf<typeof listNamespaces>, 'text' | 'projectId' | 'offset' | 'limit'>

/** The namespaces that match, a page of them, and how many each project has. */
const namespacesPage = (
  { namespaces, projects }: ClusterNamespaces,
  { text, projectId, offset = 0, limit }: NamespaceFilter,
): ReturnOf<typeof listNamespaces> => {
  const needle = text?.trim().toLowerCase() ?? ''
  const found = namespaces.filter(
    ({ name, project }) => name.includes(needle) && (projectId === undefined || project?.id === projectId),
  )
  const countOf = (id: string): number => namespaces.filter(({ project }) => project?.id === id).length
  return {
    items: found.slice(offset, limit === undefined ? undefined : offset + limit),
    total: found.length,
    projects: projects
      ?.map(({ id, name }) => ({ id, name, namespaceCount: countOf(id) }))
      .toSorted((a, b) => a.name.localeCompare(b.name)),
  }
}

const listNamespacesFeature = (deps: SitesDeps): Handler =>
  handleQuery(listNamespaces, async ({ siteId, clusterId, ...filter }, ctx) => {
    const question = async (site: ConnectedSite): Promise<ReturnOf<typeof listNamespaces>> => {
      try {
        return namespacesPage(await site.namespaces(clusterId, ctx.signal), filter)
      } catch (error) {
        if (!hasStatus(error, 403)) throw error
        const namespaces = await boundNamespaces(deps, ctx.organization, { siteId, clusterId })
        return { ...namespacesPage({ namespaces, projects: undefined }, filter), problem: error.problem }
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
