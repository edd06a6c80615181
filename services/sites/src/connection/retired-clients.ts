import type { ConnectedSite } from './connected-site.ts'

/**
 * Milliseconds for which a client stays that only its credentials have replaced: longer than watches last
 * (`watchSeconds`), so that each goes on with the new ones at its next connection, from where it was.
 */
const RETIRED_MS = 360_000

/** Whose client it is. */
export interface Owner {
  readonly organization: string
  readonly siteId: string
}

/** Clients of credentials that were replaced, until their watches have gone on with the new ones. */
export interface RetiredClients extends AsyncDisposable {
  add(site: ConnectedSite, owner: Owner): void
  /** Ends those of a site now. */
  end(siteId: string): Promise<void>
  owners(): Owner[]
  sites(): ConnectedSite[]
}

/** `onDefect`: closing a client failed when its time was over. */
export const createRetiredClients = (onDefect: (error: unknown, siteId: string) => void): RetiredClients => {
  const retired = new Map<ConnectedSite, Owner & { readonly timer: NodeJS.Timeout }>()
  const endOne = async (site: ConnectedSite): Promise<void> => {
    clearTimeout(retired.get(site)?.timer)
    retired.delete(site)
    await site[Symbol.asyncDispose]()
  }
  return {
    add: (site, owner) => {
      const timer = setTimeout(() => {
        endOne(site).catch((error: unknown) => onDefect(error, owner.siteId))
      }, RETIRED_MS)
      retired.set(site, { ...owner, timer: timer.unref() })
    },
    end: async (siteId) => {
      await Promise.all([...retired].map(async ([site, owner]) => owner.siteId === siteId && (await endOne(site))))
    },
    owners: () => [...retired.values()],
    sites: () => [...retired.keys()],
    [Symbol.asyncDispose]: async () => void (await Promise.all([...retired.keys()].map(endOne))),
  }
}
