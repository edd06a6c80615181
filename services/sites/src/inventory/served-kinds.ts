import { pause } from '@rancher-hub/service-kit'
import { type CustomKind, kindEndpoints } from '../connection/kinds.ts'
import { SiteError } from '../egress/site-error.ts'

/** Milliseconds. */
export interface DiscoveryTimes {
  /** Until a cluster is asked again which kinds it serves; up to a fifth more. */
  readonly againMs: number
  /** The same after it did not answer. */
  readonly retryMs: number
}
const defaultTimes: DiscoveryTimes = { againMs: 600_000, retryMs: 60_000 }

export interface ServedKindsOptions {
  /** Path of a group version. */
  readonly root: string
  /** Kinds that may be there. */
  readonly kinds: readonly CustomKind[]
  /** Plurals that the cluster serves under a path. @throws SiteError */
  readonly served: (root: string, signal: AbortSignal) => Promise<ReadonlySet<string>>
  /** Watches a kind until the signal aborts: the kind is not served any more, or all ends. */
  readonly watch: (kind: CustomKind, signal: AbortSignal) => Promise<void>
  readonly onDefect: (error: unknown) => void
  readonly times?: DiscoveryTimes | undefined
}

/** Asks now and then which kinds a cluster serves, and watches each as long as it does. Throws nothing. */
export const watchServed = async (options: ServedKindsOptions, signal: AbortSignal): Promise<void> => {
  const { againMs, retryMs } = options.times ?? defaultTimes
  const watching = new Map<CustomKind, { readonly abort: AbortController; readonly ended: Promise<void> }>()
  const look = async (): Promise<void> => {
    const plurals = await options.served(options.root, signal)
    for (const kind of options.kinds) {
      const isServed = plurals.has(kindEndpoints[kind].plural)
      const now = watching.get(kind)
      if (isServed && now === undefined) {
        const abort = new AbortController()
        watching.set(kind, { abort, ended: options.watch(kind, AbortSignal.any([signal, abort.signal])) })
      } else if (!isServed && now !== undefined) {
        now.abort.abort()
        await now.ended
        watching.delete(kind)
      }
    }
  }
  let waitMs: number
  do {
    try {
      await look()
      waitMs = againMs * (1 + Math.random() / 5)
    } catch (error) {
      if (!(signal.aborted || error instanceof SiteError)) options.onDefect(error)
      waitMs = retryMs
    }
  } while (await pause(waitMs, signal))
  await Promise.all([...watching.values()].map(async ({ ended }) => await ended))
}
