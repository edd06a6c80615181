import { sitesEvents } from '@rancher-hub/contracts'
import type { StoredEvent } from '@rancher-hub/domain'
import type { Publication } from '@rancher-hub/service-kit'

const [
  siteConnected,
  siteEdited,
  siteDeleted,
  environmentCreated,
  environmentEdited,
  environmentDeleted,
  instanceBound,
  instanceEdited,
  instanceDeleted,
] = sitesEvents

const publicEvents: Readonly<Record<string, Publication['event']>> = {
  SiteConnected: siteConnected,
  SiteRenamed: siteEdited,
  SiteReconnected: siteEdited,
  SiteDeleted: siteDeleted,
  EnvironmentCreated: environmentCreated,
  EnvironmentEdited: environmentEdited,
  EnvironmentDeleted: environmentDeleted,
  InstanceBound: instanceBound,
  InstanceEdited: instanceEdited,
  InstanceDeleted: instanceDeleted,
}

/** What sites says in public: that something is there, under which name. Addresses and credentials stay inside; the schema strips them. */
export const publish = ({ category, type, data }: StoredEvent): Publication | undefined => {
  const event = category === 'landscape' && Object.hasOwn(publicEvents, type) ? publicEvents[type] : undefined
  return event === undefined ? undefined : { event, data: data as Readonly<Record<string, unknown>> }
}
