import { z } from 'zod'
import { event } from '../kit.ts'
import { Id } from '../schemas.ts'

const id = '6f1c3a52-3333-4a6e-9d43-0a5a2f6a9f03'
const siteData = z.object({ siteId: Id, name: z.string() })
const siteExample = { siteId: id, name: 'Rancher Europe' }
const environmentData = z.object({ environmentId: Id, name: z.string() })
const environmentExample = { environmentId: id, name: 'Staging' }
const instanceData = z.object({ instanceId: Id, name: z.string() })
const instanceExample = { instanceId: id, name: 'shop staging' }

export const sitesEvents = [
  event('sites.SiteConnected', { summary: 'A site was connected', data: siteData, example: siteExample }),
  event('sites.SiteEdited', { summary: 'A site was edited', data: siteData, example: siteExample }),
  event('sites.SiteDeleted', { summary: 'A site was deleted', data: siteData, example: siteExample }),
  event('sites.EnvironmentCreated', {
    summary: 'An environment was created',
    data: environmentData,
    example: environmentExample,
  }),
  event('sites.EnvironmentEdited', {
    summary: 'An environment was edited',
    data: environmentData,
    example: environmentExample,
  }),
  event('sites.EnvironmentDeleted', {
    summary: 'An environment was deleted',
    data: environmentData,
    example: environmentExample,
  }),
  event('sites.InstanceBound', { summary: 'An app instance was bound', data: instanceData, example: instanceExample }),
  event('sites.InstanceEdited', {
    summary: 'An app instance was edited',
    data: instanceData,
    example: instanceExample,
  }),
  event('sites.InstanceDeleted', {
    summary: 'An app instance was deleted',
    data: instanceData,
    example: instanceExample,
  }),
] as const
