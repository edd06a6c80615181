import { decider } from '@rancher-hub/domain/testing'
import { describe, it } from 'vitest'
import {
  decideCreateEnvironment,
  decideDeleteEnvironment,
  decideEditEnvironment,
  decideOrderEnvironments,
} from './decide-environments.ts'
import { decideBindInstance, decideDeleteInstance, decideEditInstance } from './decide-instances.ts'
import { decideConnectSite, decideDeleteSite, decideEditSite } from './decide-sites.ts'
import { bound, environmentCreated, ids, reach, siteConnected } from './landscape.fixtures.ts'
import { landscape } from './landscape.ts'

const deciding = <C, Code extends string>(
  decide: (
    command: C,
    state: typeof landscape.initial,
  ) => ReturnType<typeof decideConnectSite> | import('./landscape.ts').Decision<Code>,
) => decider({ initial: landscape.initial, evolve: landscape.evolve, decide })

describe('connecting a site', () => {
  const connecting = deciding(decideConnectSite)
  const command = { siteId: ids.site, name: 'Europe', reach }
  it('makes it known', () => connecting.given().when(command).then(siteConnected()))
  it('is refused when the name is taken, in whatever case', () => {
    connecting
      .given(siteConnected({ siteId: ids.other, name: 'EUROPE' }))
      .when(command)
      .thenRejected('name-taken')
  })
  it('may take the name of a deleted one', () => {
    connecting
      .given(siteConnected({ siteId: ids.other }), { type: 'SiteDeleted', data: { siteId: ids.other, name: 'Europe' } })
      .when(command)
      .then(siteConnected())
  })
})

describe('editing a site', () => {
  const editing = deciding(decideEditSite)
  const basedOn = reach.credentialsId
  it('renames it', () => {
    editing
      .given(siteConnected())
      .when({ siteId: ids.site, name: 'EU', basedOn })
      .then({ type: 'SiteRenamed', data: { siteId: ids.site, name: 'EU' } })
  })
  it('renames and reconnects it', () => {
    const next = { ...reach, credentialsId: ids.other, url: 'https://new.example.com' }
    editing
      .given(siteConnected())
      .when({ siteId: ids.site, name: 'EU', reach: next, basedOn, revision: 0 })
      .then(
        { type: 'SiteRenamed', data: { siteId: ids.site, name: 'EU' } },
        { type: 'SiteReconnected', data: { siteId: ids.site, name: 'EU', ...next } },
      )
  })
  it('says nothing when nothing changes', () =>
    editing.given(siteConnected()).when({ siteId: ids.site, name: 'Europe', basedOn }).thenNothing())
  it('is refused when the editor saw an older state', () => {
    editing
      .given(siteConnected(), { type: 'SiteRenamed', data: { siteId: ids.site, name: 'EU' } })
      .when({ siteId: ids.site, name: 'X', revision: 0, basedOn })
      .thenRejected('changed-meanwhile')
  })
  it('is refused when the credentials that it kept were replaced meanwhile', () => {
    const next = { ...reach, credentialsId: ids.other }
    editing
      .given(siteConnected())
      .when({ siteId: ids.site, reach: next, basedOn: ids.other })
      .thenRejected('changed-meanwhile')
  })
  it('is refused when there is none', () =>
    editing.given().when({ siteId: ids.site, basedOn }).thenRejected('not-found'))
})

describe('deleting a site', () => {
  const deleting = deciding(decideDeleteSite)
  it('is refused while instances are bound to it, and names them', () => {
    deleting
      .given(siteConnected(), environmentCreated(), bound())
      .when({ siteId: ids.site })
      .thenRejected('in-use', { dependants: [{ kind: 'instance', id: ids.instance, name: 'shop dev' }] })
  })
  it('leaves its name to history', () =>
    deleting
      .given(siteConnected())
      .when({ siteId: ids.site })
      .then({ type: 'SiteDeleted', data: { siteId: ids.site, name: 'Europe' } }))
})

describe('environments', () => {
  const creating = deciding(decideCreateEnvironment)
  const command = { environmentId: ids.environment, name: 'Dev', colour: '#1f6feb', protected: false }
  const prod = environmentCreated({ environmentId: ids.other, name: 'Prod', rank: 0 })
  it('are made last in the order', () =>
    creating
      .given(prod)
      .when(command)
      .then(environmentCreated({ rank: 1 })))
  it('are refused under a name that is taken', () =>
    creating
      .given(prod)
      .when({ ...command, name: 'prod' })
      .thenRejected('name-taken'))
  it('keep what is not edited', () => {
    deciding(decideEditEnvironment)
      .given(environmentCreated())
      .when({ environmentId: ids.environment, protected: true })
      .then({
        type: 'EnvironmentEdited',
        data: { environmentId: ids.environment, name: 'Dev', colour: '#1f6feb', protected: true },
      })
  })
  it('are not edited over somebody else’s edit', () => {
    const edited = {
      type: 'EnvironmentEdited',
      data: { environmentId: ids.environment, name: 'Dev 2', colour: '#1f6feb', protected: false },
    } as const
    deciding(decideEditEnvironment)
      .given(environmentCreated(), edited)
      .when({ environmentId: ids.environment, name: 'Dev 3', revision: 0 })
      .thenRejected('changed-meanwhile')
  })
  it('are ordered as a whole', () => {
    const ordering = deciding(decideOrderEnvironments).given(prod, environmentCreated({ rank: 1 }))
    ordering
      .when({ environmentIds: [ids.environment, ids.other] })
      .then({ type: 'EnvironmentsOrdered', data: { environmentIds: [ids.environment, ids.other] } })
    ordering.when({ environmentIds: [ids.other, ids.environment] }).thenNothing()
    ordering.when({ environmentIds: [ids.other] }).thenRejected('order-incomplete')
    ordering.when({ environmentIds: [ids.other, ids.other] }).thenRejected('order-incomplete')
    ordering.when({ environmentIds: [ids.other, ids.environment, ids.site] }).thenRejected('order-incomplete')
  })
  it('are not deleted while instances are bound to them', () => {
    const deleting = deciding(decideDeleteEnvironment)
    deleting
      .given(siteConnected(), environmentCreated(), bound())
      .when({ environmentId: ids.environment })
      .thenRejected('in-use')
    const freed = [
      siteConnected(),
      environmentCreated(),
      bound(),
      { type: 'InstanceDeleted', data: { instanceId: ids.instance, name: 'shop dev' } },
    ] as const
    deleting
      .given(...freed)
      .when({ environmentId: ids.environment })
      .then({ type: 'EnvironmentDeleted', data: { environmentId: ids.environment, name: 'Dev' } })
  })
})

