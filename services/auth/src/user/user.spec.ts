import { decider } from '@rancher-hub/domain/testing'
import { describe, it } from 'vitest'
import { changePassword, setFirstPassword, setPasswordByLink, type UserEvent, user, useSignInLink } from './user.ts'

const subject = <D>(decide: D) => ({ initial: user.initial, evolve: user.evolve, decide })
const issued = (
  purpose: 'set-password' | 'sign-in',
  tokenHash: string,
  expiresAt = '2026-11-24T11:00:00Z',
): UserEvent => ({
  type: 'LinkIssued',
  data: { purpose, tokenHash, expiresAt },
})
const set = (hash: string): UserEvent => ({ type: 'PasswordSet', data: { hash } })
const used: UserEvent = { type: 'LinkUsed', data: { purpose: 'set-password' } }
const command = { tokenHash: 't1', hash: 'h' }

describe('set password by link', () => {
  it('uses the link and sets the password', () =>
    decider(subject(setPasswordByLink)).given(issued('set-password', 't1')).when(command).then(used, set('h')))
  it('is refused a second time', () =>
    decider(subject(setPasswordByLink))
      .given(issued('set-password', 't1'), used, set('h'))
      .when(command)
      .thenRejected('link-not-valid'))
  it('is refused when a newer link replaced it', () =>
    decider(subject(setPasswordByLink))
      .given(issued('set-password', 't1'), issued('set-password', 't2'))
      .when(command)
      .thenRejected('link-not-valid'))
  it('is refused when the link has expired', () =>
    decider(subject(setPasswordByLink))
      .given(issued('set-password', 't1', '2026-11-24T10:00:00Z'))
      .when(command)
      .thenRejected('link-not-valid'))
  it('is refused with a link for another purpose', () => {
    decider(subject(setPasswordByLink)).given(issued('sign-in', 't1')).when(command).thenRejected('link-not-valid')
    decider(subject(useSignInLink))
      .given(issued('set-password', 't1'))
      .when({ tokenHash: 't1' })
      .thenRejected('link-not-valid')
  })
})

describe('use sign-in link', () => {
  it('uses it up', () =>
    decider(subject(useSignInLink))
      .given(issued('sign-in', 't'))
      .when({ tokenHash: 't' })
      .then({ type: 'LinkUsed', data: { purpose: 'sign-in' } }))
})

describe('set first password', () => {
  it('sets it once', () => {
    decider(subject(setFirstPassword)).given().when({ hash: 'h' }).then(set('h'))
    decider(subject(setFirstPassword)).given(set('h')).when({ hash: 'i' }).thenRejected('link-not-valid')
  })
})

describe('change password', () => {
  it('names the session that stays', () =>
    decider(subject(changePassword))
      .given(set('old'))
      .when({ verifiedHash: 'old', hash: 'new', keptSessionId: 's' })
      .then({ type: 'PasswordSet', data: { hash: 'new', keptSessionId: 's' } }))
  it('is refused when the password changed meanwhile', () =>
    decider(subject(changePassword))
      .given(set('old'), set('newer'))
      .when({ verifiedHash: 'old', hash: 'new' })
      .thenRejected('wrong-password'))
})
