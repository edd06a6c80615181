import { projection, stored } from '@rancher-hub/domain/testing'
import { describe, it } from 'vitest'
import { bound, environmentCreated, ids, reach, siteConnected } from './landscape.fixtures.ts'
import type { LandscapeEvent } from './landscape-events.ts'
import { environmentsProjection, instancesProjection, sitesProjection } from './landscape-projections.ts'

const time = '2026-11-24T10:00:00.000Z'
const later = '2026-11-24T11:00:00.000Z'
const at = (event: LandscapeEvent, when = time) => stored(event, { time: when })
const site = { _id: ids.site, org: 'org', name: 'Europe', ...reach, connectedAt: time, checkedAt: time, revision: 0 }

describe('sites', () => {
  it('show what was connected', () =>
    projection(sitesProjection)
      .given(at(siteConnected()), at(environmentCreated()), at(bound()))
      .then({ [ids.site]: site }))
  it('count edits and keep when they were connected', () => {
    const next = { ...reach, url: 'https://new.example.com', credentialsId: ids.other }
    projection(sitesProjection)
      .given(
        at(siteConnected()),
        at({ type: 'SiteRenamed', data: { siteId: ids.site, name: 'EU' } }),
        at({ type: 'SiteReconnected', data: { siteId: ids.site, name: 'EU', ...next } }, later),
      )
      .then({ [ids.site]: { ...site, ...next, name: 'EU', checkedAt: later, revision: 2 } })
  })
  it('are gone when deleted', () =>
    projection(sitesProjection)
      .given(at(siteConnected()), at({ type: 'SiteDeleted', data: { siteId: ids.site, name: 'Europe' } }))
      .then({}))
})

describe('environments', () => {
  const dev = {
    _id: ids.environment,
    org: 'org',
    name: 'Dev',
    colour: '#1f6feb',
    protected: false,
    rank: 0,
    revision: 0,
  }
  const prod = environmentCreated({ environmentId: ids.other, name: 'Prod', rank: 1 })
  it('show edits and order', () => {
    projection(environmentsProjection)
      .given(
        at(environmentCreated()),
        at(prod),
        at({
          type: 'EnvironmentEdited',
          data: { environmentId: ids.environment, name: 'Dev', colour: '#000000', protected: true },
        }),
        at({ type: 'EnvironmentsOrdered', data: { environmentIds: [ids.other, ids.environment] } }),
        at(bound()),
      )
      .then({
        [ids.environment]: { ...dev, colour: '#000000', protected: true, rank: 1, revision: 1 },
        [ids.other]: { ...dev, _id: ids.other, name: 'Prod', rank: 0 },
      })
  })
  it('are gone when deleted', () => {
    projection(environmentsProjection)
      .given(
        at(environmentCreated()),
        at({ type: 'EnvironmentDeleted', data: { environmentId: ids.environment, name: 'Dev' } }),
      )
      .then({})
  })
})

describe('instances', () => {
  const { instanceId: _, ...facts } = bound().data
  const doc = { ...facts, _id: ids.instance, org: 'org', revision: 0 }
  it('show where they are bound', () => {
    projection(instancesProjection)
      .given(
        at(siteConnected()),
        at(environmentCreated()),
        at(bound()),
        at({ type: 'InstanceEdited', data: { instanceId: ids.instance, name: 'shop', environmentId: ids.other } }),
      )
      .then({ [ids.instance]: { ...doc, name: 'shop', environmentId: ids.other, revision: 1 } })
  })
  it('are gone when deleted', () =>
    projection(instancesProjection)
      .given(at(bound()), at({ type: 'InstanceDeleted', data: { instanceId: ids.instance, name: 'shop dev' } }))
      .then({}))
})
