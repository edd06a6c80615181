import type { PausedPlace, SiteProblem, Traffic } from '@rancher-hub/contracts'
import type { EventStore } from '@rancher-hub/event-store'
import { type Logger, openMeter } from '@rancher-hub/service-kit'
import type { z } from 'zod'
import type { Keyring } from '../credentials/keyring.ts'
import type { NetworkPolicy } from '../egress/network-policy.ts'
import { SiteError } from '../egress/site-error.ts'
import type { LandscapeModels } from '../landscape/landscape-models.ts'
import type { SiteDoc } from '../landscape/landscape-projections.ts'
import { systemClock } from '../throttle/clock.ts'
import { describeTraffic, pausedPlaces } from '../throttle/describe-traffic.ts'
import { createSiteMetrics } from '../throttle/site-metrics.ts'
import { type ConnectedSite, openSite, type SiteAccess } from './connected-site.ts'
import { asExpired } from './expired-token.ts'
import type { StoredAccess } from './resolve-connection.ts'
import { createRetiredClients } from './retired-clients.ts'
import { readStoredAccess } from './stored-access.ts'

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
  /** Tries at once whether what is paused of a site answers again, and ends pauses before it; what still does not answer. */
  tryNow(siteId: string): Promise<z.input<typeof PausedPlace>[]>
  /** Closes the client of a site that is gone. */
  close(siteId: string): Promise<void>
  /** Closes the clients of sites that were deleted or disabled, here or by another process. */
  closeGone(): Promise<void>
  /** The connection as it is stored now was tried a moment ago, and answered as it should. */
  tested(organization: string, siteId: string): void
  /** Organizations whose sites are open. */
  organizations(): ReadonlySet<string>
  /** Cuts open connections to places that the networks of their organization refuse by now. */
  cutRefused(organization: string): void
  /** After the networks changed: says of a site that it is refused; a refusal that does not hold any more is forgotten. */
  enforce(organization: string, siteId: string, refusal: SiteProblem | undefined): Promise<void>
}

/** What the registry reads sites, credentials and networks from, and whom it tells. */
export interface SiteRegistryDeps {
  readonly store: EventStore
  readonly models: LandscapeModels
  readonly keyring: Keyring
  readonly policyOf: (organization: string) => Promise<NetworkPolicy>
  readonly concurrency: number
  readonly now: () => Date
  readonly log: Logger
  /** Told when a site begins or stops to have a problem, and when it is called more slowly, not at all, or again. */
  readonly onHealthChanged: (organization: string, siteId: string) => void
  /** Told when a site begins to answer: who waits before asking it again need not wait much longer. */
  readonly onAnswersAgain?: ((siteId: string) => void) | undefined
  /** Told when a person wants a site to be asked now, or gave it another connection. */
  readonly onTryNow?: ((siteId: string) => void) | undefined
  /** Told when a site begins to refuse its token: what it says of the token may be another thing now. */
  readonly onTokenRefused?: ((organization: string, siteId: string) => void) | undefined
}

/** Everything but the credentials: with the rest unchanged, what is under way may go on to its end. */
const wayOf = ({ kind, url, secret }: SiteAccess): string => {
  const { ca, serverName, unverified, proxy, headers } = secret
  return JSON.stringify([kind, url, ca, serverName, unverified, proxy, headers])
}

const disabledError = (name: string): SiteError =>
  new SiteError({
    code: 'site-disabled',
    message: `The site ${name} is disabled: the hub does not call it. An administrator can enable it in Settings → Sites.`,
  })

interface OpenSite {
  readonly organization: string
  readonly credentialsId: string
  readonly site: ConnectedSite
  readonly way: string
  /** As it was told last. */
  tokenExpiresAt: string | undefined
}

