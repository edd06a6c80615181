import { networksChanged, sitesEvents } from '@rancher-hub/contracts'
import type { StoredEvent } from '@rancher-hub/domain'
import type { Publication } from '@rancher-hub/service-kit'
import { ignoreRules } from './ignore-rules/ignore-rules.ts'
import { landscape } from './landscape/landscape.ts'
import { type NetworksEvent, networks } from './networks/networks.ts'
import { publishView } from './views/publish-view.ts'
import { type ViewEvent, views } from './views/views.ts'

const [
  siteConnected,
  siteEdited,
  siteDeleted,
  siteDisabled,
  siteEnabled,
  tokenExpiring,
  environmentCreated,
  environmentEdited,
  environmentDeleted,
  instanceBound,
  instanceEdited,
  instanceDeleted,
  ignoreRuleCreated,
  ignoreRuleEdited,
  ignoreRuleDeleted,
] = sitesEvents

const publicEvents: Readonly<Record<string, Publication['event']>> = {
  SiteConnected: siteConnected,
  SiteRenamed: siteEdited,
  SiteReconnected: siteEdited,
  SiteDeleted: siteDeleted,
  SiteDisabled: siteDisabled,
  SiteEnabled: siteEnabled,
  SiteTokenExpiring: tokenExpiring,
  EnvironmentCreated: environmentCreated,
  EnvironmentEdited: environmentEdited,
  EnvironmentDeleted: environmentDeleted,
  InstanceBound: instanceBound,
  InstanceEdited: instanceEdited,
  InstanceDeleted: instanceDeleted,
  IgnoreRuleCreated: ignoreRuleCreated,
  IgnoreRuleEdited: ignoreRuleEdited,
  IgnoreRuleDeleted: ignoreRuleDeleted,
}
const publicCategories: readonly string[] = [landscape.category, ignoreRules.category]

/** What sites says in public: that something is there, under which name. Addresses and credentials stay inside; the schema strips them. */
export const publish = ({ category, type, data }: StoredEvent): Publication | undefined => {
  if (category === views.category) return publishView({ type, data } as ViewEvent)
  if (category === networks.category) {
    const { mode, allowed } = data as NetworksEvent['data']
    return { event: networksChanged, data: { mode, targets: allowed.length } }
  }
  const event =
    publicCategories.includes(category) && Object.hasOwn(publicEvents, type) ? publicEvents[type] : undefined
  return event === undefined ? undefined : { event, data: data as Readonly<Record<string, unknown>> }
}
