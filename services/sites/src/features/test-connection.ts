import { testConnection } from '@rancher-hub/contracts'
import { type Handler, handleCommand, refuse } from '@rancher-hub/service-kit'
import { PLAIN_CLUSTER_ID } from '../connection/connected-site.ts'
import { CredentialsMissingError } from '../connection/kept-credentials.ts'
import type { KnownSites } from '../connection/known-clusters.ts'
import { contextsOf } from '../connection/kubeconfig.ts'
import { type ResolvedConnection, resolveConnection, type StoredAccess } from '../connection/resolve-connection.ts'
import type { TestOutcome } from '../connection/test-checks.ts'
import { checkOf, testSite } from '../connection/test-connection.ts'
import { SiteError } from '../egress/site-error.ts'
import type { SiteDoc } from '../landscape/landscape-projections.ts'
import type { SitesDeps } from './sites-deps.ts'

/** The connection could not even be read. */
const unreadable = (error: SiteError, contexts: readonly string[]): TestOutcome => ({
  ok: false,
  checks: [
    {
      name: checkOf[error.problem.code] ?? 'address',
      state: 'failed',
      message: error.problem.message,
    },
  ],
  problem: error.problem,
  ...(contexts.length > 1 ? { contexts: [...contexts] } : {}),
})

/** Names to choose from, also where the chosen context cannot be used. */
const namesOf = (kubeconfig: string | undefined): string[] => {
  try {
    return kubeconfig === undefined ? [] : contextsOf(kubeconfig).map(({ name }) => name)
  } catch (error) {
    if (error instanceof SiteError) return []
    throw error
  }
}

/** What is connected already. The edited site is asked which clusters it has led to, unless it is disabled: then nothing is sent. */
const knownSites = async (
  { models, registry }: SitesDeps,
  organization: string,
  { edited, before, bound }: { edited: SiteDoc | undefined } & Pick<KnownSites, 'before' | 'bound'>,
): Promise<KnownSites> => {
  const others = (await models.sites(organization)).filter(({ _id }) => _id !== edited?._id)
  return {
    before: edited?.disabled === true ? undefined : before,
    bound,
    others: others.map(({ _id, name, url, proxy, kind, disabled }) => ({
      name,
      url,
      proxy,
      identity:
        kind === 'kubernetes' && disabled !== true
          ? async (signal) => await (await registry.open(organization, _id)).cluster(PLAIN_CLUSTER_ID).identity(signal)
          : undefined,
    })),
  }
}

/** Answers `sites.test-connection`: tries what the person gave, with stored credentials where they gave none. */
export const testConnectionFeature = (deps: SitesDeps): Handler =>
  handleCommand(testConnection, async ({ connection, siteId }, ctx) => {
    const doc = siteId === undefined ? undefined : await deps.models.site(ctx.organization, siteId)
    if (siteId !== undefined && doc === undefined) throw refuse(testConnection, 'not-found')
    let resolved: ResolvedConnection
    let stored: StoredAccess | undefined
    try {
      stored = doc === undefined ? undefined : await deps.registry.stored(ctx.organization, doc)
      resolved = resolveConnection(connection, stored)
    } catch (error) {
      if (error instanceof CredentialsMissingError)
        throw refuse(testConnection, 'credentials-missing', undefined, error.why)
      if (!(error instanceof SiteError)) throw error
      return unreadable(error, namesOf(connection.kind === 'kubernetes' ? connection.kubeconfig : undefined))
    }
    const places = siteId === undefined ? [] : await deps.models.instances(ctx.organization, { siteId })
    const { namespace } = resolved
    const outcome = await testSite(resolved.access, {
      policy: await deps.networks.policyOf(ctx.organization),
      now: ctx.now(),
      signal: ctx.signal,
      places,
      namespace,
      known: await knownSites(deps, ctx.organization, { edited: doc, before: stored, bound: places }),
    })
    const { contexts = [] } = resolved
    return contexts.length > 1 ? { ...outcome, contexts: [...contexts] } : outcome
  })
