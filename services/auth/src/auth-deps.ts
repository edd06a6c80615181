import type { Bus } from '@rancher-hub/bus'
import {
  type Contract,
  type Me,
  type RefusalOf,
  rolePermissions,
  type SessionRevoked,
  sessionRevokedSubject,
} from '@rancher-hub/contracts'
import type { DomainEvent } from '@rancher-hub/domain'
import { isRejection, type Rejection } from '@rancher-hub/domain'
import type { EventStore } from '@rancher-hub/event-store'
import type { Collection, ReadModels } from '@rancher-hub/read-model'
import { type Aggregate, type CallContext, type Cause, encode, publishHint, refuse } from '@rancher-hub/service-kit'
import type { z } from 'zod'
import type { AttemptLimiter } from './attempt-limiter.ts'
import type { AuthConfig } from './config.ts'
import type { PasswordHasher } from './passwords/password-hasher.ts'
import { type Account, accounts } from './projections/accounts.projection.ts'
import { type OrganizationDocument, organizations } from './projections/organizations.projection.ts'
import { type PersonDocument, people } from './projections/people.projection.ts'
import { type SessionDocument, sessions } from './projections/sessions.projection.ts'

/** What the features of this service work with. */
export interface AuthDeps {
  readonly config: AuthConfig
  readonly store: EventStore
  readonly bus: Bus
  readonly models: AuthModels
  readonly passwords: PasswordHasher
  readonly attempts: AttemptLimiter
  /** Address under which browsers reach the hub, without a slash at the end. */
  readonly publicUrl: () => string
}

/** The service's read models. */
export interface AuthModels {
  accounts(): Promise<Collection<Account>>
  people(): Promise<Collection<PersonDocument>>
  sessions(): Promise<Collection<SessionDocument>>
  organizations(): Promise<Collection<OrganizationDocument>>
}

export const openAuthModels = (models: ReadModels): AuthModels => ({
  accounts: async () => await models.collection<Account>(accounts.name, { indexes: accounts.indexes }),
  people: async () => await models.collection<PersonDocument>(people.name, { indexes: people.indexes }),
  sessions: async () => await models.collection<SessionDocument>(sessions.name, { indexes: sessions.indexes }),
  organizations: async () =>
    await models.collection<OrganizationDocument>(organizations.name, { indexes: organizations.indexes }),
})

/** Decides on a stream, and refuses the call when the decision does. */
export const decideOrRefuse = async <K extends Contract, S, E extends DomainEvent>(
  contract: K,
  ctx: CallContext,
  aggregate: Aggregate<S, E>,
  id: string,
  decide: (state: S, now: Date) => readonly E[] | Rejection<RefusalOf<K>>,
  cause?: Partial<Cause>,
): Promise<readonly E[]> => {
  const outcome = await ctx.decide(aggregate, id, decide, cause)
  if (isRejection(outcome)) throw refuse(contract, outcome.rejected as RefusalOf<K>, outcome.details)
  return outcome as readonly E[]
}

/** What a person may do is asked here and nowhere else: custom roles will be read here. */
export const meOf = async (models: AuthModels, account: Account): Promise<Me> => {
  const organization = await (await models.organizations()).get(account.org)
  return {
    user: { id: account._id, name: account.name, username: account.username },
    organization: { id: account.org, name: organization?.name ?? '' },
    role: account.role,
    permissions: [...rolePermissions[account.role]],
  }
}

/** Tells every gateway and verifier to drop what they remember of a session, or of all sessions of a person. */
export const announceRevocation = async (
  bus: Bus,
  organization: string,
  revoked: z.output<typeof SessionRevoked>,
): Promise<void> => {
  await bus.publish(sessionRevokedSubject, encode(revoked))
  await publishHint(bus, organization, 'me', revoked.userId)
}
