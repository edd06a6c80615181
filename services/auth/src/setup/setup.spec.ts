import { decider } from '@rancher-hub/domain/testing'
import { describe, it } from 'vitest'
import { issueAdministratorLink, type SetupEvent, setup, useAdministratorLink } from './setup.ts'

const subject = <D>(decide: D) => ({ initial: setup.initial, evolve: setup.evolve, decide })
const issued = (tokenHash: string, expiresAt = '2026-11-27T10:00:00Z'): SetupEvent => ({
  type: 'AdministratorLinkIssued',
  data: { tokenHash, expiresAt, organizationId: 'org-1', userId: 'user-1' },
})
const used: SetupEvent = { type: 'AdministratorLinkUsed', data: { userId: 'user-1' } }

describe('administrator link', () => {
  const command = { tokenHash: 'b', expiresAt: '2026-11-27T10:00:00Z', userId: 'user-1', newOrganizationId: 'org-1' }
  it('keeps the organization of the first link', () =>
    decider(subject(issueAdministratorLink))
      .given(issued('a'))
      .when({ ...command, newOrganizationId: 'org-2' })
      .then(issued('b')))
  it('is used once', () => {
    decider(subject(useAdministratorLink)).given(issued('a')).when({ tokenHash: 'a' }).then(used)
    decider(subject(useAdministratorLink))
      .given(issued('a'), used)
      .when({ tokenHash: 'a' })
      .thenRejected('link-not-valid')
  })
  it('is replaced by a newer one', () =>
    decider(subject(useAdministratorLink))
      .given(issued('a'), issued('b'))
      .when({ tokenHash: 'a' })
      .thenRejected('link-not-valid'))
  it('expires', () =>
    decider(subject(useAdministratorLink))
      .given(issued('a', '2026-11-24T09:00:00Z'))
      .when({ tokenHash: 'a' })
      .thenRejected('link-not-valid'))
})
