import type { PausedPlace, SiteProblem, Traffic } from '@rancher-hub/contracts'
import type { EventStore } from '@rancher-hub/event-store'
import { type Logger, loadAggregate, openMeter, streamName } from '@rancher-hub/service-kit'
import type { z } from 'zod'
import type { Keyring } from '../credentials/keyring.ts'
import { SealBrokenError } from '../credentials/seal.ts'
import { siteCredentials } from '../credentials/site-credentials.ts'
import type { NetworkPolicy } from '../egress/network-policy.ts'
import { SiteError } from '../egress/site-error.ts'
import type { LandscapeModels } from '../landscape/landscape-models.ts'
import type { SiteDoc } from '../landscape/landscape-projections.ts'
import { systemClock } from '../throttle/clock.ts'
import { describeTraffic, pausedPlaces } from '../throttle/describe-traffic.ts'
import { createSiteMetrics } from '../throttle/site-metrics.ts'
import { type ConnectedSite, openSite } from './connected-site.ts'
import type { StoredAccess } from './resolve-connection.ts'
import { SiteSecret } from './site-secret.ts'

/** How the last call to a site went. */
export interface SiteHealth {
  readonly state: 'connected' | 'problem' | 'unknown'
  readonly problem?: SiteProblem | undefined
  readonly checkedAt?: string | undefined
}

/** The site is not (or no longer) there. */
export class NoSuchSiteError extends Error {
  override name = 'NoSuchSiteError'
}

/** Open clients of connected sites: made on first use, made anew when a site's connection changes. */
export interface SiteRegistry extends AsyncDisposable {
  /** @throws NoSuchSiteError | SiteError */
  open(organization: string, siteId: string): Promise<ConnectedSite>
  /** How a site is reached, with its credentials; undefined when they were destroyed. @throws SiteError when they cannot be opened */
  stored(organization: string, site: SiteDoc): Promise<StoredAccess | undefined>
  health(siteId: string): SiteHealth
  /** How a site is called; undefined when nothing was asked of it yet. */
  traffic(siteId: string): z.input<typeof Traffic> | undefined
  /** Tries at once whether what is paused of a site answers again; what still does not. */
  tryNow(siteId: string): Promise<z.input<typeof PausedPlace>[]>
  /** Closes the client of a site that is gone. */
  close(siteId: string): Promise<void>
}

export interface SiteRegistryDeps {
  readonly store: EventStore
  readonly models: LandscapeModels
  readonly keyring: Keyring
  readonly policy: NetworkPolicy
  readonly concurrency: number
  readonly now: () => Date
  readonly log: Logger
  /** Told when a site begins or stops to have a problem, and when it is called more slowly, not at all, or again. */
  readonly onHealthChanged: (organization: string, siteId: string) => void
}

/** Reads what was encrypted; with another master key it cannot be, which people can act on. */
const openSecret = (open: () => string): SiteSecret => {
  try {
    return SiteSecret.parse(JSON.parse(open()))
  } catch (error) {
    if (!(error instanceof SealBrokenError)) throw error
    const message =
      'The stored credentials cannot be opened: the hub runs with another master key than they were stored with. Restore the key, or enter the credentials again.'
    throw new SiteError({ code: 'token-refused', message }, { cause: error })
  }
}

/** Rancher answers the same to a wrong and to an expired token; the date that it told before makes the difference. */
const asExpired = (
  problem: SiteProblem | undefined,
  expiresAt: string | undefined,
  now: Date,
): SiteProblem | undefined => {
  if (problem?.code !== 'token-refused' || expiresAt === undefined || Date.parse(expiresAt) > now.getTime())
    return problem
  return {
    ...problem,
    code: 'token-expired',
    message: `The token has expired on ${expiresAt}. Make a new one and enter it here.`,
  }
}

export const createSiteRegistry = (deps: SiteRegistryDeps): SiteRegistry => {
  const opened = new Map<string, { readonly credentialsId: string; readonly site: ConnectedSite }>()
  const health = new Map<string, SiteHealth>()
  const metrics = createSiteMetrics(openMeter(), () =>
    [...opened].map(([siteId, { site }]) => [siteId, site.throttle] as const),
  )

  const stored = async (organization: string, doc: SiteDoc): Promise<StoredAccess | undefined> => {
    const { state } = await loadAggregate(
      deps.store,
      siteCredentials,
      streamName(siteCredentials.category, organization, doc._id),
    )
    const entry = state.stored[doc.credentialsId]
    if (entry === undefined) return undefined
    const keys = await deps.keyring.of(organization)
    const secret = openSecret(() => keys.openCredentials({ siteId: doc._id, origin: doc.origin }, entry.sealed))
    return { kind: doc.kind, url: doc.url, clusterName: doc.clusterName, context: doc.context, secret }
  }

  const recordOutcome = (organization: string, siteId: string, problem: SiteProblem | undefined): void => {
    const before = health.get(siteId)
    const after: SiteHealth = {
      state: problem === undefined ? 'connected' : 'problem',
      problem,
      checkedAt: deps.now().toISOString(),
    }
    health.set(siteId, after)
    if (before?.state === after.state && before.problem?.code === problem?.code) return
    if (problem !== undefined) deps.log.warn({ siteId, code: problem.code }, 'site has a problem')
    deps.onHealthChanged(organization, siteId)
  }

  const close = async (siteId: string): Promise<void> => {
    const entry = opened.get(siteId)
    opened.delete(siteId)
    health.delete(siteId)
    await entry?.site[Symbol.asyncDispose]()
  }

  return {
    stored,
    close,
    traffic: (siteId) => {
      const site = opened.get(siteId)?.site
      return site === undefined ? undefined : describeTraffic(site.throttle, systemClock)
    },
    tryNow: async (siteId) => {
      const site = opened.get(siteId)?.site
      if (site === undefined) return []
      await site.throttle.breakers.tryNow()
      return pausedPlaces(site.throttle, systemClock)
    },
    health: (siteId) => health.get(siteId) ?? { state: 'unknown' },
    open: async (organization, siteId) => {
      const doc = await deps.models.site(organization, siteId)
      if (doc === undefined) {
        await close(siteId)
        throw new NoSuchSiteError(`There is no site ${siteId}`)
      }
      const known = opened.get(siteId)
      if (known?.credentialsId === doc.credentialsId) return known.site
      const access = await stored(organization, doc)
      if (access === undefined) throw new NoSuchSiteError(`Site ${siteId} has no credentials`)
      const raced = opened.get(siteId)
      if (raced?.credentialsId === doc.credentialsId) return raced.site
      await close(siteId)
      const onOutcome = (problem: SiteProblem | undefined) =>
        recordOutcome(organization, siteId, asExpired(problem, doc.tokenExpiresAt, deps.now()))
      const site = openSite(access, {
        policy: deps.policy,
        concurrency: deps.concurrency,
        onOutcome,
        onTraffic: () => deps.onHealthChanged(organization, siteId),
        onCall: (outcome) => metrics.called(siteId, outcome),
      })
      opened.set(siteId, { credentialsId: doc.credentialsId, site })
      return site
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...opened.keys()].map(close))
    },
  }
}
