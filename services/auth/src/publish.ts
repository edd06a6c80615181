import { authEvents } from '@rancher-hub/contracts'
import type { Publish } from '@rancher-hub/service-kit'

const [personAdded, roleChanged, personDisabled, personEnabled] = authEvents
const publicEvents = {
  PersonAdded: personAdded,
  RoleChanged: roleChanged,
  PersonDisabled: personDisabled,
  PersonEnabled: personEnabled,
} as const

/** What auth says in public: people and roles. Links, passwords and sessions stay inside. The schema strips the rest. */
export const publish = (({ category, type, data }) => {
  if (category !== 'org' || !Object.hasOwn(publicEvents, type)) return undefined
  return { event: publicEvents[type as keyof typeof publicEvents], data: data as Readonly<Record<string, unknown>> }
}) satisfies Publish
