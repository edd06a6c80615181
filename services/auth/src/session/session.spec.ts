import { decider } from '@rancher-hub/domain/testing'
import { describe, it } from 'vitest'
import { endSession, noteActivity, type SessionEvent, session, startSession } from './session.ts'

const subject = <D>(decide: D) => ({ initial: session.initial, evolve: session.evolve, decide })
const data = { userId: 'u', tokenHash: 't', epoch: 1, expiresAt: '2026-12-01T10:00:00Z', method: 'password' as const }
const started: SessionEvent = { type: 'SessionStarted', data }
const seen: SessionEvent = { type: 'SessionSeen', data: { userId: 'u' } }
const ended: SessionEvent = { type: 'SessionEnded', data: { userId: 'u', reason: 'signed-out' } }

describe('session', () => {
  it('starts once', () => {
    decider(subject(startSession)).given().when(data).then(started)
    decider(subject(startSession)).given(started).when(data).thenNothing()
  })
  it('notes activity while it lasts', () => {
    decider(subject(noteActivity)).given(started, seen).when({ userId: 'u' }).then(seen)
    decider(subject(noteActivity)).given(started, ended).when({ userId: 'u' }).thenNothing()
  })
  it('ends once, and only for its own person', () => {
    decider(subject(endSession)).given(started).when({ userId: 'u' }).then(ended)
    decider(subject(endSession)).given(started, ended).when({ userId: 'u' }).thenNothing()
    decider(subject(endSession)).given(started).when({ userId: 'other' }).thenNothing()
  })
})
