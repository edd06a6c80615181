import type { FastifyRequest } from 'fastify'
import { ProblemResponse } from './problem.ts'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

const refused = (): ProblemResponse =>
  new ProblemResponse({
    status: 403,
    code: 'origin-refused',
    detail:
      'This request came from a page of another site. Open the hub under its own address; behind a proxy, set HUB_PUBLIC_URL.',
  })

/** Origins of the hub's own pages, as this request reached it. */
const ownOrigins = (
  request: Pick<FastifyRequest, 'protocol' | 'host'>,
  publicOrigin: string | undefined,
): readonly string[] => {
  const reached = `${request.protocol}://${request.host}`
  return publicOrigin === undefined ? [reached] : [publicOrigin, reached]
}

/**
 * Refuses requests that a page of another site makes in the browser of a signed-in person. Browsers send `Origin` with
 * every unsafe request and every socket upgrade (Fetch standard §3.1), so one without it, and without
 * `Sec-Fetch-Site`, does not come from a page and carries no cookie that a person's browser added.
 * @throws ProblemResponse 403 `origin-refused`
 */
export const assertOwnOrigin = (
  request: Pick<FastifyRequest, 'method' | 'protocol' | 'host' | 'headers'>,
  publicOrigin: string | undefined,
  upgrade = false,
): void => {
  if (!upgrade && safeMethods.has(request.method)) return
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  if (origin !== undefined) {
    if (!ownOrigins(request, publicOrigin).includes(origin.toLowerCase())) throw refused()
    return
  }
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw refused()
}
