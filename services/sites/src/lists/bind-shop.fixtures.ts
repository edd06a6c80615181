import { bindInstance, connectSite, createEnvironment, type listWorkloads, type ResultOf } from '@rancher-hub/contracts'
import type { Fleet } from '@rancher-hub/fleet'
import { ORGANIZATION, type RunningSites } from '../sites.fixtures.ts'

/** Sites of the simulated shop: the first with two stages, the second with one. */
export const bindShop = async (sites: RunningSites, fleet: Fleet, organization = ORGANIZATION) => {
  const connect = async (name: string, place: Fleet['ranchers']['dev'], token = place.token) =>
    (await sites.call(connectSite, { name, connection: { kind: 'rancher', url: place.url, token } }, organization)).id
  const bind = async (name: string, siteId: string, clusterId: string, namespace: string) => {
    const colour = '#1f6feb'
    const { id: environmentId } = await sites.call(createEnvironment, { name, colour }, organization)
    const input = { name: `shop ${name}`, environmentId, siteId, clusterId, namespace }
    return { ...(await sites.call(bindInstance, input, organization)), environmentId }
  }
  const development = await connect('Development', fleet.ranchers.dev)
  const production = await connect('Production', fleet.ranchers.production)
  return {
    dev: await bind('dev', development, 'c-m-dev00001', 'shop'),
    staging: await bind('staging', development, 'c-m-stg00001', 'shop-staging'),
    production: await bind('production', production, 'c-m-prd00001', 'shop'),
  }
}

/** Whether every instance is known, one way or another. */
export const isWhole = ({ sources }: Pick<ResultOf<typeof listWorkloads>, 'sources'>): boolean =>
  sources.loading === 0 && sources.total > 0
