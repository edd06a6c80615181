import type { Role } from '@rancher-hub/contracts'
import { type Decide, reject } from '@rancher-hub/domain'
import { isLastAdministrator, type Organization, type OrganizationEvent } from './organization.ts'

type DecideOn<Command, Code extends string> = Decide<Command, Organization, OrganizationEvent, Code>

export interface AddPerson {
  readonly userId: string
  readonly name: string
  readonly username: string
  readonly role: Role
}

/** Sign-in names are unique in the organization, disabled people included; this stream is where rivals meet. */
export const addPerson: DecideOn<AddPerson, 'username-taken'> = ({ userId, name, username, role }, state) => {
  if (Object.values(state.members).some((member) => member.username === username)) return reject('username-taken')
  return [{ type: 'PersonAdded', data: { userId, name, username, role } }]
}

/** The administrator that a link was made for; founds the organization when it is the first. Repeating it after a crash adds nobody. */
export const addAdministrator: DecideOn<
  Omit<AddPerson, 'role'> & { readonly organizationName: string },
  'username-taken' | 'link-not-valid'
> = (command, state, now) => {
  const known = state.members[command.userId]
  if (known !== undefined) return known.username === command.username && !known.disabled ? [] : reject('link-not-valid')
  const added = addPerson({ ...command, role: 'administrator' }, state, now)
  if ('rejected' in added || state.name !== undefined) return added
  return [{ type: 'OrganizationFounded', data: { name: command.organizationName } }, ...added]
}

/** A person has set their first password. */
export const activatePerson: DecideOn<{ readonly userId: string }, 'not-found'> = ({ userId }, state) => {
  const member = state.members[userId]
  if (member === undefined) return reject('not-found')
  return member.activated ? [] : [{ type: 'PersonActivated', data: { userId } }]
}

export interface ChangeRole {
  readonly userId: string
  readonly role: Role
  readonly revision?: number | undefined
}

export const changeRole: DecideOn<ChangeRole, 'not-found' | 'changed-meanwhile' | 'last-administrator'> = (
  { userId, role, revision },
  state,
) => {
  const member = state.members[userId]
  if (member === undefined) return reject('not-found')
  if (revision !== undefined && revision !== member.revision) return reject('changed-meanwhile')
  if (member.role === role) return []
  if (isLastAdministrator(state, userId)) return reject('last-administrator')
  return [{ type: 'RoleChanged', data: { userId, name: member.name, role } }]
}

export const disablePerson: DecideOn<{ readonly userId: string }, 'not-found' | 'last-administrator'> = (
  { userId },
  state,
) => {
  const member = state.members[userId]
  if (member === undefined) return reject('not-found')
  if (member.disabled) return []
  if (isLastAdministrator(state, userId)) return reject('last-administrator')
  return [{ type: 'PersonDisabled', data: { userId, name: member.name } }]
}

export const enablePerson: DecideOn<{ readonly userId: string }, 'not-found'> = ({ userId }, state) => {
  const member = state.members[userId]
  if (member === undefined) return reject('not-found')
  return member.disabled ? [{ type: 'PersonEnabled', data: { userId, name: member.name } }] : []
}
