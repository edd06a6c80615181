import { z } from 'zod'

const id = z.uuid()
const name = z.string()

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
  serverVersion: z.string().optional(),
  tokenExpiresAt: z.string().optional(),
}

/** Data of every event, by type. Names are in all of them, so that history can tell them after a deletion. */
export const landscapeEvents = {
  SiteConnected: z.object({ siteId: id, name, ...reach }),
  SiteRenamed: z.object({ siteId: id, name }),
  SiteReconnected: z.object({ siteId: id, name, ...reach }),
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
  }),
  InstanceEdited: z.object({ instanceId: id, name, environmentId: id }),
  InstanceDeleted: z.object({ instanceId: id, name }),
} as const

type Events = typeof landscapeEvents
/** What happened to an organization's sites, environments and instances. */
export type LandscapeEvent = {
  readonly [T in keyof Events]: { readonly type: T; readonly data: z.output<Events[T]> }
}[keyof Events]
export type SiteReach = z.output<ReturnType<typeof z.object<typeof reach>>>
