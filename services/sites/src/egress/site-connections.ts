import type { Dispatcher } from 'undici'

/** The connections of one site that requests share. */
export interface SiteConnections extends AsyncDisposable {
  /** For the next request. */
  current(): Dispatcher
  /**
   * Says that nothing came for too long on a connection of `dispatcher`. Those of it that wait for another request may
   * be as dead, which only a request would show, after as long again: they are closed. Requests under way go on.
   */
  distrust(dispatcher: Dispatcher): void
}

/** Keeps the connections of one site. `open` makes a set of them; nothing is connected before the first request. */
export const createSiteConnections = (open: () => Dispatcher): SiteConnections => {
  let current = open()
  /** What is left of former sets: requests under way. */
  const former = new Set<Dispatcher>()
  return {
    current: () => current,
    distrust: (dispatcher) => {
      if (dispatcher !== current) return
      former.add(current)
      current = open()
      void dispatcher.close().finally(() => former.delete(dispatcher))
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([current, ...former].map(async (each) => await each.destroy()))
    },
  }
}
