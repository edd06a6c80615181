import type { Logger } from '@rancher-hub/service-kit'
import type { SiteRegistry } from '../connection/site-registry.ts'
import { networkProblem } from '../egress/network-problem.ts'
import type { LandscapeModels } from '../landscape/landscape-models.ts'
import { judgeSites } from './judge-sites.ts'
import { initialNetworks } from './networks.ts'
import type { OrganizationNetworks } from './organization-networks.ts'

/** Makes what was decided about networks hold for connections that are open already. */
export interface NetworksEnforcer extends AsyncDisposable {
  /** Cuts what an organization refuses by now, and says so of its sites. */
  enforce(organization: string): Promise<void>
}

/** How soon another process hears of a change. New connections and calls do not wait for it. */
const EVERY_MS = 5_000

/** Starts enforcing: at once where it is asked for, soon in every other process with open sites. */
export const startEnforcingNetworks = (deps: {
  readonly networks: OrganizationNetworks
  readonly registry: SiteRegistry
  readonly models: LandscapeModels
  readonly log: Logger
  readonly everyMs?: number | undefined
}): NetworksEnforcer => {
  const { networks, registry, models, log } = deps
  const enforced = new Map<string, number>()
  /** The look that goes on now: one that takes longer than the pause is not followed by more of them. */
  let running: Promise<void> | undefined

  const enforce = async (organization: string): Promise<void> => {
    const policy = await networks.policyOf(organization)
    enforced.set(organization, networks.revisionOf(organization))
    // Before names are looked up: what is open goes to addresses that are known.
    registry.cutRefused(organization)
    for (const { site, state, reason } of await judgeSites(await models.sites(organization), policy)) {
      const refusal = state === 'refused' ? networkProblem('address-refused', site.url, reason ?? '') : undefined
      await registry.enforce(organization, site._id, refusal)
    }
  }
  const look = async (): Promise<void> => {
    for (const organization of registry.organizations()) {
      await networks.policyOf(organization)
      const before = enforced.get(organization) ?? initialNetworks.revision
      if (networks.revisionOf(organization) !== before) await enforce(organization)
    }
  }
  const timer = setInterval(() => {
    running ??= look()
      .catch((error: unknown) => log.warn({ err: error }, 'networks not enforced yet'))
      .finally(() => {
        running = undefined
      })
  }, deps.everyMs ?? EVERY_MS)
  timer.unref()

  return {
    enforce,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      await running
    },
  }
}
