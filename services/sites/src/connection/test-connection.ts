import type { SiteProblem } from '@rancher-hub/contracts'
import type { NetworkPolicy } from '../egress/network-policy.ts'
import { toNetworkError } from '../egress/network-problem.ts'
import { hasStatus, SiteError } from '../egress/site-error.ts'
import type { SiteFacts } from '../landscape/landscape-events.ts'
import { type AskedPermissions, checkPermissions } from './check-permissions.ts'
import { type ConnectedSite, openSite, PLAIN_CLUSTER_ID, type SiteAccess } from './connected-site.ts'
import { type KnownSites, knownClusterWarnings } from './known-clusters.ts'
import { fetchOfferedCa, type OfferedCa } from './offered-ca.ts'
import {
  type Check,
  type CheckName,
  type Found,
  pass,
  passClusters,
  passConnection,
  passCredential,
  passServer,
  type TestOutcome,
} from './test-checks.ts'

/** Which check a problem belongs to. */
export const checkOf: Readonly<Partial<Record<SiteProblem['code'], CheckName>>> = {
  'address-refused': 'address',
  'name-not-found': 'address',
  'kubeconfig-not-valid': 'address',
  'kubeconfig-not-self-contained': 'address',
  'verification-off': 'certificate',
  'proxy-refused': 'reachable',
  'header-refused': 'address',
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
/** The first answer of a server, whatever it is, shows that address, connection and certificate are in order. */
const firstAnswer = async <T>(found: Found, access: SiteAccess, ask: () => Promise<T>): Promise<T> => {
  try {
    const answer = await ask()
    passConnection(found, access)
    return answer
  } catch (error) {
    if (error instanceof SiteError && error.status !== undefined) passConnection(found, access)
    throw error
  }
}

/** Version of the server, which needs no credentials: nothing secret is sent to what is not a Rancher. */
const checkRancherServer = async (
  site: ConnectedSite,
  access: SiteAccess,
  found: Found,
  now: Date,
  signal: AbortSignal,
): Promise<void> => {
  const greeting = await firstAnswer(found, access, async () => await site.rancher?.greet(signal))
  if (greeting === undefined) {
    const host = new URL(access.url).host
    throw new SiteError({
      code: 'not-a-rancher',
      message: `${host} answers, but not as a Rancher server (2.6 or newer) does. Check the address: it is the one of Rancher’s own page, without a path.`,
    })
  }
  passServer(found, 'rancher', greeting.version, now)
}

/** Facts of site and token. Rancher refuses tokens of one cluster here as if they were wrong. */
const readFacts = async (site: ConnectedSite, signal: AbortSignal): Promise<SiteFacts> => {
  try {
    return await site.facts('interactive', signal)
  } catch (error) {
    if (site.rancher === undefined || !(error instanceof SiteError) || error.problem.code !== 'token-refused')
      throw error
    const message = `${error.problem.message} A token that was made for one cluster is refused here too: make one with «No Scope», or connect that cluster alone, as a plain cluster, with the kubeconfig that Rancher offers for it.`
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
  await checkRancherServer(site, access, found, now, signal)
  const facts = await readFacts(site, signal)
  // Rancher 2.6 tells its version only to who is signed in.
  if (found.serverVersion === undefined) {
    found.checks.pop()
    passServer(found, 'rancher', facts.serverVersion, now)
  }
  passCredential(found, facts, now)
}

const checkKubernetes = async (
  site: ConnectedSite,
  access: SiteAccess,
  found: Found,
  now: Date,
  signal: AbortSignal,
): Promise<void> => {
  const api = site.cluster(PLAIN_CLUSTER_ID)
  const version = await firstAnswer(found, access, async () => await api.version(signal)).catch((error: unknown) => {
    // Every API server has `/version`.
    if (hasStatus(error, 404)) return undefined
    throw error
  })
  if (version === undefined) {
    throw new SiteError({
      code: 'not-kubernetes',
      message: `${new URL(access.url).host} answers, but not as a Kubernetes API server does. Check the server address in the kubeconfig.`,
    })
  }
  passServer(found, 'kubernetes', version, now)
  // `/version` may be open to everybody; this is the first call that needs the credentials.
  await api.allowed({ verb: 'list', group: 'apps', resource: 'deployments' }, 'default', signal)
  passCredential(found, await readFacts(site, signal), now)
}

/** With what a site is tried. */
interface TestDeps extends AskedPermissions {
  readonly policy: NetworkPolicy
  readonly now: Date
  readonly signal: AbortSignal
  /** To warn where it leads to another cluster than before, or to one that is connected already; default: not looked at. */
  readonly known?: KnownSites | undefined
}

/** Clusters and what may be done in them; trouble here is a warning: the site itself answers. */
const checkClusters = async (site: ConnectedSite, access: SiteAccess, found: Found, asked: TestDeps): Promise<void> => {
  const { known, policy, signal } = asked
  const clusters = await site.clusters(signal)
  found.clusters = clusters
  const active = clusters.filter(({ state }) => state === 'active')
  const warnings =
    known === undefined ? [] : await knownClusterWarnings(site, access, clusters, known, { policy, signal })
  passClusters(found, active.length, clusters.length, warnings)
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

/** What may be pinned; undefined: the site sends nothing now, and the problem is told all the same. */
const offeredBy = async (access: SiteAccess, policy: NetworkPolicy): Promise<OfferedCa | undefined> => {
  try {
    return await fetchOfferedCa(new URL(access.url), policy, access.secret)
  } catch (error) {
    if (error instanceof SiteError) return undefined
    throw error
  }
}

/** Tries a site step by step, and says for each step how it went. Throws nothing that a site can cause. */
export const testSite = async (access: SiteAccess, deps: TestDeps): Promise<TestOutcome> => {
  const found: Found = { checks: [] }
  try {
    await using site = openSite(access, { policy: deps.policy, concurrency: 4 })
    if (access.kind === 'rancher') await checkRancher(site, access, found, deps.now, deps.signal)
    else await checkKubernetes(site, access, found, deps.now, deps.signal)
    await checkClusters(site, access, found, deps)
    return { ...found, ok: true }
  } catch (error) {
    deps.signal.throwIfAborted()
    const problem = error instanceof SiteError ? error : toNetworkError(error, new URL(access.url).host)
    const isUntrusted = problem.problem.code === 'certificate-not-trusted'
    return failed(found, problem, isUntrusted ? await offeredBy(access, deps.policy) : undefined)
  }
}
