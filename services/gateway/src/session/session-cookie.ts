import { fastifyCookie } from '@fastify/cookie'
import type { FastifyRequest } from 'fastify'

/** `__Host-`: only over a secure connection, for this host alone, for every path (RFC 6265bis §4.1.3.2). */
export const SESSION_COOKIE = '__Host-hub'

const MAX_TOKEN = 200
const attributes = { path: '/', httpOnly: true, secure: true, sameSite: 'strict' } as const

/** The session token of a request; undefined when there is none, or nothing that could be one. */
export const readSessionCookie = (headers: FastifyRequest['headers']): string | undefined => {
  const { cookie } = headers
  if (cookie === undefined || !cookie.includes(SESSION_COOKIE)) return undefined
  const token = fastifyCookie.parse(cookie)[SESSION_COOKIE]
  return token === undefined || token === '' || token.length > MAX_TOKEN ? undefined : token
}

/** `Set-Cookie` that starts a session. */
export const startCookie = (token: string, expiresAt: string): string =>
  fastifyCookie.serialize(SESSION_COOKIE, token, { ...attributes, expires: new Date(expiresAt) })

/** `Set-Cookie` that ends a session. */
export const endCookie = (): string => fastifyCookie.serialize(SESSION_COOKIE, '', { ...attributes, maxAge: 0 })

const loopback = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i

/** Browsers keep `__Host-` cookies where the page is secure: over HTTPS, or from this machine itself. */
export const cookiesWork = (request: Pick<FastifyRequest, 'protocol' | 'host'>, publicOrigin: string | undefined): boolean =>
  request.protocol === 'https' || loopback.test(request.host) || (publicOrigin?.startsWith('https:') === true && new URL(publicOrigin).host === request.host)
