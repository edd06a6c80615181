import type { Cluster, ReturnOf, SiteProblem, testConnection } from '@rancher-hub/contracts'
import type { z } from 'zod'
import type { NetworkPolicy } from '../egress/network-policy.ts'
import { toNetworkError } from '../egress/network-problem.ts'
import { SiteError } from '../egress/site-error.ts'
import { type AskedPermissions, checkPermissions } from './check-permissions.ts'
import { type ConnectedSite, openSite, PLAIN_CLUSTER_ID, type SiteAccess } from './connected-site.ts'
import { fetchOfferedCa, type OfferedCa } from './offered-ca.ts'
import type { TokenFacts } from './rancher-client.ts'

export type TestOutcome = ReturnOf<typeof testConnection>
type Check = TestOutcome['checks'][number]
type CheckName = Check['name']

/** Which check a problem belongs to. */
const checkOf: Readonly<Partial<Record<SiteProblem['code'], CheckName>>> = {
  'address-refused': 'address',
  'name-not-found': 'address',
  'kubeconfig-not-valid': 'address',
  'kubeconfig-not-self-contained': 'address',
  unreachable: 'reachable',
  'timed-out': 'reachable',
  'certificate-not-trusted': 'certificate',
  'certificate-expired': 'certificate',
  'certificate-wrong-host': 'certificate',
  'not-a-rancher': 'server',
  'not-kubernetes': 'server',
  'token-refused': 'credentials',
  'token-expired': 'credentials',
  'token-cluster-scoped': 'credentials',
}
const order: readonly CheckName[] = [
  'address',
  'reachable',
  'certificate',
  'server',
  'credentials',
  'clusters',
  'permissions',
]
const DAY_MS = 86_400_000

interface Found {
  readonly checks: Check[]
  serverVersion?: string | undefined
  tokenExpiresAt?: string | undefined
  clusters?: z.input<typeof Cluster>[] | undefined
}

const pass = (found: Found, name: CheckName, message: string, state: Check['state'] = 'passed'): void => {
  found.checks.push({ name, state, message })
}

const passConnection = (found: Found, access: SiteAccess): void => {
  const url = new URL(access.url)
  pass(found, 'address', `${url.host} may be called`)
  pass(found, 'reachable', `${url.host} answers`)
  if (url.protocol === 'http:')
    pass(
      found,
      'certificate',
      'The connection is not encrypted: token and secrets travel in clear text. Use https where you can.',
      'warning',
    )
  else
    pass(
      found,
      'certificate',
      access.secret.ca === undefined
        ? 'The certificate is signed by a known authority'
        : 'The certificate is signed by the pinned authority',
    )
}

/** Version of the server, which needs no credentials: nothing secret is sent to what is not a Rancher. */
const checkRancherServer = async (
  site: ConnectedSite,
  access: SiteAccess,
  found: Found,
  signal: AbortSignal,
): Promise<void> => {
  const version = await site.rancher?.rancherVersion(signal)
  passConnection(found, access)
  if (version === undefined) {
    const host = new URL(access.url).host
    throw new SiteError({
      code: 'not-a-rancher',
      message: `${host} answers, but not as a Rancher server (2.7 or newer) does. Check the address: it is the one of Rancher’s own page, without a path.`,
    })
  }
  found.serverVersion = version
  pass(found, 'server', `Rancher ${version}`)
}

/** Facts of the token. Rancher refuses tokens of one cluster here as if they were wrong. */
const readOwnToken = async (site: ConnectedSite, signal: AbortSignal): Promise<TokenFacts | undefined> => {
  try {
    return await site.rancher?.ownToken(signal)
  } catch (error) {
    if (!(error instanceof SiteError) || error.problem.code !== 'token-refused') throw error
    const message = `${error.problem.message} A token that was made for one cluster is refused here too: make one with «No Scope».`
    throw new SiteError({ ...error.problem, message }, { status: error.status, cause: error })
  }
}

