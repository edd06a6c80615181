import type { StoredEvent } from '@rancher-hub/domain'
import type { Document } from '@rancher-hub/read-model'
import { defineProjection } from '@rancher-hub/service-kit'
import type { LandscapeEvent, SiteReach } from './landscape-events.ts'

type Stored = StoredEvent<LandscapeEvent>

export interface SiteDoc extends Document, SiteReach {
  readonly org: string
  readonly name: string
  readonly connectedAt: string
  /** When version and expiry were last told. */
  readonly checkedAt: string
  readonly disabled?: boolean | undefined
  readonly revision: number
}
export interface EnvironmentDoc extends Document {
  readonly org: string
  readonly name: string
  readonly colour: string
  readonly protected: boolean
  readonly rank: number
  readonly revision: number
}
export interface InstanceDoc extends Document {
  readonly org: string
  readonly name: string
  readonly environmentId: string
  readonly siteId: string
  readonly clusterId: string
  readonly clusterName: string
  readonly namespace: string
  /** Only objects with these labels belong to it, as the Kubernetes API writes selectors; absent: the whole namespace. */
  readonly labelSelector?: string | undefined
  readonly revision: number
}

const projectSite = (doc: SiteDoc | undefined, event: Stored, id: string): SiteDoc | undefined => {
  switch (event.type) {
    case 'SiteConnected': {
      const { siteId: _, by: __, ...facts } = event.data
      return { ...facts, _id: id, org: event.organization, connectedAt: event.time, checkedAt: event.time, revision: 0 }
    }
    case 'SiteRenamed':
      return doc && { ...doc, name: event.data.name, revision: doc.revision + 1 }
    case 'SiteReconnected': {
      if (doc === undefined) return undefined
      const { siteId: _, by: __, ...facts } = event.data
      return {
        ...facts,
        _id: id,
        org: doc.org,
        connectedAt: doc.connectedAt,
        checkedAt: event.time,
        ...(doc.disabled === true ? { disabled: true } : {}),
        revision: doc.revision + 1,
      }
    }
    case 'SiteDisabled':
      return doc && { ...doc, disabled: true, revision: doc.revision + 1 }
    case 'SiteEnabled': {
      if (doc === undefined) return undefined
      const { disabled: _, ...enabled } = doc
      return { ...enabled, revision: doc.revision + 1 }
    }
    case 'SiteFactsRead': {
      if (doc === undefined) return undefined
      const { serverVersion, tokenExpiresAt, credential } = event.data
      return { ...doc, serverVersion, tokenExpiresAt, credential, checkedAt: event.time }
    }
    case 'SiteDeleted':
      return undefined
    default:
      return doc
  }
}

/** Sites, as lists show them; nothing secret. */
export const sitesProjection = defineProjection<SiteDoc, LandscapeEvent>({
  name: 'sites',
  categories: ['landscape'],
  indexes: [{ fields: ['org', 'name'] }],
  topic: 'sites',
  keys: (event) => ('siteId' in event.data && !('instanceId' in event.data) ? [event.data.siteId] : []),
  project: projectSite,
})

const projectEnvironment = (doc: EnvironmentDoc | undefined, event: Stored, id: string): EnvironmentDoc | undefined => {
  switch (event.type) {
    case 'EnvironmentCreated': {
      const { environmentId: _, ...facts } = event.data
      return { ...facts, _id: id, org: event.organization, revision: 0 }
    }
    case 'EnvironmentEdited': {
      const { name, colour, protected: isProtected } = event.data
      return doc && { ...doc, name, colour, protected: isProtected, revision: doc.revision + 1 }
    }
    case 'EnvironmentsOrdered':
      return doc && { ...doc, rank: event.data.environmentIds.indexOf(id) }
    case 'EnvironmentDeleted':
      return undefined
    default:
      return doc
  }
}

/** Environments in their order. */
export const environmentsProjection = defineProjection<EnvironmentDoc, LandscapeEvent>({
  name: 'environments',
  categories: ['landscape'],
  indexes: [{ fields: ['org', 'rank'] }],
  topic: 'environments',
  keys: (event) => {
    if (event.type === 'EnvironmentsOrdered') return event.data.environmentIds
    return 'environmentId' in event.data && !('instanceId' in event.data) ? [event.data.environmentId] : []
  },
  project: projectEnvironment,
})

const projectInstance = (doc: InstanceDoc | undefined, event: Stored, id: string): InstanceDoc | undefined => {
  switch (event.type) {
    case 'InstanceBound': {
      const { instanceId: _, ...facts } = event.data
      return { ...facts, _id: id, org: event.organization, revision: 0 }
    }
    case 'InstanceEdited': {
      if (doc === undefined) return undefined
      const { labelSelector: _, ...rest } = doc
      const { name, environmentId, labelSelector } = event.data
      const selected = labelSelector === undefined ? {} : { labelSelector }
      return { ...rest, name, environmentId, ...selected, revision: doc.revision + 1 }
    }
    case 'InstanceDeleted':
      return undefined
    default:
      return doc
  }
}

/** App instances. */
export const instancesProjection = defineProjection<InstanceDoc, LandscapeEvent>({
  name: 'instances',
  categories: ['landscape'],
  indexes: [{ fields: ['org', 'environmentId'] }, { fields: ['org', 'siteId'] }],
  topic: 'instances',
  keys: (event) => ('instanceId' in event.data ? [event.data.instanceId] : []),
  project: projectInstance,
})
