import { isDeepStrictEqual } from 'node:util'
import { expiryWarningDays } from '@rancher-hub/contracts'
import { reject } from '@rancher-hub/domain'
import { type Decision, dependantsOf, isOutdated, type Landscape, nameIsTaken } from './landscape.ts'
import type { By, LandscapeEvent, SiteFacts, SiteReach } from './landscape-events.ts'

const withName = (by: By): { by?: By } => (by === undefined ? {} : { by })

export interface ConnectSite {
  readonly siteId: string
  readonly name: string
  readonly reach: SiteReach
  readonly by?: By
}
export const decideConnectSite = (command: ConnectSite, state: Landscape): Decision<'name-taken'> => {
  const { siteId, name, reach, by } = command
  if (nameIsTaken(state.sites, name)) return reject('name-taken')
  return [{ type: 'SiteConnected', data: { siteId, name, ...reach, ...withName(by) } }]
}

/** Where a site is edited: what the editor saw. */
interface SeenSite {
  readonly siteId: string
  readonly revision?: number | undefined
}

export interface EditSite extends SeenSite {
  readonly name?: string | undefined
  readonly reach?: SiteReach | undefined
  /** Credentials that the new reach was made from: they must still be the ones in use. */
  readonly basedOn: string
  readonly by?: By
}
export const decideEditSite = (
  command: EditSite,
  state: Landscape,
): Decision<'not-found' | 'changed-meanwhile' | 'name-taken'> => {
  const { siteId, by } = command
  const site = state.sites[siteId]
  if (site === undefined) return reject('not-found')
  if (isOutdated(site, command.revision)) return reject('changed-meanwhile')
  if (command.reach !== undefined && site.credentialsId !== command.basedOn) return reject('changed-meanwhile')
  const name = command.name ?? site.name
  if (nameIsTaken(state.sites, name, siteId)) return reject('name-taken')
  const events: LandscapeEvent[] = []
  if (name !== site.name) events.push({ type: 'SiteRenamed', data: { siteId, name, ...withName(by) } })
  if (command.reach !== undefined)
    events.push({ type: 'SiteReconnected', data: { siteId, name, ...command.reach, ...withName(by) } })
  return events
}

/** Disabling what is disabled already, and enabling what is enabled, changes nothing. */
export const decideSwitchSite = (
  { siteId, revision, disabled, by }: SeenSite & { readonly disabled: boolean; readonly by?: By },
  state: Landscape,
): Decision<'not-found' | 'changed-meanwhile'> => {
  const site = state.sites[siteId]
  if (site === undefined) return reject('not-found')
  if (isOutdated(site, revision)) return reject('changed-meanwhile')
  if (site.disabled === disabled) return []
  return [{ type: disabled ? 'SiteDisabled' : 'SiteEnabled', data: { siteId, name: site.name, ...withName(by) } }]
}

export const decideDeleteSite = (
  { siteId, revision }: SeenSite,
  state: Landscape,
): Decision<'not-found' | 'in-use' | 'changed-meanwhile'> => {
  const site = state.sites[siteId]
  if (site === undefined) return reject('not-found')
  if (isOutdated(site, revision)) return reject('changed-meanwhile')
  const dependants = dependantsOf(state, (instance) => instance.siteId === siteId)
  if (dependants.length > 0) return reject('in-use', { dependants })
  return [{ type: 'SiteDeleted', data: { siteId, name: site.name } }]
}

const DAY_MS = 86_400_000

/** The warning that is due for a token which ends then; undefined: it lives longer than the first of them. */
export const dueWarning = (expiresAt: string | undefined, now: Date): number | undefined => {
  if (expiresAt === undefined) return undefined
  const left = (Date.parse(expiresAt) - now.getTime()) / DAY_MS
  return expiryWarningDays.findLast((days) => left <= days)
}

export interface NoteSiteFacts {
  readonly siteId: string
  /** Credentials that they were read with: what other credentials told is of no interest any more. */
  readonly credentialsId: string
  readonly facts: SiteFacts
}
/** What was read of a site, where it is news; and the warning that is due, once for each end of a token. */
export const decideNoteSiteFacts = (
  { siteId, credentialsId, facts: { serverVersion, tokenExpiresAt, credential } }: NoteSiteFacts,
  state: Landscape,
  now: Date,
): readonly LandscapeEvent[] => {
  const facts: SiteFacts = { serverVersion, tokenExpiresAt, credential }
  const site = state.sites[siteId]
  if (site === undefined || site.credentialsId !== credentialsId) return []
  const { name, warned } = site
  const expiresAt = tokenExpiresAt
  const days = dueWarning(expiresAt, now)
  const isTold = warned !== undefined && warned.expiresAt === expiresAt && warned.days <= (days ?? Infinity)
  return [
    ...(sameFacts(facts, site.facts) ? [] : [{ type: 'SiteFactsRead' as const, data: { siteId, name, ...facts } }]),
    ...(days === undefined || expiresAt === undefined || isTold
      ? []
      : [{ type: 'SiteTokenExpiring' as const, data: { siteId, name, days, expiresAt } }]),
  ]
}

/** As they are stored: a field that is undefined is one that is absent. */
const sameFacts = (a: SiteFacts, b: SiteFacts): boolean =>
  isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)))
