import {
  type AppInstance,
  bindInstance,
  deleteInstance,
  describeInstances,
  editInstance,
  listInstances,
} from '@rancher-hub/contracts'
import { decideCommand, type Handler, handleQuery } from '@rancher-hub/service-kit'
import type { IgnoreRuleModels } from '../ignore-rules/ignore-rules.projection.ts'
import { decideBindInstance, decideDeleteInstance, decideEditInstance } from '../landscape/decide-instances.ts'
import { LANDSCAPE_ID, landscape } from '../landscape/landscape.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import { lookUpPlace, readSelector } from './look-up-place.ts'
import { previewSelectorFeature } from './preview-selector/preview-selector.ts'
import type { SitesDeps } from './sites-deps.ts'
import { suggestInstancesFeature } from './suggest-instances/suggest-instances.ts'

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
  const described = docs.flatMap<AppInstance>(
    ({ _id: id, name, environmentId, siteId, clusterId, clusterName, namespace, labelSelector, revision }) => {
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
          ...(labelSelector === undefined ? {} : { labelSelector }),
          revision,
        },
      ]
    },
  )
  return described.sort((a, b) => a.environment.rank - b.environment.rank || a.name.localeCompare(b.name))
}

const mentions = (instance: AppInstance, text: string): boolean =>
  [
    instance.name,
    instance.namespace,
    instance.labelSelector ?? '',
    instance.environment.name,
    instance.site.name,
    instance.cluster.name,
  ].some((value) => value.toLowerCase().includes(text))

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

const describeInstancesFeature = (deps: InstanceDeps): Handler =>
  handleQuery(describeInstances, async ({ ids, ignoreRules }, { organization }) => {
    const [docs, rules] = await Promise.all([
      deps.models.instances(organization),
      ignoreRules ? deps.ignoreRules.inForce(organization, ids) : [],
    ])
    const wanted = docs.filter(({ _id }) => ids.includes(_id))
    return { items: await describeInstanceDocs(deps, organization, wanted), ignoreRules: rules }
  })

/** What the features around instances work with. */
export interface InstanceDeps extends SitesDeps {
  readonly ignoreRules: IgnoreRuleModels
}

/** App instances: listing, suggesting, binding, editing, deleting. */
export const instanceFeatures = (deps: InstanceDeps): Handler[] => [
  listInstancesFeature(deps),
  describeInstancesFeature(deps),
  suggestInstancesFeature(deps),
  previewSelectorFeature(deps),
  decideCommand(bindInstance, {
    ...inLandscape,
    prepare: async (input, ctx) => {
      readSelector(input.labelSelector)
      const { clusterName } = await lookUpPlace(deps, input, ctx)
      return { ...input, instanceId: ctx.newId(), clusterName }
    },
    decide: decideBindInstance,
    result: ({ instanceId }) => ({ id: instanceId }),
  }),
  decideCommand(editInstance, {
    ...inLandscape,
    prepare: (input) => {
      readSelector(input.labelSelector)
      return input
    },
    decide: decideEditInstance,
    result: () => ({}),
  }),
  decideCommand(deleteInstance, { ...inLandscape, decide: decideDeleteInstance, result: () => ({}) }),
]
