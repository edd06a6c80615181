import { Id, Time } from '@rancher-hub/contracts'
import { type Decide, type Evolve, reject, unreachable } from '@rancher-hub/domain'
import { defineAggregate } from '@rancher-hub/service-kit'
import { z } from 'zod'
import type { EventOf } from '../event-of.ts'

const LinkPurpose = z.enum(['set-password', 'sign-in'])
export type LinkPurpose = z.output<typeof LinkPurpose>

const events = {
  /** Only the SHA-256 of the link's token. A newer link replaces an older one. */
  LinkIssued: z.object({ purpose: LinkPurpose, tokenHash: z.string(), expiresAt: Time }),
  LinkUsed: z.object({ purpose: LinkPurpose }),
  /** Argon2id in PHC form. Ends all sessions but the one that is kept. */
  PasswordSet: z.object({ hash: z.string(), keptSessionId: Id.optional() }),
}
export type UserEvent = EventOf<typeof events>

export interface Link {
  readonly purpose: LinkPurpose
  readonly tokenHash: string
  readonly expiresAt: string
}

/** How one person proves who they are. Second factors and API tokens will be events of this stream. */
export interface User {
  readonly link: Link | undefined
  readonly passwordHash: string | undefined
}

const initial: User = { link: undefined, passwordHash: undefined }

const evolve: Evolve<User, UserEvent> = (state, event) => {
  switch (event.type) {
    case 'LinkIssued':
      return { ...state, link: event.data }
    case 'LinkUsed':
      return { ...state, link: undefined }
    case 'PasswordSet':
      return { ...state, passwordHash: event.data.hash }
    default:
      return unreachable(event)
  }
}

export const user = defineAggregate<User, UserEvent>({ category: 'user', initial, evolve, events })

type DecideOn<Command, Code extends string> = Decide<Command, User, UserEvent, Code>

const usable = (state: User, tokenHash: string, purpose: LinkPurpose, now: Date): boolean =>
  state.link?.tokenHash === tokenHash &&
  state.link.purpose === purpose &&
  Date.parse(state.link.expiresAt) > now.getTime()

export const issueLink: DecideOn<Link, never> = ({ purpose, tokenHash, expiresAt }) => [
  { type: 'LinkIssued', data: { purpose, tokenHash, expiresAt } },
]

/** Uses the link and sets the password in one append: of two at once, one wins. */
export const setPasswordByLink: DecideOn<{ readonly tokenHash: string; readonly hash: string }, 'link-not-valid'> = (
  { tokenHash, hash },
  state,
  now,
) =>
  usable(state, tokenHash, 'set-password', now)
    ? [
        { type: 'LinkUsed', data: { purpose: 'set-password' } },
        { type: 'PasswordSet', data: { hash } },
      ]
    : reject('link-not-valid')

export const useSignInLink: DecideOn<{ readonly tokenHash: string }, 'link-not-valid'> = ({ tokenHash }, state, now) =>
  usable(state, tokenHash, 'sign-in', now)
    ? [{ type: 'LinkUsed', data: { purpose: 'sign-in' } }]
    : reject('link-not-valid')

/** The first password of an administrator who came by a link of the setup stream: whoever comes second is refused. */
export const setFirstPassword: DecideOn<{ readonly hash: string }, 'link-not-valid'> = ({ hash }, state) =>
  state.passwordHash === undefined ? [{ type: 'PasswordSet', data: { hash } }] : reject('link-not-valid')

/** `verifiedHash` is the stored hash that the current password was checked against. */
export const changePassword: DecideOn<
  { readonly verifiedHash: string; readonly hash: string; readonly keptSessionId?: string | undefined },
  'wrong-password'
> = ({ verifiedHash, hash, keptSessionId }, state) =>
  state.passwordHash === verifiedHash
    ? [{ type: 'PasswordSet', data: { hash, ...(keptSessionId === undefined ? {} : { keptSessionId }) } }]
    : reject('wrong-password')
