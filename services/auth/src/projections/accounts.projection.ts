import type { Role } from '@rancher-hub/contracts'
import { unreachable } from '@rancher-hub/domain'
import type { Document } from '@rancher-hub/read-model'
import { defineProjection } from '@rancher-hub/service-kit'
import type { OrganizationEvent } from '../organization/organization.ts'
import type { LinkPurpose, UserEvent } from '../user/user.ts'

/** What signing in and checking a session need to know of a person. Never leaves the service. */
export interface Account extends Document {
  readonly org: string
  readonly name: string
  readonly username: string
  readonly role: Role
  readonly activated: boolean
  readonly disabled: boolean
  /** Grows when all sessions end: a session of an older epoch is not good any more … */
  readonly epoch: number
  /** … but for this one, in which the password was changed. */
  readonly keptSessionId?: string | undefined
  readonly passwordHash?: string | undefined
  readonly linkHash?: string | undefined
  readonly linkPurpose?: LinkPurpose | undefined
  readonly linkExpiresAt?: string | undefined
}

type AccountEvent = OrganizationEvent | UserEvent

const withoutLink = { linkHash: undefined, linkPurpose: undefined, linkExpiresAt: undefined }

const change = (
  account: Account,
  event: Exclude<AccountEvent, { type: 'PersonAdded' | 'OrganizationFounded' }>,
): Account => {
  switch (event.type) {
    case 'PersonActivated':
      return { ...account, activated: true }
    case 'RoleChanged':
      return { ...account, role: event.data.role }
    case 'PersonDisabled':
      return { ...account, ...withoutLink, disabled: true, epoch: account.epoch + 1, keptSessionId: undefined }
    case 'PersonEnabled':
      return { ...account, disabled: false }
    case 'LinkIssued': {
      const { tokenHash, purpose, expiresAt } = event.data
      return { ...account, linkHash: tokenHash, linkPurpose: purpose, linkExpiresAt: expiresAt }
    }
    case 'LinkUsed':
      return { ...account, ...withoutLink }
    case 'PasswordSet':
      return {
        ...account,
        passwordHash: event.data.hash,
        epoch: account.epoch + 1,
        keptSessionId: event.data.keptSessionId,
      }
    default:
      return unreachable(event)
  }
}

export const accounts = defineProjection<Account, AccountEvent>({
  name: 'accounts',
  categories: ['org', 'user'],
  indexes: [{ fields: ['username'] }, { fields: ['linkHash'] }],
  keys: (event) => {
    if (event.category === 'user') return [event.streamId]
    return 'userId' in event.data ? [event.data.userId] : []
  },
  project: (account, event, id) => {
    if (event.type === 'OrganizationFounded') return account
    if (event.type === 'PersonAdded') {
      const { name, username, role } = event.data
      return { _id: id, org: event.organization, name, username, role, activated: false, disabled: false, epoch: 0 }
    }
    return account === undefined ? undefined : change(account, event)
  },
})

/** Whether the person can act: has a password and is not disabled. */
export const isActive = (account: Account): boolean => account.activated && !account.disabled
