import type { Collection, ReadModels } from '@rancher-hub/read-model'
import {
  type EnvironmentDoc,
  environmentsProjection,
  type InstanceDoc,
  instancesProjection,
  type SiteDoc,
  sitesProjection,
} from './landscape-projections.ts'

/** Reads of what an organization has. Documents of another organization are as good as absent. */
export interface LandscapeModels {
  site(organization: string, id: string): Promise<SiteDoc | undefined>
  sites(organization: string): Promise<SiteDoc[]>
  /** Of every organization: for work in the background alone. */
  everySite(): Promise<SiteDoc[]>
  environments(organization: string): Promise<EnvironmentDoc[]>
  instance(organization: string, id: string): Promise<InstanceDoc | undefined>
  instances(
    organization: string,
    filter?: { readonly siteId?: string | undefined; readonly environmentId?: string | undefined },
  ): Promise<InstanceDoc[]>
}

/** Opens the read models of sites, environments and instances. */
export const openLandscapeModels = (models: ReadModels): LandscapeModels => {
  const sites = async (): Promise<Collection<SiteDoc>> =>
    await models.collection<SiteDoc>(sitesProjection.name, { indexes: sitesProjection.indexes })
  const environments = async (): Promise<Collection<EnvironmentDoc>> =>
    await models.collection<EnvironmentDoc>(environmentsProjection.name, { indexes: environmentsProjection.indexes })
  const instances = async (): Promise<Collection<InstanceDoc>> =>
    await models.collection<InstanceDoc>(instancesProjection.name, { indexes: instancesProjection.indexes })
  const ofOrganization = <T extends { readonly org: string }>(doc: T | undefined, org: string): T | undefined =>
    doc?.org === org ? doc : undefined
  return {
    site: async (org, id) => ofOrganization(await (await sites()).get(id), org),
    sites: async (org) => await (await sites()).find({ org }),
    everySite: async () => await (await sites()).find({}),
    environments: async (org) => await (await environments()).find({ org }, { sort: [['rank', 'asc']] }),
    instance: async (org, id) => ofOrganization(await (await instances()).get(id), org),
    instances: async (org, filter = {}) => {
      const { siteId, environmentId } = filter
      return await (await instances()).find({
        org,
        ...(siteId === undefined ? {} : { siteId }),
        ...(environmentId === undefined ? {} : { environmentId }),
      })
    },
  }
}
