import { z } from 'zod'
import { event } from '../kit.ts'
import { Id, Time } from '../schemas.ts'
import { networksChanged } from './networks.ts'

const id = '6f1c3a52-3333-4a6e-9d43-0a5a2f6a9f03'
const siteData = z.object({ siteId: Id, name: z.string() })
const siteExample = { siteId: id, name: 'Rancher Europe' }
const environmentData = z.object({ environmentId: Id, name: z.string() })
const environmentExample = { environmentId: id, name: 'Staging' }
const instanceData = z.object({ instanceId: Id, name: z.string() })
const ruleData = z.object({ ruleId: Id, name: z.string(), instanceId: Id.optional() })
const ruleExample = { ruleId: id, name: 'Any object: containers[*].env[LOG_LEVEL]' }
const instanceExample = { instanceId: id, name: 'shop staging' }
const viewData = z.object({ viewId: Id, name: z.string() })
const viewExample = { viewId: '6f1c3a52-7777-4a6e-9d43-0a5a2f6a9f07', name: 'In trouble' }

/** Of views that are shared; what people keep for themselves is not told. */
export const viewEvents = [
  event('sites.ViewShared', { summary: 'A saved view was shared', data: viewData, example: viewExample }),
  event('sites.ViewEdited', { summary: 'A shared view was edited', data: viewData, example: viewExample }),
  event('sites.ViewUnshared', {
    summary: 'A shared view was taken back by its owner',
    data: viewData,
    example: viewExample,
  }),
  event('sites.ViewDeleted', { summary: 'A shared view was deleted', data: viewData, example: viewExample }),
] as const

export const sitesEvents = [
  event('sites.SiteConnected', { summary: 'A site was connected', data: siteData, example: siteExample }),
  event('sites.SiteEdited', { summary: 'A site was edited', data: siteData, example: siteExample }),
  event('sites.SiteDeleted', { summary: 'A site was deleted', data: siteData, example: siteExample }),
  event('sites.SiteDisabled', {
    summary: 'A site was disabled: it is not called any more',
    data: siteData,
    example: siteExample,
  }),
  event('sites.SiteEnabled', { summary: 'A site was enabled again', data: siteData, example: siteExample }),
  event('sites.TokenExpiring', {
    summary: 'The token of a site expires within 30, 7 or 1 days; told once for each',
    data: siteData.extend({ days: z.number().int(), expiresAt: Time }),
    example: { ...siteExample, days: 7, expiresAt: '2026-12-01T10:00:00Z' },
  }),
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
  event('sites.IgnoreRuleCreated', {
    summary: 'Something is ignored in comparisons from now on: of one instance, or of all',
    data: ruleData,
    example: ruleExample,
  }),
  event('sites.IgnoreRuleEdited', {
    summary: 'A rule that ignores something was changed, or switched on or off',
    data: ruleData,
    example: ruleExample,
  }),
  event('sites.IgnoreRuleDeleted', {
    summary: 'A rule that ignored something was deleted',
    data: ruleData,
    example: ruleExample,
  }),
  ...viewEvents,
  networksChanged,
] as const
