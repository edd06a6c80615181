import { decider } from '@rancher-hub/domain/testing'
import { describe, it } from 'vitest'
import {
  ada,
  cartItem,
  itemPlanned,
  planned,
  requested,
  settingsItem,
  started,
  syncId,
  upToPlan,
} from '../../sync/sync.fixtures.ts'
import { evolveSync, initialSync } from '../../sync/sync.ts'
import { decideExecuteSync, decideRefuseSync, decideStopSync } from './execute-sync.ts'

const command = { syncId, planHash: 'sha256:plan', confirmation: ['Production'], by: ada }
const execute = decider({ initial: initialSync, evolve: evolveSync, decide: decideExecuteSync })
const refuse = decider({ initial: initialSync, evolve: evolveSync, decide: decideRefuseSync })
const stop = decider({ initial: initialSync, evolve: evolveSync, decide: decideStopSync })

describe('execute sync', () => {
  it('starts a plan that was seen, with the protected environment typed', () => {
    execute
      .given(...upToPlan())
      .when(command)
      .then(started())
  })
  it('asks for the name of a protected environment', () => {
    execute
      .given(...upToPlan())
      .when({ ...command, confirmation: [' production'] })
      .thenRejected('confirmation-required', { environments: ['Production'] })
  })
  it('refuses another plan than the one that was seen', () => {
    execute
      .given(...upToPlan())
      .when({ ...command, planHash: 'sha256:other' })
      .thenRejected('plan-changed')
  })
  it('refuses while planning, twice, and for a sync that does not exist', () => {
    execute.given(requested()).when(command).thenRejected('wrong-state', { state: 'planning' })
    execute
      .given(...upToPlan(), started())
      .when(command)
      .thenRejected('wrong-state', { state: 'executing' })
    execute.given().when(command).thenRejected('not-found')
  })
  it('refuses a plan that has expired', () => {
    execute
      .given(...upToPlan())
      .when(command, new Date('2026-11-25T10:00:00.000Z'))
      .thenRejected('wrong-state', { state: 'expired' })
  })
  it('refuses a plan in which nothing can be written', () => {
    const unchanged = { outcome: 'unchanged', reason: 'Nothing differs' } as const
    execute
      .given(requested(), itemPlanned(cartItem, unchanged), itemPlanned(settingsItem, unchanged), planned())
      .when(command)
      .thenRejected('nothing-to-write')
  })
})

describe('refuse sync', () => {
  it('ends a plan with its reason', () => {
    refuse
      .given(...upToPlan())
      .when({ syncId, reason: 'Monday', by: ada })
      .then({ type: 'SyncRefused', data: { by: ada, reason: 'Monday' } })
  })
  it('comes too late once the sync runs', () => {
    refuse
      .given(...upToPlan(), started())
      .when({ syncId, reason: '', by: ada })
      .thenRejected('wrong-state')
  })
})

describe('stop sync', () => {
  it('stops a running sync, once', () => {
    stop
      .given(...upToPlan(), started())
      .when({ syncId, by: ada })
      .then({ type: 'SyncStopRequested', data: { by: ada } })
    stop
      .given(...upToPlan(), started(), { type: 'SyncStopRequested', data: { by: ada } })
      .when({ syncId, by: ada })
      .thenNothing()
  })
  it('has nothing to stop before the start', () => {
    stop
      .given(...upToPlan())
      .when({ syncId, by: ada })
      .thenRejected('wrong-state')
  })
})
