import { changeOwnPassword, getMe, signOut } from '@rancher-hub/contracts'
import { type CallContext, type Handler, handleCommand, handleQuery, refuse } from '@rancher-hub/service-kit'
import { accountKey } from '../attempt-limiter.ts'
import { type AuthDeps, announceRevocation, decideOrRefuse, meOf } from '../auth-deps.ts'
import { checkPassword, hashPassword } from '../passwords/check-password.ts'
import { type Account, isActive } from '../projections/accounts.projection.ts'
import { endSession, session } from '../session/session.ts'
import { changePassword, user } from '../user/user.ts'

/** The account of the person who calls, or undefined when it is gone or disabled. */
const ownAccount = async (deps: AuthDeps, ctx: CallContext): Promise<Account | undefined> => {
  if (ctx.actor.kind !== 'user') return undefined
  const account = await (await deps.models.accounts()).get(ctx.actor.userId)
  return account !== undefined && account.org === ctx.organization && isActive(account) ? account : undefined
}

export const getMeFeature = (deps: AuthDeps): Handler =>
  handleQuery(getMe, async (_input, ctx) => {
    const account = await ownAccount(deps, ctx)
    if (account === undefined) throw refuse(getMe, 'not-signed-in')
    return await meOf(deps.models, account)
  })

export const signOutFeature = (deps: AuthDeps): Handler =>
  handleCommand(signOut, async (_input, ctx) => {
    if (ctx.actor.kind !== 'user' || ctx.actor.sessionId === undefined) return {}
    const { userId, sessionId } = ctx.actor
    await ctx.decide(session, sessionId, (state, now) => endSession({ userId }, state, now))
    await announceRevocation(deps.bus, ctx.organization, { userId, sessionId })
    return {}
  })

/** Changes the own password; every other session ends, this one stays. */
export const changeOwnPasswordFeature = (deps: AuthDeps): Handler =>
  handleCommand(changeOwnPassword, async ({ currentPassword, newPassword }, ctx) => {
    const account = await ownAccount(deps, ctx)
    if (account === undefined) throw refuse(changeOwnPassword, 'not-signed-in')
    const keys = [accountKey(account.username)]
    const retryAfterSeconds = deps.attempts.claim(keys, ctx.now())
    if (retryAfterSeconds > 0) throw refuse(changeOwnPassword, 'too-many-attempts', { retryAfterSeconds })
    const verifiedHash = account.passwordHash
    const right = await checkPassword(changeOwnPassword, deps.passwords, currentPassword, verifiedHash)
    if (!right || verifiedHash === undefined) throw refuse(changeOwnPassword, 'wrong-password')
    deps.attempts.succeeded(keys, keys)
    const keptSessionId = ctx.actor.kind === 'user' ? ctx.actor.sessionId : undefined
    const hash = await hashPassword(changeOwnPassword, deps.passwords, newPassword)
    const decide = (state: typeof user.initial, now: Date) =>
      changePassword({ verifiedHash, hash, keptSessionId }, state, now)
    await decideOrRefuse(changeOwnPassword, ctx, user, account._id, decide)
    await announceRevocation(deps.bus, account.org, { userId: account._id })
    return {}
  })
