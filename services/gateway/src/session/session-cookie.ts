import type { FastifyRequest } from 'fastify'

/** `__Host-`: only over a secure connection, for this host alone, for every path (RFC 6265bis §4.1.3.2). */
export const SESSION_COOKIE = '__Host-hub'

/** Session tokens are base64url and need no escaping; anything else in this cookie is none of ours. */
const ownCookie = /(?:^|; ?)__Host-hub=([\w-]{1,200})(?:;|$)/
const attributes = 'Path=/; HttpOnly; Secure; SameSite=Strict'

/** The session token of a request; undefined when there is none, or nothing that could be one. */
export const readSessionCookie = (headers: FastifyRequest['headers']): string | undefined =>
  headers.cookie === undefined ? undefined : ownCookie.exec(headers.cookie)?.[1]

/** `Set-Cookie` that starts a session. */
export const startCookie = (token: string, expiresAt: string): string =>
  `${SESSION_COOKIE}=${token}; Expires=${new Date(expiresAt).toUTCString()}; ${attributes}`

/** `Set-Cookie` that ends a session. */
export const endCookie = (): string => `${SESSION_COOKIE}=; Max-Age=0; ${attributes}`

const loopback = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i

/** Browsers keep `__Host-` cookies where the page is secure: over HTTPS, or from this machine itself. */
export const cookiesWork = (
  request: Pick<FastifyRequest, 'protocol' | 'host'>,
  publicOrigin: string | undefined,
): boolean =>
  request.protocol === 'https' ||
  loopback.test(request.host) ||
  (publicOrigin?.startsWith('https:') === true && new URL(publicOrigin).host === request.host)
