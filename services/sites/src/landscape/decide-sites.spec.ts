import { decider } from '@rancher-hub/domain/testing'
import { describe, expect, it } from 'vitest'
import { decideNoteSiteFacts, decideSwitchSite, dueWarning } from './decide-sites.ts'
import { ids, reach, siteConnected } from './landscape.fixtures.ts'
import { landscape } from './landscape.ts'
import type { LandscapeEvent } from './landscape-events.ts'

const { initial, evolve } = landscape
const disabled: LandscapeEvent = { type: 'SiteDisabled', data: { siteId: ids.site, name: 'Europe' } }

describe('switching a site', () => {
  const switching = decider({ initial, evolve, decide: decideSwitchSite })
  const disable = { siteId: ids.site, disabled: true, by: { id: ids.other, name: 'Ada' } }
  it('disables it once', () => {
    switching
      .given(siteConnected())
      .when(disable)
      .then({ type: 'SiteDisabled', data: { siteId: ids.site, name: 'Europe', by: disable.by } })
    switching.given(siteConnected(), disabled).when(disable).thenNothing()
  })
  it('enables it', () => {
    switching
      .given(siteConnected(), disabled)
      .when({ siteId: ids.site, disabled: false, revision: 1 })
      .then({ type: 'SiteEnabled', data: { siteId: ids.site, name: 'Europe' } })
  })
  it('is refused for what was seen before somebody else’s edit, or is not there', () => {
    switching
      .given(siteConnected(), disabled)
      .when({ siteId: ids.site, disabled: false, revision: 0 })
      .thenRejected('changed-meanwhile')
    switching.given().when(disable).thenRejected('not-found')
  })
})

describe('news of a site', () => {
  const end = '2026-12-31T00:00:00Z'
  const facts = {
    serverVersion: 'v2.15.0',
    tokenExpiresAt: end,
    credential: { kind: 'ext-token' as const, owner: 'hub' },
  }
  const daysBefore = (days: number) => new Date(Date.parse(end) - days * 86_400_000)
  /** What is told on those days, one after the other; each time from what was stored before. */
  const told = (
    days: readonly number[],
    given: readonly LandscapeEvent[] = [siteConnected({ ...reach, ...facts })],
  ) => {
    let state = given.reduce((before, event) => evolve(before, event as Parameters<typeof evolve>[1]), initial)
    return days.map((each) => {
      const command = { siteId: ids.site, credentialsId: reach.credentialsId, facts }
      const events = decideNoteSiteFacts(command, state, daysBefore(each))
      state = events.reduce((before, event) => evolve(before, event as Parameters<typeof evolve>[1]), state)
      return events.map((event) => (event.type === 'SiteTokenExpiring' ? event.data.days : event.type))
    })
  }

  it('warns at 30, 7 and 1 days, once each, and only of what comes next', () => {
    expect(told([60, 30, 29, 8, 7, 6.5, 1, 0.2, -3])).toEqual([[], [30], [], [], [7], [], [1], [], []])
    expect(told([40, 5, 4])).toEqual([[], [7], []])
  })
  it('warns anew for another end', () => {
    const warned: LandscapeEvent = {
      type: 'SiteTokenExpiring',
      data: { siteId: ids.site, name: 'Europe', days: 7, expiresAt: '2026-10-01T00:00:00Z' },
    }
    expect(told([6], [siteConnected({ ...reach, ...facts }), warned])).toEqual([[7]])
  })
  it('is noted where it is another thing than before', () => {
    expect(told([90, 90], [siteConnected()])).toEqual([['SiteFactsRead'], []])
  })
  it('is not noted of credentials that were replaced meanwhile, nor of a site that is gone', () => {
    expect(told([1], [siteConnected({ credentialsId: ids.other })])).toEqual([[]])
    expect(told([1], [])).toEqual([[]])
  })
  it('is no edit', () => {
    const read: LandscapeEvent = { type: 'SiteFactsRead', data: { siteId: ids.site, name: 'Europe', ...facts } }
    const state = [siteConnected(), read].reduce((before, event) => evolve(before, event as never), initial)
    expect(state.sites[ids.site]?.revision).toBe(0)
  })
  it('has no warning without an end', () => expect(dueWarning(undefined, daysBefore(0))).toBeUndefined())
})
