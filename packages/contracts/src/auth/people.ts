import { z } from 'zod'
import { command, event, query } from '../kit.ts'
import { changedMeanwhile, Done, Id, Name, page, pageInput, Revision } from '../schemas.ts'
import { OneTimeLink, PersonEntry, Role, Username } from './schemas.ts'

const userId = '6f1c3a52-1111-4a6e-9d43-0a5a2f6a9f01'
const person = {
  id: userId,
  name: 'Ada',
  username: 'ada',
  role: 'viewer' as const,
  state: 'invited' as const,
  addedAt: '2026-11-24T10:00:00Z',
  revision: 0,
}
const link = { url: 'https://hub.example/link#t', expiresAt: '2026-11-27T10:00:00Z' }
const lastAdministrator = {
  'last-administrator': {
    status: 409,
    message: 'This is the last active administrator. Make somebody else an administrator first.',
  },
} as const

export const listPeople = query('auth.list-people', {
  summary: 'List the people of the organization',
  http: { method: 'GET', path: '/people' },
  access: 'people:read',
  input: z.object({ text: z.string().max(120).optional(), ...pageInput }),
  result: page(PersonEntry),
  staleAfter: ['people'],
  examples: [{ summary: 'One person', input: {}, result: { items: [person], total: 1 } }],
})

export const addPerson = command('auth.add-person', {
  summary: 'Add a person; the answer carries their one-time link, which is shown only here',
  http: { method: 'POST', path: '/people' },
  access: 'people:write',
  input: z.object({ name: Name, username: Username, role: Role }),
  result: z.object({ id: Id, link: OneTimeLink }),
  refusals: { 'username-taken': { status: 409, message: 'This sign-in name is in use already. Choose another one.' } },
  examples: [
    { summary: 'A viewer', input: { name: 'Ada', username: 'ada', role: 'viewer' }, result: { id: userId, link } },
  ],
})

export const renewLink = command('auth.renew-link', {
  summary: 'Give a person a new one-time link to set a password; older links stop working',
  http: { method: 'POST', path: '/people/:userId/link' },
  access: 'people:write',
  input: z.object({ userId: Id }),
  result: z.object({ link: OneTimeLink }),
  refusals: { 'person-disabled': { status: 409, message: 'This account is disabled. Enable it first.' } },
  examples: [{ summary: 'Forgotten password', input: { userId }, result: { link } }],
})

export const changeRole = command('auth.change-role', {
  summary: 'Change a person’s role',
  http: { method: 'PUT', path: '/people/:userId/role' },
  access: 'people:write',
  input: z.object({ userId: Id, role: Role, revision: Revision.optional() }),
  result: Done,
  refusals: { ...lastAdministrator, ...changedMeanwhile },
  examples: [{ summary: 'Make an operator', input: { userId, role: 'operator' }, result: {} }],
})

export const disablePerson = command('auth.disable-person', {
  summary: 'Disable a person: their sessions end at once, their history stays',
  http: { method: 'POST', path: '/people/:userId/disable' },
  access: 'people:write',
  input: z.object({ userId: Id }),
  result: Done,
  refusals: lastAdministrator,
  examples: [{ summary: 'Disable', input: { userId }, result: {} }],
})

export const enablePerson = command('auth.enable-person', {
  summary: 'Enable a disabled person again',
  http: { method: 'POST', path: '/people/:userId/enable' },
  access: 'people:write',
  input: z.object({ userId: Id }),
  result: Done,
  examples: [{ summary: 'Enable', input: { userId }, result: {} }],
})

const aboutPerson = z.object({ userId: Id, name: z.string() })
export const authEvents = [
  event('auth.PersonAdded', {
    summary: 'A person was added',
    data: aboutPerson.extend({ role: Role }),
    example: { userId, name: 'Ada', role: 'viewer' },
  }),
  event('auth.RoleChanged', {
    summary: 'A person’s role was changed',
    data: aboutPerson.extend({ role: Role }),
    example: { userId, name: 'Ada', role: 'operator' },
  }),
  event('auth.PersonDisabled', {
    summary: 'A person was disabled',
    data: aboutPerson,
    example: { userId, name: 'Ada' },
  }),
  event('auth.PersonEnabled', {
    summary: 'A person was enabled again',
    data: aboutPerson,
    example: { userId, name: 'Ada' },
  }),
] as const
