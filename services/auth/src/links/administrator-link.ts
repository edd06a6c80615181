import type { EventStore } from '@rancher-hub/event-store'
import { type Cause, decideAndAppend, loadAggregate, newId, streamName } from '@rancher-hub/service-kit'
import { hasActiveAdministrator, organization } from '../organization/organization.ts'
import { issueAdministratorLink, type Setup, setup, setupStream } from '../setup/setup.ts'
import { issueLink, user } from '../user/user.ts'
import { createLink } from './create-link.ts'

/** What making links on the server needs: no running service, only the event store. */
export interface LinkDeps {
  readonly store: EventStore
  /** Address under which browsers reach the hub. */
  readonly publicUrl: string
  readonly now?: (() => Date) | undefined
  /** Hours that the link works; default 72. */
  readonly hours?: number | undefined
}

/** A link to show once. */
export interface ServerLink {
  readonly url: string
  readonly expiresAt: string
}

/** The state of the setup stream. */
export const loadSetup = async (store: EventStore): Promise<Setup> =>
  (await loadAggregate(store, setup, streamName(setup.category, setupStream.organization, setupStream.id))).state

/** Whether somebody can administer the hub. */
export const administratorExists = async (store: EventStore): Promise<boolean> => {
  const { organizationId } = await loadSetup(store)
  if (organizationId === undefined) return false
  const { state } = await loadAggregate(
    store,
    organization,
    streamName(organization.category, organizationId, organizationId),
  )
  return hasActiveAdministrator(state)
}

const serverCause = (organizationId: string): Cause => {
  const id = newId()
  return { organization: organizationId, actor: { kind: 'service', name: 'auth' }, correlationId: id, causationId: id }
}

/** Makes a link that creates one more administrator; older ones stop working. For people who sit at the server: `hub admin link`. */
export const createAdministratorLink = async (deps: LinkDeps): Promise<ServerLink> => {
  const now = deps.now ?? (() => new Date())
  const { url, tokenHash, expiresAt } = createLink(deps.publicUrl, now(), deps.hours ?? 72)
  const command = { tokenHash, expiresAt, userId: newId(), newOrganizationId: newId() }
  const decide = (state: Setup, at: Date) => issueAdministratorLink(command, state, at)
  await decideAndAppend(
    { store: deps.store, now },
    setup,
    setupStream.id,
    decide,
    serverCause(setupStream.organization),
  )
  return { url, expiresAt }
}

/** The link that a start prints: undefined once an administrator exists. */
export const createFirstAdministratorLink = async (deps: LinkDeps): Promise<ServerLink | undefined> =>
  (await administratorExists(deps.store)) ? undefined : await createAdministratorLink(deps)

/** A link that signs an existing person in, once. For the demo. */
export const createSignInLink = async (deps: LinkDeps, userId: string): Promise<ServerLink> => {
  const now = deps.now ?? (() => new Date())
  const { organizationId } = await loadSetup(deps.store)
  if (organizationId === undefined)
    throw new Error('There is no organization yet: create the first administrator first')
  const { url, tokenHash, expiresAt } = createLink(deps.publicUrl, now(), deps.hours ?? 72)
  const decide = (state: typeof user.initial, at: Date) =>
    issueLink({ purpose: 'sign-in', tokenHash, expiresAt }, state, at)
  await decideAndAppend({ store: deps.store, now }, user, userId, decide, serverCause(organizationId))
  return { url, expiresAt }
}
