import { Id, Time } from '@rancher-hub/contracts'
import { type Decide, type Evolve, reject, unreachable } from '@rancher-hub/domain'
import { defineAggregate } from '@rancher-hub/service-kit'
import { z } from 'zod'
import type { EventOf } from '../event-of.ts'

const events = {
  /** Carries the ids that redeeming it will use, so that repeating a redemption after a crash makes nobody twice. */
  AdministratorLinkIssued: z.object({ tokenHash: z.string(), expiresAt: Time, organizationId: Id, userId: Id }),
  AdministratorLinkUsed: z.object({ userId: Id }),
}
export type SetupEvent = EventOf<typeof events>

export interface AdministratorLink {
  readonly tokenHash: string
  readonly expiresAt: string
  readonly userId: string
}

/** How the hub gets an administrator while nobody can sign in. Belongs to the hub itself, not to an organization. */
export interface Setup {
  readonly link: AdministratorLink | undefined
  /** The first organization; its id is settled before it is founded. */
  readonly organizationId: string | undefined
}

const evolve: Evolve<Setup, SetupEvent> = (state, event) => {
  switch (event.type) {
    case 'AdministratorLinkIssued': {
      const { tokenHash, expiresAt, userId, organizationId } = event.data
      return { link: { tokenHash, expiresAt, userId }, organizationId }
    }
    case 'AdministratorLinkUsed':
      return { ...state, link: undefined }
    default:
      return unreachable(event)
  }
}

export const setup = defineAggregate<Setup, SetupEvent>({
  category: 'setup',
  initial: { link: undefined, organizationId: undefined },
  evolve,
  events,
})

/** Organization part and id part of the one setup stream. */
export const setupStream = { organization: 'hub', id: 'administrator' } as const

export interface IssueAdministratorLink extends AdministratorLink {
  /** Used when there is no organization yet. */
  readonly newOrganizationId: string
}

export const issueAdministratorLink: Decide<IssueAdministratorLink, Setup, SetupEvent, never> = (command, state) => {
  const { tokenHash, expiresAt, userId, newOrganizationId } = command
  return [
    {
      type: 'AdministratorLinkIssued',
      data: { tokenHash, expiresAt, userId, organizationId: state.organizationId ?? newOrganizationId },
    },
  ]
}

/** Whether this token opens the door now. */
export const isAdministratorLink = (state: Setup, tokenHash: string, now: Date): boolean =>
  state.link?.tokenHash === tokenHash && Date.parse(state.link.expiresAt) > now.getTime()

export const useAdministratorLink: Decide<{ readonly tokenHash: string }, Setup, SetupEvent, 'link-not-valid'> = (
  { tokenHash },
  state,
  now,
) =>
  state.link !== undefined && isAdministratorLink(state, tokenHash, now)
    ? [{ type: 'AdministratorLinkUsed', data: { userId: state.link.userId } }]
    : reject('link-not-valid')
