import { getSetup, type InputOf, lookUpLink, redeemLink } from '@rancher-hub/contracts'
import { type CallContext, type Handler, handleCommand, handleQuery, refuse } from '@rancher-hub/service-kit'
import { type AuthDeps, announceRevocation, decideOrRefuse } from '../auth-deps.ts'
import { administratorExists, loadSetup } from '../links/administrator-link.ts'
import { activatePerson, addAdministrator } from '../organization/decisions.ts'
import { organization } from '../organization/organization.ts'
import { hashPassword } from '../passwords/check-password.ts'
import { type Account, isActive } from '../projections/accounts.projection.ts'
import { hashSecretToken } from '../secret-token.ts'
import { openSession } from '../session/open-session.ts'
import { isAdministratorLink, setup, setupStream, useAdministratorLink } from '../setup/setup.ts'
import { setFirstPassword, setPasswordByLink, user, useSignInLink } from '../user/user.ts'

type Redeem = InputOf<typeof redeemLink>
type RedeemField = 'name' | 'username' | 'password'

const needed = <F extends RedeemField>(input: Redeem, fields: readonly F[]): { [K in F]: string } => {
  const missing = fields.filter((field) => input[field] === undefined)
  if (missing.length > 0) throw refuse(redeemLink, 'fields-missing', { fields: missing })
  return Object.fromEntries(fields.map((field) => [field, input[field]])) as { [K in F]: string }
}

/** The account that a person's link belongs to, while the link works. */
const linkedAccount = async (deps: AuthDeps, tokenHash: string, now: Date): Promise<Account | undefined> => {
  const [account] = await (await deps.models.accounts()).find({ linkHash: tokenHash }, { limit: 1 })
  if (account?.linkExpiresAt === undefined || account.disabled) return undefined
  return Date.parse(account.linkExpiresAt) > now.getTime() ? account : undefined
}

const freshAccount = async (deps: AuthDeps, userId: string): Promise<Account> => {
  const account = await (await deps.models.accounts()).get(userId)
  if (account === undefined) throw refuse(redeemLink, 'unavailable', { retryAfterSeconds: 2 })
  return account
}

const activate = async (ctx: CallContext, org: string, userId: string): Promise<void> => {
  const decide = (state: typeof organization.initial, now: Date) => activatePerson({ userId }, state, now)
  await ctx.decide(organization, org, decide, { organization: org })
}

/**
 * Creates the administrator. The person is added first (a taken name leaves the link usable), the password decides who
 * wins when two redeem at once, then the link is marked; stopping anywhere in between, the same form can be sent again.
 */
const createAdministrator = async (
  deps: AuthDeps,
  ctx: CallContext,
  input: Redeem,
  tokenHash: string,
  userId: string,
  org: string,
) => {
  const { name, username, password } = needed(input, ['name', 'username', 'password'])
  const hash = await hashPassword(redeemLink, deps.passwords, password)
  const command = { userId, name, username, organizationName: input.organizationName ?? 'My organization' }
  const cause = { organization: org }
  await decideOrRefuse(redeemLink, ctx, organization, org, (state, now) => addAdministrator(command, state, now), cause)
  await decideOrRefuse(redeemLink, ctx, user, userId, (state, now) => setFirstPassword({ hash }, state, now), cause)
  await activate(ctx, org, userId)
  const mark = (state: typeof setup.initial, now: Date) => useAdministratorLink({ tokenHash }, state, now)
  await ctx.decide(setup, setupStream.id, mark, { organization: setupStream.organization })
  return await openSession(deps, ctx, await freshAccount(deps, userId), 'link')
}

const setPassword = async (deps: AuthDeps, ctx: CallContext, input: Redeem, tokenHash: string, account: Account) => {
  const { password } = needed(input, ['password'])
  const hash = await hashPassword(redeemLink, deps.passwords, password)
  const decide = (state: typeof user.initial, now: Date) => setPasswordByLink({ tokenHash, hash }, state, now)
  await decideOrRefuse(redeemLink, ctx, user, account._id, decide, { organization: account.org })
  await activate(ctx, account.org, account._id)
  await announceRevocation(deps.bus, account.org, { userId: account._id })
  return await openSession(deps, ctx, await freshAccount(deps, account._id), 'link')
}

const signInByLink = async (deps: AuthDeps, ctx: CallContext, tokenHash: string, account: Account) => {
  if (!isActive(account)) throw refuse(redeemLink, 'link-not-valid')
  const decide = (state: typeof user.initial, now: Date) => useSignInLink({ tokenHash }, state, now)
  await decideOrRefuse(redeemLink, ctx, user, account._id, decide, { organization: account.org })
  return await openSession(deps, ctx, account, 'link')
}

const redeem = async (deps: AuthDeps, ctx: CallContext, input: Redeem) => {
  const tokenHash = hashSecretToken(input.token)
  const state = await loadSetup(deps.store)
  if (
    isAdministratorLink(state, tokenHash, ctx.now()) &&
    state.link !== undefined &&
    state.organizationId !== undefined
  ) {
    return await createAdministrator(deps, ctx, input, tokenHash, state.link.userId, state.organizationId)
  }
  const account = await linkedAccount(deps, tokenHash, ctx.now())
  if (account === undefined) throw refuse(redeemLink, 'link-not-valid')
  return account.linkPurpose === 'sign-in'
    ? await signInByLink(deps, ctx, tokenHash, account)
    : await setPassword(deps, ctx, input, tokenHash, account)
}

/** First steps and one-time links. */
export const linkFeatures = (deps: AuthDeps): Handler[] => {
  // The last administrator cannot go: once there is one, there always is.
  let exists = false
  return [
    handleQuery(getSetup, async () => {
      exists = exists || (await administratorExists(deps.store))
      return { administratorExists: exists }
    }),
    handleQuery(lookUpLink, async ({ token }, ctx) => {
      const tokenHash = hashSecretToken(token)
      if (isAdministratorLink(await loadSetup(deps.store), tokenHash, ctx.now()))
        return { purpose: 'create-administrator' as const }
      const account = await linkedAccount(deps, tokenHash, ctx.now())
      if (account?.linkPurpose === undefined) throw refuse(lookUpLink, 'link-not-valid')
      return { purpose: account.linkPurpose, name: account.name, username: account.username }
    }),
    handleCommand(redeemLink, async (input, ctx) => await redeem(deps, ctx, input)),
  ]
}
