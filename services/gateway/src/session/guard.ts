import type { Access } from '@rancher-hub/contracts'
import type { FastifyRequest } from 'fastify'
import { assertOwnOrigin } from '../http/origin-check.ts'
import { commonProblem } from '../http/problem.ts'
import { readSessionCookie } from './session-cookie.ts'
import type { GatewaySession, Sessions } from './sessions.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in; undefined on public routes. */
    session: GatewaySession | undefined
  }
}

const assertPermitted = (session: GatewaySession | undefined, access: Access): GatewaySession => {
  if (session === undefined) throw commonProblem('not-signed-in')
  if (access !== 'public' && access !== 'session' && !session.permissions.has(access)) throw commonProblem('forbidden')
  return session
}

/**
 * Lets a request through to its route: own origin, signed in, permitted, in this order and before any body is read.
 * Answers at once, without a promise, while the session is known. @throws ProblemResponse
 */
export const createGuard = (sessions: Sessions, publicOrigin: string | undefined, access: Access, upgrade = false) => {
  return (request: FastifyRequest): Promise<void> | undefined => {
    assertOwnOrigin(request, publicOrigin, upgrade)
    if (access === 'public') return undefined
    const sessionToken = readSessionCookie(request.headers)
    if (sessionToken === undefined) throw commonProblem('not-signed-in')
    const known = sessions.known(sessionToken)
    if (known !== undefined) {
      request.session = assertPermitted(known, access)
      return undefined
    }
    return sessions.resolve(sessionToken, request.id, !upgrade).then((session) => {
      request.session = assertPermitted(session, access)
    })
  }
}
