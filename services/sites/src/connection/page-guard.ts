import { SiteError } from '../egress/site-error.ts'

/** Far beyond what a cluster holds: 2,000 pages of 500 are a million objects. */
const MOST_PAGES = 2_000

/**
 * Watches over a list that comes in pages: a server that names the same page twice, or never the last one, would be read
 * for ever. The function gives back the token of the next page. @throws SiteError
 */
export const createPageGuard = (host: string): (<T extends string | undefined | null>(token: T) => T) => {
  const seen = new Set<string>()
  return (token) => {
    if (token === undefined || token === null || token === '') return token
    if (!seen.has(token) && seen.size < MOST_PAGES) {
      seen.add(token)
      return token
    }
    const message = `${host} sends a list without end (page ${seen.size + 1}), which the hub does not read.`
    throw new SiteError({ code: 'upstream-error', message })
  }
}
