import type { EventStore } from '@rancher-hub/event-store'
import { decideAndAppend, type Leases, type Logger, newId, pause, whileHolding } from '@rancher-hub/service-kit'
import { NoSuchSiteError, type SiteRegistry } from '../../connection/site-registry.ts'
import { SiteError } from '../../egress/site-error.ts'
import { decideNoteSiteFacts } from '../../landscape/decide-sites.ts'
import { LANDSCAPE_ID, landscape } from '../../landscape/landscape.ts'
import type { SiteFacts } from '../../landscape/landscape-events.ts'
import type { LandscapeModels } from '../../landscape/landscape-models.ts'
import type { Priority } from '../../throttle/lanes.ts'

/** Milliseconds between rounds over all sites, and before the first; each is spread by a tenth. */
export interface CheckTiming {
  readonly firstMs: number
  readonly everyMs: number
  /** How often each process looks whether a site that it calls was disabled or deleted elsewhere. */
  readonly goneMs: number
}
/** Tokens are warned of by the day: news of them within the hour is soon enough. A disabled site is let go within 10 s. */
export const defaultCheckTiming: CheckTiming = { firstMs: 60_000, everyMs: 3_600_000, goneMs: 10_000 }

/** Sites that are asked at the same time in a round. */
const AT_ONCE = 4

/** What the checks read sites through; of all processes, the one with the lease makes the rounds. */
export interface SiteChecksDeps {
  readonly store: EventStore
  readonly models: LandscapeModels
  readonly registry: SiteRegistry
  readonly leases: Leases
  readonly now: () => Date
  readonly log: Logger
  readonly timing?: CheckTiming | undefined
}

/** Reads of what sites tell of themselves and of their tokens: every hour, and when a token is refused. */
export interface SiteChecks extends AsyncDisposable {
  /** Reads it now, and notes what is news. @throws NoSuchSiteError | SiteError */
  check(organization: string, siteId: string, priority: Priority, signal?: AbortSignal): Promise<SiteFacts>
  /** The same in the background. */
  soon(organization: string, siteId: string): void
  /** Begins the rounds; one process of all makes them. */
  start(): void
}

export const createSiteChecks = (deps: SiteChecksDeps): SiteChecks => {
  const { firstMs, everyMs, goneMs } = deps.timing ?? defaultCheckTiming
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()
  const system = { kind: 'service', name: 'sites' } as const

  const note = async (organization: string, siteId: string, credentialsId: string, facts: SiteFacts) => {
    const cause = { organization, actor: system, correlationId: newId(), causationId: newId() }
    await decideAndAppend(
      { store: deps.store, now: deps.now },
      landscape,
      LANDSCAPE_ID,
      (state, now) => decideNoteSiteFacts({ siteId, credentialsId, facts }, state, now),
      cause,
    )
  }

  const check: SiteChecks['check'] = async (organization, siteId, priority, signal) => {
    const doc = await deps.models.site(organization, siteId)
    if (doc === undefined) throw new NoSuchSiteError(`There is no site ${siteId}`)
    try {
      const site = await deps.registry.open(organization, siteId)
      const facts = await site.facts(priority, signal)
      await note(organization, siteId, doc.credentialsId, facts)
      return facts
    } catch (error) {
      // What was told before holds until something else is told: the end of the token comes nearer all the same.
      if (error instanceof SiteError && doc.disabled !== true) await note(organization, siteId, doc.credentialsId, doc)
      throw error
    }
  }

  const checkQuietly = async (organization: string, siteId: string): Promise<void> => {
    try {
      await check(organization, siteId, 'background', stopping.signal)
    } catch (error) {
      // The site's own trouble shows on the site.
      if (stopping.signal.aborted || error instanceof SiteError || error instanceof NoSuchSiteError) return
      deps.log.error({ err: error, siteId }, 'checking a site failed')
    }
  }

  const round = async (signal: AbortSignal): Promise<void> => {
    const waiting = (await deps.models.everySite()).filter(({ disabled }) => disabled !== true)
    const work = async (): Promise<void> => {
      for (let site = waiting.shift(); site !== undefined && !signal.aborted; site = waiting.shift())
        await checkQuietly(site.org, site._id)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  }

  const rounds = async (): Promise<void> =>
    await whileHolding(deps.leases, 'sites/checks', stopping.signal, {
      work: async (signal) => {
        let wait = firstMs
        while (await pause(wait * (0.95 + Math.random() / 10), signal)) {
          await round(signal)
          wait = everyMs
        }
      },
    })
  const closeGone = async (): Promise<void> => {
    while (await pause(goneMs, stopping.signal)) await deps.registry.closeGone()
  }
  /** Until the service stops: trouble with the store or the read models passes. */
  const keep = async (work: () => Promise<void>): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await work()
      } catch (error) {
        deps.log.warn({ err: error }, 'checks of sites wait')
        await pause(goneMs, stopping.signal)
      }
    }
  }
  const track = (work: Promise<void>): void => {
    running.add(work)
    void work.finally(() => running.delete(work))
  }

  return {
    check,
    soon: (organization, siteId) => track(checkQuietly(organization, siteId)),
    start: () => {
      track(keep(rounds))
      track(keep(closeGone))
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await Promise.all(running)
    },
  }
}
