import { isDeepStrictEqual } from 'node:util'
import type { SiteChange } from '@rancher-hub/contracts'
import type { StoredEvent } from '@rancher-hub/domain'
import type { EventStore } from '@rancher-hub/event-store'
import { streamName, toStoredEvent } from '@rancher-hub/service-kit'
import { LANDSCAPE_ID, landscape } from '../../landscape/landscape.ts'
import type { LandscapeEvent, SiteFacts, SiteReach } from '../../landscape/landscape-events.ts'

type Part = SiteChange['parts'][number]
type Reach = Omit<SiteReach, keyof SiteFacts> & SiteFacts

/** A change, with the revision of the site that it led to; what is read in the background leads to none. */
export interface RecordedChange {
  readonly change: SiteChange
  readonly revision: number
  readonly isEdit: boolean
}

const factParts = (before: SiteFacts, after: SiteFacts): Part[] => {
  const parts: [Part, boolean][] = [
    ['version', before.serverVersion !== after.serverVersion],
    ['expiry', before.tokenExpiresAt !== after.tokenExpiresAt],
    ['owner', before.credential?.owner !== after.credential?.owner],
    ['enabled', before.credential?.enabled !== after.credential?.enabled],
  ]
  return parts.flatMap(([part, isChanged]) => (isChanged ? [part] : []))
}

const trustOf = ({ caFingerprint, unverified, serverName }: Reach): unknown => [caFingerprint, unverified, serverName]
/** What of a connection is another; entering the same again means another token. */
const reachParts = (before: Reach, after: Reach): Part[] => {
  const parts: Part[] = []
  if (before.url !== after.url || before.context !== after.context) parts.push('address')
  if (!isDeepStrictEqual(trustOf(before), trustOf(after))) parts.push('certificate')
  if (!isDeepStrictEqual(before.proxy, after.proxy)) parts.push('proxy')
  if (!isDeepStrictEqual(before.headerNames, after.headerNames)) parts.push('headers')
  const isSameToken = isDeepStrictEqual(before.credential, after.credential)
  return isSameToken && parts.length > 0 ? parts : ['token', ...parts]
}

/** The server that a site was at, and is at now; undefined: it is the same. */
const movedAddress = (before: Reach, after: Reach): SiteChange['address'] => {
  const [from, to] = [new URL(before.url).host, new URL(after.url).host]
  return from === to ? undefined : { before: from, after: to }
}

/** What changed, told from the state before it; undefined: nothing that is told. */
const toChange = (
  { type, data }: LandscapeEvent,
  before: Reach | undefined,
): Omit<SiteChange, 'at' | 'by'> | undefined => {
  switch (type) {
    case 'SiteConnected':
      return { change: 'connected', parts: [], name: data.name, unverified: data.unverified }
    case 'SiteRenamed':
      return { change: 'renamed', parts: [], name: data.name }
    case 'SiteReconnected': {
      const isSame = (before?.unverified ?? false) === (data.unverified ?? false)
      return {
        change: 'reconnected',
        parts: before === undefined ? [] : reachParts(before, data),
        unverified: isSame ? undefined : (data.unverified ?? false),
        address: before === undefined ? undefined : movedAddress(before, data),
      }
    }
    case 'SiteDisabled':
      return { change: 'disabled', parts: [] }
    case 'SiteEnabled':
      return { change: 'enabled', parts: [] }
    case 'SiteFactsRead': {
      const parts = before === undefined ? [] : factParts(before, data)
      return { change: 'facts-read', parts, serverVersion: parts.includes('version') ? data.serverVersion : undefined }
    }
    case 'SiteTokenExpiring':
      return { change: 'token-expiring', parts: [], days: data.days }
    default:
      return undefined
  }
}

const isAbout = ({ data }: LandscapeEvent, siteId: string): boolean =>
  'siteId' in data && data.siteId === siteId && !('instanceId' in data)

/** Every change of a site, oldest first. People change sites rarely: the stream of the organization is read for it. */
export const readSiteChanges = async (
  store: EventStore,
  organization: string,
  siteId: string,
): Promise<RecordedChange[]> => {
  const changes: RecordedChange[] = []
  let reach: Reach | undefined
  let revision = -1
  for await (const recorded of store.readStream(streamName(landscape.category, organization, LANDSCAPE_ID))) {
    const event = toStoredEvent<LandscapeEvent>(recorded, landscape.upcasters) as StoredEvent<LandscapeEvent>
    if (!isAbout(event, siteId)) continue
    const told = toChange(event, reach)
    if (event.type === 'SiteConnected' || event.type === 'SiteReconnected') reach = event.data
    else if (event.type === 'SiteFactsRead' && reach !== undefined) reach = { ...reach, ...event.data }
    if (told === undefined) continue
    const isEdit = told.change !== 'facts-read' && told.change !== 'token-expiring'
    if (isEdit) revision += 1
    const by = 'by' in event.data ? event.data.by?.name : undefined
    changes.push({ change: { ...told, at: new Date(event.time).toISOString(), by }, revision, isEdit })
  }
  return changes
}
