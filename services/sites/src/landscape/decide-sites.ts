import { reject } from '@rancher-hub/domain'
import { type Decision, dependantsOf, isOutdated, type Landscape, nameIsTaken } from './landscape.ts'
import type { LandscapeEvent, SiteReach } from './landscape-events.ts'

export interface ConnectSite {
  readonly siteId: string
  readonly name: string
  readonly reach: SiteReach
}
export const decideConnectSite = (command: ConnectSite, state: Landscape): Decision<'name-taken'> => {
  if (nameIsTaken(state.sites, command.name)) return reject('name-taken')
  return [{ type: 'SiteConnected', data: { siteId: command.siteId, name: command.name, ...command.reach } }]
}

export interface EditSite {
  readonly siteId: string
  readonly name?: string | undefined
  readonly reach?: SiteReach | undefined
  readonly revision?: number | undefined
  /** Credentials that the new reach was made from: they must still be the ones in use. */
  readonly basedOn: string
}
export const decideEditSite = (
  command: EditSite,
  state: Landscape,
): Decision<'not-found' | 'changed-meanwhile' | 'name-taken'> => {
  const site = state.sites[command.siteId]
  if (site === undefined) return reject('not-found')
  if (isOutdated(site, command.revision)) return reject('changed-meanwhile')
  if (command.reach !== undefined && site.credentialsId !== command.basedOn) return reject('changed-meanwhile')
  const name = command.name ?? site.name
  if (nameIsTaken(state.sites, name, command.siteId)) return reject('name-taken')
  const events: LandscapeEvent[] = []
  if (name !== site.name) events.push({ type: 'SiteRenamed', data: { siteId: command.siteId, name } })
  if (command.reach !== undefined)
    events.push({ type: 'SiteReconnected', data: { siteId: command.siteId, name, ...command.reach } })
  return events
}

export const decideDeleteSite = (
  { siteId }: { readonly siteId: string },
  state: Landscape,
): Decision<'not-found' | 'in-use'> => {
  const site = state.sites[siteId]
  if (site === undefined) return reject('not-found')
  const dependants = dependantsOf(state, (instance) => instance.siteId === siteId)
  if (dependants.length > 0) return reject('in-use', { dependants })
  return [{ type: 'SiteDeleted', data: { siteId, name: site.name } }]
}
