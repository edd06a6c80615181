import type { Bus } from '@rancher-hub/bus'
import { type Permission, resolveSession, SessionRevoked, sessionRevokedSubject } from '@rancher-hub/contracts'
import { type Caller, decode, type Logger, RefusedError, type TokenSigner } from '@rancher-hub/service-kit'
import { LRUCache } from 'lru-cache'
import type { z } from 'zod'

/** A session as the gateway knows it for a moment: who, what they may do, and the internal token to say so. */
export interface GatewaySession {
  readonly sessionId: string
  readonly userId: string
  readonly organization: string
  readonly permissions: ReadonlySet<Permission>
  /** Signed internal token. */
  readonly token: string
  /** When the session ends by itself, milliseconds. */
  readonly endsAt: number
  /** Until when this may be used without asking again, milliseconds. */
  readonly freshUntil: number
}

type Revocation = z.output<typeof SessionRevoked>

export interface Sessions extends AsyncDisposable {
  /** What is remembered of a session, when it is fresh. */
  known(sessionToken: string): GatewaySession | undefined
  /** Asks auth; undefined when there is no such session (any more). `touch` false: does not count as activity. @throws RefusedError `unavailable` */
  resolve(sessionToken: string, correlationId: string, touch: boolean): Promise<GatewaySession | undefined>
  /** Forgets one session: the next request asks again. */
  forget(sessionToken: string): void
  /** Token for calls that nobody is signed in for. */
  anonymousToken(): Promise<string>
  onRevoked(listener: (revoked: Revocation) => void): void
}

/** Internal tokens live 60 s; sessions are asked for again before that. */
const FRESH_MS = 45_000
const MAX_KNOWN = 20_000

/** Exchanges session tokens for internal ones and remembers the answer for less than a minute, or until it is revoked. */
export const openSessions = async (deps: {
  bus: Bus
  caller: Caller
  signer: TokenSigner
  log: Logger
}): Promise<Sessions> => {
  const fresh = new LRUCache<string, GatewaySession>({ max: MAX_KNOWN })
  const underWay = new Map<string, Promise<GatewaySession | undefined>>()
  const listeners: ((revoked: Revocation) => void)[] = []
  /** Counts revocations: an answer that was under way while one arrived may be old. */
  let revocations = 0
  let anonymous: { readonly token: Promise<string>; readonly freshUntil: number } | undefined

  const revoke = (revoked: Revocation): void => {
    revocations += 1
    for (const [key, session] of [...fresh]) {
      if (
        session.userId === revoked.userId &&
        (revoked.sessionId === undefined || session.sessionId === revoked.sessionId)
      )
        fresh.delete(key)
    }
    for (const listener of listeners) listener(revoked)
  }
  const subscription = await deps.bus.subscribe(
    sessionRevokedSubject,
    (message) => revoke(SessionRevoked.parse(decode(message.data))),
    (error) => deps.log.error({ err: error }, 'revocation not understood'),
  )

  const anonymousToken = async (): Promise<string> => {
    if (anonymous === undefined || anonymous.freshUntil < Date.now()) {
      anonymous = {
        token: deps.signer.sign({ organization: '', actor: { kind: 'anonymous' } }),
        freshUntil: Date.now() + FRESH_MS,
      }
    }
    return await anonymous.token
  }

  const ask = async (
    sessionToken: string,
    correlationId: string,
    touch: boolean,
  ): Promise<GatewaySession | undefined> => {
    const before = revocations
    const options = { token: await anonymousToken(), correlationId }
    const resolved = await deps.caller
      .call(resolveSession, { sessionToken, touch }, options)
      .catch((error: unknown) => {
        if (error instanceof RefusedError && error.code !== 'unavailable') return undefined
        throw error
      })
    if (before !== revocations) return await ask(sessionToken, correlationId, touch)
    if (resolved === undefined) return undefined
    const { me, sessionId, expiresAt } = resolved
    const actor = {
      kind: 'user',
      userId: me.user.id,
      name: me.user.name,
      sessionId,
      permissions: me.permissions,
    } as const
    const token = await deps.signer.sign({ organization: me.organization.id, actor })
    const endsAt = Date.parse(expiresAt)
    const freshUntil = Math.min(Date.now() + FRESH_MS, endsAt)
    const permissions = new Set(me.permissions)
    const session = {
      sessionId,
      userId: me.user.id,
      organization: me.organization.id,
      permissions,
      token,
      endsAt,
      freshUntil,
    }
    if (before !== revocations) return await ask(sessionToken, correlationId, touch)
    // A mere look is not remembered: it would keep requests, which count as activity, from reaching auth.
    if (!touch) return session
    fresh.set(sessionToken, session)
    return session
  }

  return {
    known: (sessionToken) => {
      const session = fresh.get(sessionToken)
      return session !== undefined && session.freshUntil > Date.now() ? session : undefined
    },
    resolve: async (sessionToken, correlationId, touch) => {
      const key = `${touch} ${sessionToken}`
      const asked = underWay.get(key) ?? ask(sessionToken, correlationId, touch).finally(() => underWay.delete(key))
      underWay.set(key, asked)
      return await asked
    },
    forget: (sessionToken) => {
      fresh.delete(sessionToken)
    },
    anonymousToken,
    onRevoked: (listener) => {
      listeners.push(listener)
    },
    [Symbol.asyncDispose]: async () => await subscription[Symbol.asyncDispose](),
  }
}
