import { signIn } from '@rancher-hub/contracts'
import { type CallContext, type Handler, handleCommand, refuse } from '@rancher-hub/service-kit'
import { accountKey, addressKey } from '../attempt-limiter.ts'
import type { AuthDeps } from '../auth-deps.ts'
import { activatePerson } from '../organization/decisions.ts'
import { organization } from '../organization/organization.ts'
import { checkPassword } from '../passwords/check-password.ts'
import type { Account } from '../projections/accounts.projection.ts'
import { openSession } from '../session/open-session.ts'

/** Heals an account whose hub stopped between setting the first password and activating the person. */
const ensureActivated = async (ctx: CallContext, account: Account): Promise<void> => {
  if (account.activated) return
  const cause = { organization: account.org }
  await ctx.decide(
    organization,
    account.org,
    (state, now) => activatePerson({ userId: account._id }, state, now),
    cause,
  )
}

/** Signs in. An unknown name costs the same work and gets the same answer as a wrong password. */
export const signInFeature = (deps: AuthDeps): Handler =>
  handleCommand(signIn, async ({ username, password }, ctx) => {
    const keys = [accountKey(username), addressKey(ctx.address)]
    const retryAfterSeconds = deps.attempts.claim(keys, ctx.now())
    if (retryAfterSeconds > 0) throw refuse(signIn, 'too-many-attempts', { retryAfterSeconds })
    const [account] = await (await deps.models.accounts()).find({ username }, { limit: 1 })
    const right = await checkPassword(signIn, deps.passwords, password, account?.passwordHash)
    if (account === undefined || !right || account.disabled) {
      ctx.log.warn({ address: ctx.address }, 'sign-in refused')
      throw refuse(signIn, 'wrong-credentials')
    }
    deps.attempts.succeeded(keys, [accountKey(username)])
    await ensureActivated(ctx, account)
    return await openSession(deps, ctx, account, 'password')
  })