const checkRancher = async (
  site: ConnectedSite,
  access: SiteAccess,
  found: Found,
  now: Date,
  signal: AbortSignal,
): Promise<void> => {
  await checkRancherServer(site, access, found, signal)
  const token = await readOwnToken(site, signal)
  if (token?.clusterId !== undefined) {
    throw new SiteError({
      code: 'token-cluster-scoped',
      message: 'This token is good for one cluster only. Make one with «No Scope», so that the hub can list clusters.',
    })
  }
  found.tokenExpiresAt = token?.expiresAt
  const days =
    token?.expiresAt === undefined ? undefined : Math.floor((Date.parse(token.expiresAt) - now.getTime()) / DAY_MS)
  if (days !== undefined && days < 14)
    pass(found, 'credentials', `The token is accepted, but expires in ${days} days`, 'warning')
  else
    pass(
      found,
      'credentials',
      days === undefined ? 'The token is accepted' : `The token is accepted and expires in ${days} days`,
    )
}

const checkKubernetes = async (
  site: ConnectedSite,
  access: SiteAccess,
  found: Found,
  signal: AbortSignal,
): Promise<void> => {
  const api = site.cluster(PLAIN_CLUSTER_ID)
  const version = await api.version(signal)
  passConnection(found, access)
  if (version === undefined) {
    throw new SiteError({
      code: 'not-kubernetes',
      message: `${new URL(access.url).host} answers, but not as a Kubernetes API server does. Check the server address in the kubeconfig.`,
    })
  }
  found.serverVersion = version
  pass(found, 'server', `Kubernetes ${version}`)
  // `/version` may be open to everybody; this is the first call that needs the credentials.
  await api.allowed({ verb: 'list', group: 'apps', resource: 'deployments' }, 'default', signal)
  pass(
    found,
    'credentials',
    access.secret.token === undefined ? 'The client certificate is accepted' : 'The token is accepted',
  )
}

/** Clusters and what may be done in them; trouble here is a warning: the site itself answers. */
const checkClusters = async (
  site: ConnectedSite,
  found: Found,
  asked: AskedPermissions,
  signal: AbortSignal,
): Promise<void> => {
  const clusters = await site.clusters(signal)
  found.clusters = clusters
  const active = clusters.filter(({ state }) => state === 'active')
  if (clusters.length === 0)
    pass(
      found,
      'clusters',
      'The user of the token sees no cluster. Ask an administrator to make it a member of one.',
      'warning',
    )
  else if (active.length < clusters.length)
    pass(found, 'clusters', `${active.length} of ${clusters.length} clusters are active`, 'warning')
  else pass(found, 'clusters', clusters.length === 1 ? 'One cluster' : `${clusters.length} clusters`)
  const told = await checkPermissions(site, active, asked, signal)
  if (told !== undefined) pass(found, 'permissions', told.message, told.state)
}

const failed = (found: Found, error: SiteError, offeredCa: OfferedCa | undefined): TestOutcome => {
  const at = checkOf[error.problem.code] ?? order[found.checks.length] ?? 'server'
  const done = new Set(found.checks.map(({ name }) => name))
  const checks = order.flatMap((name): Check[] => {
    const known = found.checks.find((check) => check.name === name)
    if (known !== undefined) return [known]
    if (name === at) return [{ name, state: 'failed', message: error.problem.message }]
    const before = order.indexOf(name) < order.indexOf(at) && !done.has(name)
    return [{ name, state: before ? 'passed' : 'skipped', message: before ? 'In order' : 'Not tried' }]
  })
  return { ...found, ok: false, checks, problem: error.problem, ...(offeredCa === undefined ? {} : { offeredCa }) }
}

/** Tries a site step by step, and says for each step how it went. Throws nothing that a site can cause. */
export const testSite = async (
  access: SiteAccess,
  deps: AskedPermissions & { readonly policy: NetworkPolicy; readonly now: Date; readonly signal: AbortSignal },
): Promise<TestOutcome> => {
  const found: Found = { checks: [] }
  try {
    await using site = openSite(access, { policy: deps.policy, concurrency: 4 })
    if (access.kind === 'rancher') await checkRancher(site, access, found, deps.now, deps.signal)
    else await checkKubernetes(site, access, found, deps.signal)
    await checkClusters(site, found, deps, deps.signal)
    return { ...found, ok: true }
  } catch (error) {
    deps.signal.throwIfAborted()
    const problem = error instanceof SiteError ? error : toNetworkError(error, new URL(access.url).host)
    // Without an offer the problem is told all the same.
    const offered =
      problem.problem.code === 'certificate-not-trusted'
        ? await fetchOfferedCa(new URL(access.url), deps.policy, access.secret.serverName).catch(() => undefined)
        : undefined
    return failed(found, problem, offered)
  }
}
