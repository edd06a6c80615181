import { getPermissions, type InputOf, resolveSession } from '@rancher-hub/contracts'
import { type CallContext, type Handler, handleQuery, isUnavailable, refuse } from '@rancher-hub/service-kit'
import { type AuthDeps, meOf } from '../auth-deps.ts'
import { type Account, isActive } from '../projections/accounts.projection.ts'
import type { SessionDocument } from '../projections/sessions.projection.ts'
import { hashSecretToken, sameHash } from '../secret-token.ts'
import { sessionIdOf } from '../session/open-session.ts'
import { noteActivity, session } from '../session/session.ts'

/** Activity is recorded at most this often, and at least four times in an idle limit. */
const seenEveryMs = (idleMs: number): number => Math.min(idleMs / 4, 10 * 60_000)

const isCurrent = (account: Account, doc: SessionDocument): boolean =>
  isActive(account) && (doc.epoch === account.epoch || account.keptSessionId === doc._id)

interface Found {
  readonly doc: SessionDocument
  readonly account: Account
}

const find = async (deps: AuthDeps, sessionToken: string): Promise<Found | undefined> => {
  const tokenHash = hashSecretToken(sessionToken)
  const doc = await (await deps.models.sessions()).get(sessionIdOf(tokenHash))
  if (doc === undefined || !sameHash(doc.tokenHash, tokenHash)) return undefined
  const account = await (await deps.models.accounts()).get(doc.userId)
  return account !== undefined && isCurrent(account, doc) ? { doc, account } : undefined
}

/** Records that the session is in use. While that cannot be stored, people may go on reading: the next request tries again. */
const recordActivity = async ({ doc, account }: Found, ctx: CallContext): Promise<boolean> => {
  const actor = {
    kind: 'user',
    userId: account._id,
    name: account.name,
    sessionId: doc._id,
    permissions: [],
  } as const
  const decide = (state: typeof session.initial, at: Date) => noteActivity({ userId: account._id }, state, at)
  try {
    await ctx.decide(session, doc._id, decide, { organization: account.org, actor })
    return true
  } catch (error) {
    if (!isUnavailable(error)) throw error
    ctx.log.warn({ err: error, sessionId: doc._id }, 'activity of a session not recorded')
    return false
  }
}

const resolve = async (deps: AuthDeps, input: InputOf<typeof resolveSession>, ctx: CallContext) => {
  const found = await find(deps, input.sessionToken)
  if (found === undefined) throw refuse(resolveSession, 'not-signed-in')
  const { doc, account } = found
  const now = ctx.now().getTime()
  const idleMs = deps.config.sessionIdleMinutes * 60_000
  const idleEnd = Date.parse(doc.seenAt) + idleMs
  if (now >= idleEnd || now >= Date.parse(doc.expiresAt)) throw refuse(resolveSession, 'not-signed-in')
  const isDue = input.touch && now - Date.parse(doc.seenAt) > seenEveryMs(idleMs)
  const noted = isDue && (await recordActivity(found, ctx))
  const end = Math.min(noted ? now + idleMs : idleEnd, Date.parse(doc.expiresAt))
  return { sessionId: doc._id, me: await meOf(deps.models, account), expiresAt: new Date(end).toISOString() }
}

/** Answers the gateway; everything that is wrong with a session is one and the same «not signed in». */
export const resolveSessionFeature = (deps: AuthDeps): Handler =>
  handleQuery(resolveSession, async (input, ctx) => await resolve(deps, input, ctx))

/** What a process manager asks before it goes on with a person's work. */
export const getPermissionsFeature = (deps: AuthDeps): Handler =>
  handleQuery(getPermissions, async ({ organizationId, userId }) => {
    const account = await (await deps.models.accounts()).get(userId)
    if (account === undefined || account.org !== organizationId || !isActive(account))
      throw refuse(getPermissions, 'not-found')
    return await meOf(deps.models, account)
  })
