import { Credential } from '@rancher-hub/contracts'
import type { EventOf } from '@rancher-hub/service-kit'
import { z } from 'zod'

const id = z.uuid()
const name = z.string()

/** Who did it, as they were called then. Absent in events of older versions. */
const by = z.object({ id: z.string(), name: z.string() }).optional()

/** What a site tells of itself and of its token. */
const facts = {
  serverVersion: z.string().optional(),
  tokenExpiresAt: z.string().optional(),
  credential: Credential.optional(),
}

/** How a site is reached, without anything secret. */
const reach = {
  kind: z.enum(['rancher', 'kubernetes']),
  url: z.string(),
  origin: z.string(),
  /** Which of the stored credentials of the site are in use. */
  credentialsId: id,
  context: z.string().optional(),
  clusterName: z.string().optional(),
  caFingerprint: z.string().optional(),
  /** An administrator allowed not to check its certificate. */
  unverified: z.boolean().optional(),
  serverName: z.string().optional(),
  proxy: z.object({ url: z.string(), signsIn: z.boolean() }).optional(),
  headerNames: z.array(z.string()).optional(),
  ...facts,
}

/** Data of every event, by type. Names are in all of them, so that history can tell them after a deletion. */
export const landscapeEvents = {
  SiteConnected: z.object({ siteId: id, name, ...reach, by }),
  SiteRenamed: z.object({ siteId: id, name, by }),
  SiteReconnected: z.object({ siteId: id, name, ...reach, by }),
  SiteDisabled: z.object({ siteId: id, name, by }),
  SiteEnabled: z.object({ siteId: id, name, by }),
  /** The site tells something else of itself or of its token than before; all of it. */
  SiteFactsRead: z.object({ siteId: id, name, ...facts }),
  /** One of the days before the end of a token at which people are warned was reached. */
  SiteTokenExpiring: z.object({ siteId: id, name, days: z.number().int(), expiresAt: z.string() }),
  SiteDeleted: z.object({ siteId: id, name }),
  EnvironmentCreated: z.object({
    environmentId: id,
    name,
    colour: z.string(),
    protected: z.boolean(),
    rank: z.number().int(),
  }),
  EnvironmentEdited: z.object({ environmentId: id, name, colour: z.string(), protected: z.boolean() }),
  EnvironmentsOrdered: z.object({ environmentIds: z.array(id) }),
  EnvironmentDeleted: z.object({ environmentId: id, name }),
  InstanceBound: z.object({
    instanceId: id,
    name,
    environmentId: id,
    siteId: id,
    clusterId: z.string(),
    clusterName: z.string(),
    namespace: z.string(),
    /** As it was typed; absent: the whole namespace. */
    labelSelector: z.string().optional(),
  }),
  /** A selector that is absent is none: the whole namespace. */
  InstanceEdited: z.object({ instanceId: id, name, environmentId: id, labelSelector: z.string().optional() }),
  InstanceDeleted: z.object({ instanceId: id, name }),
} as const

/** What happened to an organization's sites, environments and instances. */
export type LandscapeEvent = EventOf<typeof landscapeEvents>
export type SiteReach = z.output<ReturnType<typeof z.object<typeof reach>>>
export type SiteFacts = z.output<ReturnType<typeof z.object<typeof facts>>>
/** A person in events. */
export type By = z.output<typeof by>
