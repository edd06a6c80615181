import { testConnection } from '@rancher-hub/contracts'
import { type Handler, handleCommand, refuse } from '@rancher-hub/service-kit'
import { CredentialsMissingError } from '../connection/kept-credentials.ts'
import { contextsOf } from '../connection/kubeconfig.ts'
import { type ResolvedConnection, resolveConnection } from '../connection/resolve-connection.ts'
import type { TestOutcome } from '../connection/test-checks.ts'
import { checkOf, testSite } from '../connection/test-connection.ts'
import { SiteError } from '../egress/site-error.ts'
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

/** Answers `sites.test-connection`: tries what the person gave, with stored credentials where they gave none. */
export const testConnectionFeature = (deps: SitesDeps): Handler =>
  handleCommand(testConnection, async ({ connection, siteId }, ctx) => {
    const doc = siteId === undefined ? undefined : await deps.models.site(ctx.organization, siteId)
    if (siteId !== undefined && doc === undefined) throw refuse(testConnection, 'not-found')
    let resolved: ResolvedConnection
    try {
      const stored = doc === undefined ? undefined : await deps.registry.stored(ctx.organization, doc)
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
    })
    const { contexts = [] } = resolved
    return contexts.length > 1 ? { ...outcome, contexts: [...contexts] } : outcome
  })