/** One registry per process; disposing it closes all clients. */
export const createSiteRegistry = (deps: SiteRegistryDeps): SiteRegistry => {
  const opened = new Map<string, OpenSite>()
  const retired = createRetiredClients((error, siteId) =>
    deps.log.error({ err: error, siteId }, 'closing a client failed'),
  )
  const health = new Map<string, SiteHealth>()
  /** Counts, by site, when a client was made or closed: what somebody read before that may be over. */
  const changes = new Map<string, number>()
  const noteChange = (siteId: string): void => void changes.set(siteId, (changes.get(siteId) ?? 0) + 1)
  const metrics = createSiteMetrics(openMeter(), () =>
    [...opened].map(([siteId, { site }]) => [siteId, site.throttle] as const),
  )

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
    if (problem === undefined) deps.onAnswersAgain?.(siteId)
    if (problem?.code === 'token-refused') deps.onTokenRefused?.(organization, siteId)
  }

  /** Ends every client of a site: what still goes on with credentials that were replaced, too. */
  const close = async (siteId: string): Promise<void> => {
    noteChange(siteId)
    const entry = opened.get(siteId)
    opened.delete(siteId)
    health.delete(siteId)
    await Promise.all([entry?.site[Symbol.asyncDispose](), retired.end(siteId)])
  }

  /** Sites with clients, each with the organization that it belongs to. */
  const owners = (): Map<string, string> =>
    new Map([
      ...retired.owners().map(({ siteId, organization }) => [siteId, organization] as const),
      ...[...opened].map(([siteId, { organization }]) => [siteId, organization] as const),
    ])

  /** Makes room, at once, for the client of other credentials; resolves when what it replaces has ended. */
  const replace = async (siteId: string, way: string): Promise<void> => {
    const before = opened.get(siteId)
    if (before === undefined || before.way !== way) return await close(siteId)
    opened.delete(siteId)
    health.delete(siteId)
    retired.add(before.site, { organization: before.organization, siteId })
  }

  const open = async (organization: string, siteId: string): Promise<ConnectedSite> => {
    const begun = changes.get(siteId)
    // Brings what the organization allows up to date, for connections that are open already too.
    const [doc, policy] = await Promise.all([deps.models.site(organization, siteId), deps.policyOf(organization)])
    if (doc === undefined) {
      // The site may be another organization's: its clients are no business of this one.
      if (owners().get(siteId) === organization) await close(siteId)
      throw new NoSuchSiteError(`There is no site ${siteId}`)
    }
    if (doc.disabled === true) {
      await close(siteId)
      throw disabledError(doc.name)
    }
    const known = opened.get(siteId)
    if (known?.credentialsId === doc.credentialsId) {
      known.tokenExpiresAt = doc.tokenExpiresAt
      return known.site
    }
    const access = await readStoredAccess(deps, organization, doc)
    // Opened by somebody else, perhaps with newer credentials, or disabled or deleted meanwhile.
    if (changes.get(siteId) !== begun) return await open(organization, siteId)
    if (access === undefined) throw new NoSuchSiteError(`Site ${siteId} has no credentials`)
    // From here to where the client is known nothing is waited for.
    const way = wayOf(access)
    const replaced = replace(siteId, way)
    try {
      const { credentialsId, tokenExpiresAt } = doc
      const site = openSite(access, {
        policy,
        concurrency: deps.concurrency,
        onOutcome: (problem) => {
          const current = opened.get(siteId)
          // What a client hears that was replaced or closed says nothing about the site of today.
          if (current?.site !== site) return
          recordOutcome(organization, siteId, asExpired(problem, current.tokenExpiresAt, deps.now()))
        },
        onTraffic: () => deps.onHealthChanged(organization, siteId),
        onCall: (outcome) => metrics.called(siteId, outcome),
      })
      opened.set(siteId, { organization, credentialsId, site, way, tokenExpiresAt })
      noteChange(siteId)
      return site
    } catch (error) {
      if (error instanceof SiteError) recordOutcome(organization, siteId, error.problem)
      throw error
    } finally {
      await replaced
    }
  }

  return {
    stored: async (organization, site) => await readStoredAccess(deps, organization, site),
    close,
    closeGone: async () => {
      for (const [siteId, organization] of owners()) {
        const doc = await deps.models.site(organization, siteId)
        if (doc !== undefined && doc.disabled !== true) continue
        await close(siteId)
        deps.onHealthChanged(organization, siteId)
      }
    },
    tested: (organization, siteId) => {
      recordOutcome(organization, siteId, undefined)
      deps.onTryNow?.(siteId)
    },
    traffic: (siteId) => {
      const site = opened.get(siteId)?.site
      return site === undefined ? undefined : describeTraffic(site.throttle, systemClock)
    },
    tryNow: async (siteId) => {
      deps.onTryNow?.(siteId)
      const site = opened.get(siteId)?.site
      if (site === undefined) return []
      await site.throttle.breakers.tryNow()
      return pausedPlaces(site.throttle, systemClock)
    },
    health: (siteId) => health.get(siteId) ?? { state: 'unknown' },
    organizations: () => new Set([...opened.values()].map(({ organization }) => organization)),
    cutRefused: (organization) => {
      for (const entry of opened.values()) if (entry.organization === organization) entry.site.enforcePolicy()
      // Each by the policy of its own organization.
      for (const site of retired.sites()) site.enforcePolicy()
    },
    enforce: async (organization, siteId, refusal) => {
      if (refusal !== undefined) recordOutcome(organization, siteId, refusal)
      else if (health.get(siteId)?.problem?.code === 'address-refused') {
        await close(siteId)
        deps.onHealthChanged(organization, siteId)
      }
    },
    open,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...[...opened.keys()].map(close), retired[Symbol.asyncDispose]()])
    },
  }
}
