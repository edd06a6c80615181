import { decider } from '@rancher-hub/domain/testing'
import { describe, it } from 'vitest'
import { activatePerson, addAdministrator, addPerson, changeRole, disablePerson, enablePerson } from './decisions.ts'
import { type OrganizationEvent, organization } from './organization.ts'

const ada = '6f1c3a52-1111-4a6e-9d43-0a5a2f6a9f01'
const bob = '6f1c3a52-1111-4a6e-9d43-0a5a2f6a9f02'
const founded: OrganizationEvent = { type: 'OrganizationFounded', data: { name: 'Shop' } }
const added = (userId: string, name: string, role: 'administrator' | 'viewer'): OrganizationEvent => ({
  type: 'PersonAdded',
  data: { userId, name, username: name.toLowerCase(), role },
})
const active = (userId: string): OrganizationEvent => ({ type: 'PersonActivated', data: { userId } })
const disabled = (userId: string, name: string): OrganizationEvent => ({
  type: 'PersonDisabled',
  data: { userId, name },
})
const oneAdministrator = [founded, added(ada, 'Ada', 'administrator'), active(ada)]
const subject = <D>(decide: D) => ({ initial: organization.initial, evolve: organization.evolve, decide })

describe('add person', () => {
  const command = { userId: bob, name: 'Bob', username: 'bob', role: 'viewer' as const }
  it('adds', () =>
    decider(subject(addPerson))
      .given(...oneAdministrator)
      .when(command)
      .then(added(bob, 'Bob', 'viewer')))
  it('is refused while the sign-in name is in use', () =>
    decider(subject(addPerson))
      .given(...oneAdministrator)
      .when({ ...command, username: 'ada' })
      .thenRejected('username-taken'))
  it('is refused for the sign-in name of a disabled person', () =>
    decider(subject(addPerson))
      .given(...oneAdministrator, added(bob, 'Bob', 'viewer'), disabled(bob, 'Bob'))
      .when({ ...command, userId: ada })
      .thenRejected('username-taken'))
})

describe('add administrator', () => {
  const command = { userId: ada, name: 'Ada', username: 'ada', organizationName: 'Shop' }
  it('founds the organization when there is none', () =>
    decider(subject(addAdministrator))
      .given()
      .when(command)
      .then(founded, added(ada, 'Ada', 'administrator')))
  it('adds nobody twice', () =>
    decider(subject(addAdministrator))
      .given(founded, added(ada, 'Ada', 'administrator'))
      .when(command)
      .thenNothing())
  it('is refused when the link has been used under another name', () =>
    decider(subject(addAdministrator))
      .given(founded, added(ada, 'Ada', 'administrator'))
      .when({ ...command, username: 'eve' })
      .thenRejected('link-not-valid'))
  it('joins the organization when there is one', () =>
    decider(subject(addAdministrator))
      .given(...oneAdministrator)
      .when({ ...command, userId: bob, name: 'Bob', username: 'bob' })
      .then(added(bob, 'Bob', 'administrator')))
})

describe('activate person', () => {
  it('happens once', () => {
    decider(subject(activatePerson))
      .given(founded, added(ada, 'Ada', 'administrator'))
      .when({ userId: ada })
      .then(active(ada))
    decider(subject(activatePerson))
      .given(...oneAdministrator)
      .when({ userId: ada })
      .thenNothing()
  })
  it('is refused for a stranger', () =>
    decider(subject(activatePerson)).given(founded).when({ userId: bob }).thenRejected('not-found'))
})

describe('change role', () => {
  const withBob = [...oneAdministrator, added(bob, 'Bob', 'viewer')]
  it('changes', () =>
    decider(subject(changeRole))
      .given(...withBob)
      .when({ userId: bob, role: 'operator', revision: 0 })
      .then({ type: 'RoleChanged', data: { userId: bob, name: 'Bob', role: 'operator' } }))
  it('does nothing when the role is that already', () =>
    decider(subject(changeRole))
      .given(...withBob)
      .when({ userId: bob, role: 'viewer' })
      .thenNothing())
  it('is refused when somebody was faster', () =>
    decider(subject(changeRole))
      .given(...withBob, disabled(bob, 'Bob'))
      .when({ userId: bob, role: 'operator', revision: 0 })
      .thenRejected('changed-meanwhile'))
  it('is refused for the last administrator, invited ones not counting', () =>
    decider(subject(changeRole))
      .given(...oneAdministrator, added(bob, 'Bob', 'administrator'))
      .when({ userId: ada, role: 'viewer' })
      .thenRejected('last-administrator'))
  it('is refused for a stranger', () =>
    decider(subject(changeRole)).given(founded).when({ userId: bob, role: 'viewer' }).thenRejected('not-found'))
})

describe('disable and enable person', () => {
  const two = [...oneAdministrator, added(bob, 'Bob', 'administrator'), active(bob)]
  it('disables one of two administrators, not both', () => {
    decider(subject(disablePerson))
      .given(...two)
      .when({ userId: ada })
      .then(disabled(ada, 'Ada'))
    decider(subject(disablePerson))
      .given(...two, disabled(bob, 'Bob'))
      .when({ userId: ada })
      .thenRejected('last-administrator')
  })
  it('does nothing twice', () => {
    decider(subject(disablePerson))
      .given(...two, disabled(bob, 'Bob'))
      .when({ userId: bob })
      .thenNothing()
    decider(subject(enablePerson))
      .given(...two)
      .when({ userId: bob })
      .thenNothing()
  })
  it('enables again', () =>
    decider(subject(enablePerson))
      .given(...two, disabled(bob, 'Bob'))
      .when({ userId: bob })
      .then({ type: 'PersonEnabled', data: { userId: bob, name: 'Bob' } }))
  it('is refused for a stranger', () => {
    decider(subject(disablePerson)).given(founded).when({ userId: bob }).thenRejected('not-found')
    decider(subject(enablePerson)).given(founded).when({ userId: bob }).thenRejected('not-found')
  })
})
