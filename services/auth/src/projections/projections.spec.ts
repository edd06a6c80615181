import { projection, stored } from '@rancher-hub/domain/testing'
import { describe, expect, it } from 'vitest'
import type { OrganizationEvent } from '../organization/organization.ts'
import type { SessionEvent } from '../session/session.ts'
import type { UserEvent } from '../user/user.ts'
import { accounts } from './accounts.projection.ts'
import { organizations } from './organizations.projection.ts'
import { people } from './people.projection.ts'
import { sessions } from './sessions.projection.ts'

const org = (event: OrganizationEvent) => stored(event, { category: 'org', streamId: 'o', organization: 'o' })
const user = (event: UserEvent) => stored(event, { category: 'user', streamId: 'u', organization: 'o' })
const session = (event: SessionEvent) =>
  stored(event, { category: 'session', streamId: 's', organization: 'o', time: '2026-11-24T12:00:00.000Z' })

const founded = org({ type: 'OrganizationFounded', data: { name: 'Shop' } })
const added = org({ type: 'PersonAdded', data: { userId: 'u', name: 'Ada', username: 'ada', role: 'viewer' } })
const activated = org({ type: 'PersonActivated', data: { userId: 'u' } })
const promoted = org({ type: 'RoleChanged', data: { userId: 'u', name: 'Ada', role: 'administrator' } })
const disabled = org({ type: 'PersonDisabled', data: { userId: 'u', name: 'Ada' } })
const enabled = org({ type: 'PersonEnabled', data: { userId: 'u', name: 'Ada' } })
const issued = user({
  type: 'LinkIssued',
  data: { purpose: 'set-password', tokenHash: 't', expiresAt: '2026-11-27T10:00:00Z' },
})
const used = user({ type: 'LinkUsed', data: { purpose: 'set-password' } })
const passwordSet = user({ type: 'PasswordSet', data: { hash: 'h', keptSessionId: 's' } })
const started = session({
  type: 'SessionStarted',
  data: { userId: 'u', tokenHash: 't', epoch: 1, expiresAt: '2026-12-01T10:00:00Z', method: 'password' },
})

describe('accounts', () => {
  it('follow person, role, link and password', () => {
    projection(accounts)
      .given(founded, added, issued)
      .then({
        u: {
          ...{
            _id: 'u',
            org: 'o',
            name: 'Ada',
            username: 'ada',
            role: 'viewer',
            activated: false,
            disabled: false,
            epoch: 0,
          },
          ...{ linkHash: 't', linkPurpose: 'set-password', linkExpiresAt: '2026-11-27T10:00:00Z' },
        },
      })
    const { u } = projection(accounts).given(founded, added, issued, used, passwordSet, activated, promoted).docs()
    expect(u).toMatchObject({ passwordHash: 'h', epoch: 1, keptSessionId: 's', activated: true, role: 'administrator' })
    expect(u?.linkHash).toBeUndefined()
  })
  it('end every session when the person is disabled, the kept one and links too', () => {
    const { u } = projection(accounts).given(added, passwordSet, activated, issued, disabled, enabled).docs()
    expect(u).toMatchObject({ epoch: 2, disabled: false, keptSessionId: undefined, linkHash: undefined })
  })
})

describe('people', () => {
  it('count changes of a person as revisions', () => {
    const { u } = projection(people).given(added, activated, promoted, disabled, enabled).docs()
    expect(u).toMatchObject({ state: 'active', role: 'administrator', revision: 3 })
  })
  it('show who was invited, and who came when', () => {
    expect(projection(people).given(added, disabled, enabled).docs()['u']).toMatchObject({
      state: 'invited',
      revision: 2,
    })
    expect(projection(people).given(added, disabled, activated).docs()['u']).toMatchObject({ state: 'disabled' })
    expect(projection(people).given(added, activated, started).docs()['u']).toMatchObject({
      lastSignInAt: '2026-11-24T12:00:00.000Z',
    })
  })
})

describe('sessions', () => {
  it('are there from start to sign-out', () => {
    const seen = session({ type: 'SessionSeen', data: { userId: 'u' } })
    const ended = session({ type: 'SessionEnded', data: { userId: 'u', reason: 'signed-out' } })
    expect(Object.keys(projection(sessions).given(started, seen).docs())).toEqual(['s'])
    projection(sessions).given(started, ended, seen).then({})
  })
})

describe('organizations', () => {
  it('have names', () =>
    projection(organizations)
      .given(stored({ type: 'OrganizationFounded', data: { name: 'Shop' } }, { streamId: 'o', organization: 'o' }))
      .then({ o: { _id: 'o', org: 'o', name: 'Shop' } }))
})
