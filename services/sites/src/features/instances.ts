import {
  type AppInstance,
  bindInstance,
  deleteInstance,
  describeInstances,
  editInstance,
  listInstances,
} from '@rancher-hub/contracts'
import { type CallContext, decideCommand, type Handler, handleQuery, refuse } from '@rancher-hub/service-kit'
import type { KubeApi } from '../connection/kube-api.ts'
import { RIGHTS_PAGE } from '../connection/missing-right.ts'
import { resourceUses } from '../connection/resource-uses.ts'
import { NoSuchSiteError } from '../connection/site-registry.ts'
import { SiteError } from '../egress/site-error.ts'
import { decideBindInstance, decideDeleteInstance, decideEditInstance } from '../landscape/decide-instances.ts'
import { LANDSCAPE_ID, landscape } from '../landscape/landscape.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import type { SitesDeps } from './sites-deps.ts'

const inLandscape = { aggregate: landscape, id: () => LANDSCAPE_ID } as const

/** Instances with the names of what they are bound to, by environment order, then name. */
export const describeInstanceDocs = async (
  { models }: SitesDeps,
  organization: string,
  docs: readonly InstanceDoc[],
): Promise<AppInstance[]> => {
  const [environments, sites] = await Promise.all([models.environments(organization), models.sites(organization)])
  const environmentById = new Map(environments.map((environment, rank) => [environment._id, { ...environment, rank }]))
  const siteNames = new Map(sites.map(({ _id, name }) => [_id, name]))
  const described = docs.flatMap(
    ({ _id: id, name, environmentId, siteId, clusterId, clusterName, namespace, revision }): AppInstance[] => {
      const environment = environmentById.get(environmentId)
      const siteName = siteNames.get(siteId)
      if (environment === undefined || siteName === undefined) return []
      const { name: environmentName, colour, rank, protected: isProtected } = environment
      return [
        {
          id,
          name,
          environment: { id: environmentId, name: environmentName, colour, rank, protected: isProtected },
          site: { id: siteId, name: siteName },
          cluster: { id: clusterId, name: clusterName },
          namespace,
          revision,
        },
      ]
    },
  )
  return described.sort((a, b) => a.environment.rank - b.environment.rank || a.name.localeCompare(b.name))
}

const mentions = (instance: AppInstance, text: string): boolean =>
  [instance.name, instance.namespace, instance.environment.name, instance.site.name, instance.cluster.name].some(
    (value) => value.toLowerCase().includes(text),
  )

const listInstancesFeature = (deps: SitesDeps): Handler =>
  handleQuery(listInstances, async ({ text, environmentId, siteId, ids, offset, limit }, { organization }) => {
    const docs = await deps.models.instances(organization, { environmentId, siteId })
    const wanted = ids === undefined ? docs : docs.filter(({ _id }) => ids.includes(_id))
    const needle = text?.trim().toLowerCase() ?? ''
    const found = (await describeInstanceDocs(deps, organization, wanted)).filter(
      (instance) => needle === '' || mentions(instance, needle),
    )
    return { items: found.slice(offset, offset + limit), total: found.length }
  })

const describeInstancesFeature = (deps: SitesDeps): Handler =>
  handleQuery(describeInstances, async ({ ids }, { organization }) => {
    const docs = await deps.models.instances(organization)
    return {
      items: await describeInstanceDocs(
        deps,
        organization,
        docs.filter(({ _id }) => ids.includes(_id)),
      ),
    }
  })

/** Whether a token that may not read a namespace itself may list something in it: then the namespace is there for the hub. */
const maySeeAnything = async (api: KubeApi, namespace: string, signal: AbortSignal): Promise<boolean> => {
  for (const { group, resource, read } of resourceUses)
    if (read.includes('list') && (await api.allowed({ verb: 'list', group, resource }, namespace, signal))) return true
  return false
}

/** Name of a cluster, after making sure that the namespace is there. */
const lookUpPlace = async (
  deps: SitesDeps,
  place: { siteId: string; clusterId: string; namespace: string },
  ctx: CallContext,
): Promise<string> => {
  const missing = (message?: string) => refuse(bindInstance, 'no-such-namespace', undefined, message)
  try {
    const site = await deps.registry.open(ctx.organization, place.siteId)
    const cluster = (await site.clusters(ctx.signal)).find(({ id }) => id === place.clusterId)
    if (cluster === undefined) throw missing('The site has no such cluster, or the token may not see it.')
    const api = site.cluster(place.clusterId)
    const found = await api.namespace(place.namespace, ctx.signal)
    if (found === 'missing') throw missing(`${cluster.name} has no namespace ${place.namespace}.`)
    if (found === 'hidden' && !(await maySeeAnything(api, place.namespace, ctx.signal)))
      throw missing(
        `The token may not see the namespace ${place.namespace} of ${cluster.name}, nor anything in it, if there is one. ${RIGHTS_PAGE} makes the manifest that allows it.`,
      )
    return cluster.name
  } catch (error) {
    if (error instanceof NoSuchSiteError) throw refuse(bindInstance, 'not-found')
    if (error instanceof SiteError) throw missing(`The namespace could not be looked up: ${error.problem.message}`)
    throw error
  }
}

/** App instances: listing, binding, editing, deleting. */
export const instanceFeatures = (deps: SitesDeps): Handler[] => [
  listInstancesFeature(deps),
  describeInstancesFeature(deps),
  decideCommand(bindInstance, {
    ...inLandscape,
    prepare: async (input, ctx) => ({
      ...input,
      instanceId: ctx.newId(),
      clusterName: await lookUpPlace(deps, input, ctx),
    }),
    decide: decideBindInstance,
    result: ({ instanceId }) => ({ id: instanceId }),
  }),
  decideCommand(editInstance, { ...inLandscape, decide: decideEditInstance, result: () => ({}) }),
  decideCommand(deleteInstance, { ...inLandscape, decide: decideDeleteInstance, result: () => ({}) }),
]
