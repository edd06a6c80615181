import type { Me } from '@rancher-hub/contracts'
import { type CallContext, deterministicId } from '@rancher-hub/service-kit'
import { type AuthDeps, meOf } from '../auth-deps.ts'
import type { Account } from '../projections/accounts.projection.ts'
import { createSecretToken, hashSecretToken } from '../secret-token.ts'
import { session, startSession } from './session.ts'

/** A session's id follows from its token, so that it is found without a search. */
export const sessionIdOf = (tokenHash: string): string => deterministicId('session', tokenHash)

/** Starts a session for somebody who has just proved who they are; `account` as it was when the proof was checked. */
export const openSession = async (
  deps: AuthDeps,
  ctx: CallContext,
  account: Account,
  method: 'password' | 'link',
): Promise<{ sessionToken: string; sessionExpiresAt: string; me: Me }> => {
  const sessionToken = createSecretToken()
  const tokenHash = hashSecretToken(sessionToken)
  const sessionId = sessionIdOf(tokenHash)
  const sessionExpiresAt = new Date(ctx.now().getTime() + deps.config.sessionLifetimeHours * 3_600_000).toISOString()
  const address = ctx.address === undefined ? {} : { address: ctx.address }
  const start = {
    userId: account._id,
    tokenHash,
    epoch: account.epoch,
    expiresAt: sessionExpiresAt,
    method,
    ...address,
  }
  const actor = { kind: 'user', userId: account._id, name: account.name, sessionId, permissions: [] } as const
  await ctx.decide(session, sessionId, (state, now) => startSession(start, state, now), {
    organization: account.org,
    actor,
  })
  return { sessionToken, sessionExpiresAt, me: await meOf(deps.models, account) }
}
