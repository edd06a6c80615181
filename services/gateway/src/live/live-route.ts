import type { FastifyInstance } from 'fastify'
import { toGuardError } from '../http/contract-routes.ts'
import { createGuard } from '../session/guard.ts'
import { readSessionCookie } from '../session/session-cookie.ts'
import type { Sessions } from '../session/sessions.ts'
import type { LiveFeed } from './live-feed.ts'

/** The socket of the live feed: own origin and a session, like any other route; asked before the upgrade. */
export const serveLive = (
  app: FastifyInstance,
  deps: { readonly feed: LiveFeed; readonly sessions: Sessions; readonly publicOrigin: string | undefined },
): void => {
  const guard = createGuard(deps.sessions, deps.publicOrigin, 'session', true)
  app.get(
    '/api/v1/live',
    {
      websocket: true,
      preParsing: async (request) => {
        await Promise.resolve(guard(request)).catch((error: unknown) => {
          throw toGuardError(error)
        })
      },
    },
    async (socket, request) => {
      const sessionToken = readSessionCookie(request.headers)
      if (sessionToken === undefined || request.session === undefined) return socket.close(1011)
      // Nothing is expected from the page; what comes is thrown away.
      socket.on('message', () => undefined)
      await deps.feed.add(socket, sessionToken, request.session)
    },
  )
}
