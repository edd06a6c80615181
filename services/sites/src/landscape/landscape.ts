import { type Rejection, unreachable } from '@rancher-hub/domain'
import { defineAggregate } from '@rancher-hub/service-kit'
import { type LandscapeEvent, landscapeEvents, type SiteFacts } from './landscape-events.ts'

/** A site, as far as rules need it. */
export interface SiteEntry {
  readonly name: string
  readonly credentialsId: string
  readonly disabled: boolean
  readonly facts: SiteFacts
  /** The last warning: for which end of the token, how many days before. */
  readonly warned?: { readonly expiresAt: string; readonly days: number } | undefined
  /** Edits by people; what is read in the background is none. */
  readonly revision: number
}
export interface EnvironmentEntry {
  readonly name: string
  readonly colour: string
  readonly protected: boolean
  readonly rank: number
  readonly revision: number
}
export interface InstanceEntry {
  readonly name: string
  readonly environmentId: string
  readonly siteId: string
  readonly clusterId: string
  readonly namespace: string
  /** Absent: the whole namespace. */
  readonly labelSelector?: string | undefined
  readonly revision: number
}

/**
 * Everything that an organization has connected, ordered and bound. One stream holds it because its rules span all of
 * it: names are taken once, a namespace is bound once per environment, nothing is deleted while something is bound to it.
 * People change it a few times a day; what changes often (live state) is not in it.
 */
export interface Landscape {
  readonly sites: Readonly<Record<string, SiteEntry>>
  readonly environments: Readonly<Record<string, EnvironmentEntry>>
  readonly instances: Readonly<Record<string, InstanceEntry>>
}

/** Id of the one landscape stream of an organization. */
export const LANDSCAPE_ID = 'all'

type Entries<T> = Readonly<Record<string, T>>
const without = <T>(entries: Entries<T>, id: string): Entries<T> =>
  Object.fromEntries(Object.entries(entries).filter(([key]) => key !== id))
const put = <T>(entries: Entries<T>, id: string, entry: T): Entries<T> => ({ ...entries, [id]: entry })
const edit = <T extends { readonly revision: number }>(
  entries: Entries<T>,
  id: string,
  change: Partial<T>,
): Entries<T> => {
  const before = entries[id]
  return before === undefined ? entries : { ...entries, [id]: { ...before, ...change, revision: before.revision + 1 } }
}

/** Changes an entry without counting it as an edit. */
const note = <T>(entries: Entries<T>, id: string, change: Partial<T>): Entries<T> => {
  const before = entries[id]
  return before === undefined ? entries : put(entries, id, { ...before, ...change })
}
const factsOf = ({ serverVersion, tokenExpiresAt, credential }: SiteFacts): SiteFacts => ({
  serverVersion,
  tokenExpiresAt,
  credential,
})

const evolve = (state: Landscape, { type, data }: LandscapeEvent): Landscape => {
  switch (type) {
    case 'SiteConnected':
      return {
        ...state,
        sites: put(state.sites, data.siteId, {
          name: data.name,
          credentialsId: data.credentialsId,
          disabled: false,
          facts: factsOf(data),
          revision: 0,
        }),
      }
    case 'SiteRenamed':
      return { ...state, sites: edit(state.sites, data.siteId, { name: data.name }) }
    case 'SiteReconnected':
      return {
        ...state,
        sites: edit(state.sites, data.siteId, { credentialsId: data.credentialsId, facts: factsOf(data) }),
      }
    case 'SiteDisabled':
      return { ...state, sites: edit(state.sites, data.siteId, { disabled: true }) }
    case 'SiteEnabled':
      return { ...state, sites: edit(state.sites, data.siteId, { disabled: false }) }
    case 'SiteFactsRead':
      return { ...state, sites: note(state.sites, data.siteId, { facts: factsOf(data) }) }
    case 'SiteTokenExpiring': {
      const { expiresAt, days } = data
      return { ...state, sites: note(state.sites, data.siteId, { warned: { expiresAt, days } }) }
    }
    case 'SiteDeleted':
      return { ...state, sites: without(state.sites, data.siteId) }
    case 'EnvironmentCreated': {
      const { environmentId, ...entry } = data
      return { ...state, environments: put(state.environments, environmentId, { ...entry, revision: 0 }) }
    }
    case 'EnvironmentEdited': {
      const { environmentId, ...change } = data
      return { ...state, environments: edit(state.environments, environmentId, change) }
    }
    case 'EnvironmentsOrdered':
      return {
        ...state,
        environments: Object.fromEntries(
          Object.entries(state.environments).map(([id, entry]) => [
            id,
            { ...entry, rank: data.environmentIds.indexOf(id) },
          ]),
        ),
      }
    case 'EnvironmentDeleted':
      return { ...state, environments: without(state.environments, data.environmentId) }
    case 'InstanceBound': {
      const { instanceId, clusterName: _, ...entry } = data
      return { ...state, instances: put(state.instances, instanceId, { ...entry, revision: 0 }) }
    }
    case 'InstanceEdited': {
      const { instanceId, name, environmentId, labelSelector } = data
      return { ...state, instances: edit(state.instances, instanceId, { name, environmentId, labelSelector }) }
    }
    case 'InstanceDeleted':
      return { ...state, instances: without(state.instances, data.instanceId) }
    default:
      return unreachable(type)
  }
}

export const landscape = defineAggregate<Landscape, LandscapeEvent>({
  category: 'landscape',
  initial: { sites: {}, environments: {}, instances: {} },
  evolve,
  events: landscapeEvents,
})

/** Names that differ only in case or in the way they are encoded are the same name. */
export const nameKey = (name: string): string => name.normalize('NFKC').toLowerCase()

/** Whether another entry has this name already. */
export const nameIsTaken = (entries: Entries<{ readonly name: string }>, name: string, exceptId?: string): boolean =>
  Object.entries(entries).some(([id, entry]) => id !== exceptId && nameKey(entry.name) === nameKey(name))

/** Whether the editor saw an older state than there is; an editor that does not say is right. */
export const isOutdated = (entry: { readonly revision: number }, seen: number | undefined): boolean =>
  seen !== undefined && seen !== entry.revision

/** Instances that stand in the way of deleting something. */
export const dependantsOf = (
  state: Landscape,
  depends: (instance: Landscape['instances'][string]) => boolean,
): { kind: 'instance'; id: string; name: string }[] =>
  Object.entries(state.instances).flatMap(([id, instance]) =>
    depends(instance) ? [{ kind: 'instance', id, name: instance.name }] : [],
  )

/** Outcome of a decision over the landscape. */
export type Decision<Code extends string> = readonly LandscapeEvent[] | Rejection<Code>
