import { createPageGuard } from './page-guard.ts'
import type { SiteCaller } from './site-caller.ts'

/** Objects in a page, where nobody says another number. */
const PAGE = 500

interface Page {
  /** The list as the server sent it. */
  readonly body: Readonly<Record<string, unknown>>
  readonly resourceVersion: string
}

/** Reads a list page by page (`size` 0: all in one). `query` begins with `&`, or is empty. @throws SiteError */
export const listPages = async function* (
  caller: SiteCaller,
  path: string,
  { query = '', size = PAGE, signal }: { query?: string; size?: number | undefined; signal?: AbortSignal | undefined },
): AsyncIterable<Page> {
  const guarded = createPageGuard(caller.host)
  let next = ''
  do {
    const where = `?limit=${size}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}${query}`
    const { body } = await caller.json({ method: 'GET', path: path + where, signal })
    const metadata = (body['metadata'] ?? {}) as { continue?: string; resourceVersion?: string }
    yield { body, resourceVersion: metadata.resourceVersion ?? '' }
    next = guarded(metadata.continue ?? '')
  } while (next !== '')
}
