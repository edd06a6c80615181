import { Id, Name, Role } from '@rancher-hub/contracts'
import { type Evolve, unreachable } from '@rancher-hub/domain'
import { defineAggregate } from '@rancher-hub/service-kit'
import { z } from 'zod'
import type { EventOf } from '../event-of.ts'

const person = { userId: Id, name: Name }

const events = {
  OrganizationFounded: z.object({ name: Name }),
  PersonAdded: z.object({ ...person, username: z.string(), role: Role }),
  /** Has set a password: can act from now on. */
  PersonActivated: z.object({ userId: Id }),
  RoleChanged: z.object({ ...person, role: Role }),
  PersonDisabled: z.object(person),
  PersonEnabled: z.object(person),
}
export type OrganizationEvent = EventOf<typeof events>

export interface Member {
  readonly name: string
  readonly username: string
  readonly role: Role
  readonly activated: boolean
  readonly disabled: boolean
  /** Counts the changes of this person, from 0. */
  readonly revision: number
}

/** One stream holds all roles of an organization, so that two administrators who disable each other meet in it. */
export interface Organization {
  readonly name: string | undefined
  readonly members: Readonly<Record<string, Member>>
}

const initial: Organization = { name: undefined, members: {} }

const changed = (state: Organization, userId: string, change: Partial<Member>, counts = 1): Organization => {
  const member = state.members[userId]
  if (member === undefined) return state
  return {
    ...state,
    members: { ...state.members, [userId]: { ...member, ...change, revision: member.revision + counts } },
  }
}

const evolve: Evolve<Organization, OrganizationEvent> = (state, event) => {
  switch (event.type) {
    case 'OrganizationFounded':
      return { ...state, name: event.data.name }
    case 'PersonAdded': {
      const { userId, name, username, role } = event.data
      const member: Member = { name, username, role, activated: false, disabled: false, revision: 0 }
      return { ...state, members: { ...state.members, [userId]: member } }
    }
    case 'PersonActivated':
      return changed(state, event.data.userId, { activated: true }, 0)
    case 'RoleChanged':
      return changed(state, event.data.userId, { role: event.data.role })
    case 'PersonDisabled':
      return changed(state, event.data.userId, { disabled: true })
    case 'PersonEnabled':
      return changed(state, event.data.userId, { disabled: false })
    default:
      return unreachable(event)
  }
}

export const organization = defineAggregate<Organization, OrganizationEvent>({
  category: 'org',
  initial,
  evolve,
  events,
})

const isActiveAdministrator = (member: Member): boolean =>
  member.role === 'administrator' && member.activated && !member.disabled

/** Whether somebody can administer the organization now. */
export const hasActiveAdministrator = (state: Organization): boolean =>
  Object.values(state.members).some(isActiveAdministrator)

/** Whether nobody could administer the organization without this person. */
export const isLastAdministrator = (state: Organization, userId: string): boolean => {
  const member = state.members[userId]
  if (member === undefined || !isActiveAdministrator(member)) return false
  return !Object.entries(state.members).some(([id, other]) => id !== userId && isActiveAdministrator(other))
}
