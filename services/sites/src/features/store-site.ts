import type { Connection, connectSite, editSite, SiteProblem } from '@rancher-hub/contracts'
import { type CallContext, refuse } from '@rancher-hub/service-kit'
import { CredentialsMissingError } from '../connection/kept-credentials.ts'
import { fingerprintOf } from '../connection/offered-ca.ts'
import { type ResolvedConnection, resolveConnection, type StoredAccess } from '../connection/resolve-connection.ts'
import type { SiteSecret } from '../connection/site-secret.ts'
import { testSite } from '../connection/test-connection.ts'
import { type SiteCredentialsEvent, siteCredentials } from '../credentials/site-credentials.ts'
import { SiteError } from '../egress/site-error.ts'
import type { SiteReach } from '../landscape/landscape-events.ts'
import type { SitesDeps } from './sites-deps.ts'

type StoringContract = typeof connectSite | typeof editSite

const siteProblem = (contract: StoringContract, problem: SiteProblem) =>
  refuse(contract, 'site-problem', { problem }, problem.message)

/** What the person gave cannot be used: the site has no part in it. */
const notValid = (contract: StoringContract, problem: SiteProblem) =>
  refuse(contract, 'connection-not-valid', { problem }, problem.message)

/** The connection as it will be used. @throws RefusedError credentials-missing | connection-not-valid */
const resolved = (
  contract: StoringContract,
  connection: Connection,
  stored: StoredAccess | undefined,
): ResolvedConnection => {
  try {
    return resolveConnection(connection, stored)
  } catch (error) {
    if (error instanceof CredentialsMissingError) throw refuse(contract, 'credentials-missing', undefined, error.why)
    if (error instanceof SiteError) throw notValid(contract, error.problem)
    throw error
  }
}

/** What of a secret may be shown. */
const trustAndWay = ({ ca, unverified, serverName, proxy, headers }: SiteSecret): Partial<SiteReach> => ({
  caFingerprint: fingerprintOf(ca),
  unverified,
  serverName,
  proxy: proxy === undefined ? undefined : { url: proxy.url, signsIn: proxy.authorization !== undefined },
  headerNames: headers === undefined ? undefined : Object.keys(headers).toSorted(),
})

/**
 * Tries a connection and stores its credentials, encrypted and bound to site and origin. What is stored is used only
 * once an event of the landscape names it.
 * @throws RefusedError credentials-missing | connection-not-valid | site-problem
 */
export const storeConnection = async (
  deps: SitesDeps,
  contract: StoringContract,
  siteId: string,
  connection: Connection,
  stored: StoredAccess | undefined,
  ctx: CallContext,
): Promise<SiteReach> => {
  const { access, origin, context } = resolved(contract, connection, stored)
  const tested = await testSite(access, {
    policy: await deps.networks.policyOf(ctx.organization),
    now: ctx.now(),
    signal: ctx.signal,
  })
  if (tested.problem?.code === 'address-refused') throw notValid(contract, tested.problem)
  if (tested.problem !== undefined) throw siteProblem(contract, tested.problem)
  const credentialsId = ctx.newId()
  const keys = await deps.keyring.of(ctx.organization)
  const sealed = keys.sealCredentials({ siteId, origin }, JSON.stringify(access.secret))
  await ctx.decide(siteCredentials, siteId, (): readonly SiteCredentialsEvent[] => [
    { type: 'CredentialsStored', data: { credentialsId, origin, sealed } },
  ])
  return {
    kind: access.kind,
    url: access.url,
    origin,
    credentialsId,
    context,
    clusterName: access.clusterName,
    ...trustAndWay(access.secret),
    serverVersion: tested.serverVersion,
    tokenExpiresAt: tested.tokenExpiresAt,
    credential: tested.credential,
  }
}