describe('app instances', () => {
  const binding = deciding(decideBindInstance)
  const command = bound().data
  const ground = [siteConnected(), environmentCreated()] as const
  it('bind a namespace to an environment', () =>
    binding
      .given(...ground)
      .when(command)
      .then(bound()))
  it('need their site and environment', () => {
    binding.given(environmentCreated()).when(command).thenRejected('not-found')
    binding.given(siteConnected()).when(command).thenRejected('not-found')
  })
  it('bind a namespace once per environment', () => {
    const before = bound({ instanceId: ids.other, name: 'other' })
    binding
      .given(...ground, before)
      .when(command)
      .thenRejected('already-bound', { instanceId: ids.other, name: 'other' })
  })
  it('share a namespace when each has a selector, and all of them differ', () => {
    const sharing = binding.given(
      ...ground,
      bound({ instanceId: ids.other, name: 'other', labelSelector: 'tier in (web, api),app=shop' }),
    )
    sharing.when({ ...command, labelSelector: 'app=wiki' }).then(bound({ labelSelector: 'app=wiki' }))
    const taken = { instanceId: ids.other, name: 'other' }
    sharing.when({ ...command, labelSelector: 'app==shop, tier in (api,web)' }).thenRejected('already-bound', taken)
    sharing.when({ ...command, labelSelector: '' }).thenRejected('already-bound', taken)
    sharing.when(command).thenRejected('already-bound', taken)
    binding
      .given(...ground, bound({ instanceId: ids.other, name: 'other' }))
      .when({ ...command, labelSelector: 'app=wiki' })
      .thenRejected('already-bound', taken)
  })
  it('change which objects belong to them', () => {
    const editing = deciding(decideEditInstance)
    const whole = { instanceId: ids.instance, name: 'shop dev', environmentId: ids.environment }
    const selected = { ...whole, labelSelector: 'app=shop' }
    editing
      .given(...ground, bound())
      .when({ instanceId: ids.instance, labelSelector: 'app=shop' })
      .then({ type: 'InstanceEdited', data: selected })
    const given = editing.given(
      ...ground,
      bound({ labelSelector: 'app=shop' }),
      bound({ instanceId: ids.other, name: 'wiki', labelSelector: 'app=wiki' }),
    )
    given
      .when({ instanceId: ids.instance, name: 'the shop' })
      .then({ type: 'InstanceEdited', data: { ...selected, name: 'the shop' } })
    given.when({ instanceId: ids.instance, labelSelector: 'app=shop' }).thenNothing()
    given.when({ instanceId: ids.instance, labelSelector: '' }).thenRejected('already-bound')
    given.when({ instanceId: ids.instance, labelSelector: 'app in (wiki)' }).thenRejected('already-bound')
  })
  it('have a name of their own', () => {
    binding
      .given(...ground, bound({ instanceId: ids.other, namespace: 'elsewhere' }))
      .when(command)
      .thenRejected('name-taken')
  })
  it('move to another environment', () => {
    const editing = deciding(decideEditInstance)
    const given = editing.given(
      ...ground,
      environmentCreated({ environmentId: ids.other, name: 'Prod', rank: 1 }),
      bound(),
    )
    given
      .when({ instanceId: ids.instance, environmentId: ids.other })
      .then({ type: 'InstanceEdited', data: { instanceId: ids.instance, name: 'shop dev', environmentId: ids.other } })
    given.when({ instanceId: ids.instance, environmentId: ids.site }).thenRejected('not-found')
    given.when({ instanceId: ids.instance, name: 'x', revision: 3 }).thenRejected('changed-meanwhile')
    given.when({ instanceId: ids.instance, name: 'shop dev' }).thenNothing()
  })
  it('are deleted once', () => {
    const deleting = deciding(decideDeleteInstance)
    deleting
      .given(...ground, bound())
      .when({ instanceId: ids.instance })
      .then({ type: 'InstanceDeleted', data: { instanceId: ids.instance, name: 'shop dev' } })
    deleting
      .given(...ground)
      .when({ instanceId: ids.instance })
      .thenRejected('not-found')
  })
})
