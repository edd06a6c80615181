import type { Cluster, Credential, SiteProblem } from '@rancher-hub/contracts'
import type { z } from 'zod'
import type { NetworkPolicy } from '../egress/network-policy.ts'
import { createSiteHttp, type SiteHttp } from '../egress/site-http.ts'
import type { SiteFacts } from '../landscape/landscape-events.ts'
import { type Clock, systemClock } from '../throttle/clock.ts'
import type { Priority } from '../throttle/lanes.ts'
import type { CallOutcome } from '../throttle/recent-calls.ts'
import { SITE_SCOPE } from '../throttle/site-breakers.ts'
import { createSiteThrottle, type SiteThrottle } from '../throttle/site-throttle.ts'
import { createKubeApi, type KubeApi } from './kube-api.ts'
import { describeCredential, readClusterUser } from './own-token.ts'
import { createRancherClient, type RancherClient } from './rancher-client.ts'
import { createSiteCallers } from './site-caller.ts'
import { readPlainCluster, toCluster } from './site-clusters.ts'
import { type ClusterNamespaces, readNamespaces } from './site-namespaces.ts'
import type { SiteSecret } from './site-secret.ts'
import { toUpstreamError } from './upstream-error.ts'

/** Id of the one cluster of a plain-cluster site. */
export const PLAIN_CLUSTER_ID = 'cluster'

/** How a site is reached: what a client is made of. */
export interface SiteAccess {
  readonly kind: 'rancher' | 'kubernetes'
  readonly url: string
  /** Name of the cluster of a plain-cluster site. */
  readonly clusterName?: string | undefined
  readonly secret: SiteSecret
}

export interface ConnectedSite extends AsyncDisposable {
  readonly kind: 'rancher' | 'kubernetes'
  /** Only where the site is a Rancher server. */
  readonly rancher: RancherClient | undefined
  /** Calls in the background wait for those that a person waits for; default: interactive. */
  cluster(clusterId: string, priority?: Priority): KubeApi
  clusters(signal?: AbortSignal): Promise<z.input<typeof Cluster>[]>
  namespaces(clusterId: string, signal?: AbortSignal): Promise<ClusterNamespaces>
  /** What the site tells of itself and of the token now. The first call that needs the token: 401 when it is refused. */
  facts(priority?: Priority, signal?: AbortSignal): Promise<SiteFacts>
  readonly throttle: SiteThrottle
  /** Cuts connections to places that the network policy refuses by now. */
  enforcePolicy(): void
}

/** What is around a client: the networks that it may call, how much at once, and who is told how it goes. */
export interface ConnectOptions {
  readonly policy: NetworkPolicy
  /** Calls at the same time at most, watches apart. */
  readonly concurrency: number
  readonly onOutcome?: ((problem: SiteProblem | undefined) => void) | undefined
  /** Told when the site is called more slowly, not at all, or again. */
  readonly onTraffic?: (() => void) | undefined
  readonly onCall?: ((outcome: CallOutcome) => void) | undefined
  readonly clock?: Clock | undefined
}

const factsWith = (serverVersion: string | undefined, credential: Credential | undefined): SiteFacts => ({
  serverVersion,
  tokenExpiresAt: credential?.expiresAt,
  credential,
})

const PROBE_TIMEOUT_MS = 10_000

/** The smallest read that shows whether a place answers. @throws SiteError */
const probe = async (http: SiteHttp, kind: SiteAccess['kind'], path: string, authenticated: boolean): Promise<void> => {
  const answer = await http.request({
    method: 'GET',
    path,
    timeoutMs: PROBE_TIMEOUT_MS,
    maxBytes: 1024 * 1024,
    authenticated,
  })
  if (answer.status < 200 || answer.status >= 300) throw toUpstreamError(answer, kind, http.base.host)
}

/** Opens a site. Nothing is sent before the first call. @throws SiteError when the address is refused */
export const openSite = (access: SiteAccess, options: ConnectOptions): ConnectedSite => {
  const { kind, secret } = access
  const http = createSiteHttp({
    base: access.url,
    policy: options.policy,
    authorization: secret.token === undefined ? undefined : `Bearer ${secret.token}`,
    tls: {
      ca: secret.ca,
      cert: secret.clientCert,
      key: secret.clientKey,
      serverName: secret.serverName,
      unverified: secret.unverified,
    },
    proxy: secret.proxy,
    headers: secret.headers,
  })
  const prefixOf = (clusterId: string): string =>
    kind === 'rancher' ? `/k8s/clusters/${encodeURIComponent(clusterId)}` : ''
  const throttle = createSiteThrottle({
    host: http.base.host,
    max: options.concurrency,
    clock: options.clock ?? systemClock,
    probe: async (scope) => {
      const isRancher = kind === 'rancher' && scope === SITE_SCOPE
      await probe(http, kind, isRancher ? '/rancherversion' : `${prefixOf(scope)}/version`, !isRancher)
      options.onOutcome?.(undefined)
    },
    onChanged: () => options.onTraffic?.(),
    onCall: (outcome) => options.onCall?.(outcome),
  })
  const callerOf = createSiteCallers({ http, upstream: kind, throttle, onOutcome: options.onOutcome })
  const rancher = kind === 'rancher' ? createRancherClient(callerOf({}), secret.token ?? '') : undefined
  const cluster = (clusterId: string, priority?: Priority): KubeApi =>
    createKubeApi(callerOf({ priority, scope: kind === 'rancher' ? clusterId : SITE_SCOPE }), prefixOf(clusterId))

  const clusters = async (signal?: AbortSignal): Promise<z.input<typeof Cluster>[]> => {
    const now = new Date()
    if (rancher !== undefined) {
      const found = await rancher.clusters(signal)
      return found.map((each) => toCluster(each, now)).sort((a, b) => a.name.localeCompare(b.name))
    }
    const version = await cluster(PLAIN_CLUSTER_ID).version(signal)
    const known = { id: PLAIN_CLUSTER_ID, name: access.clusterName ?? PLAIN_CLUSTER_ID, version }
    return [await readPlainCluster(callerOf({}), known, now, signal)]
  }

  const facts = async (priority: Priority = 'interactive', signal?: AbortSignal): Promise<SiteFacts> => {
    const caller = callerOf({ priority })
    if (rancher !== undefined) {
      const asked = createRancherClient(caller, secret.token ?? '')
      const credential = await asked.credential(signal)
      // The greeting tells the version to everybody; 2.6 tells it to who is signed in.
      return factsWith((await asked.greet(signal))?.version ?? (await asked.serverVersion(signal)), credential)
    }
    const version = await cluster(PLAIN_CLUSTER_ID, priority).version(signal)
    const owner = await readClusterUser(caller, signal)
    const credential = describeCredential(secret)
    return factsWith(version, credential && { ...credential, owner: owner ?? credential.owner })
  }

  return {
    kind,
    rancher,
    cluster,
    clusters,
    facts,
    namespaces: async (clusterId, signal) => await readNamespaces(cluster(clusterId), rancher, clusterId, signal),
    throttle,
    enforcePolicy: () => void http.enforcePolicy(),
    [Symbol.asyncDispose]: async () => {
      throttle[Symbol.dispose]()
      await http[Symbol.asyncDispose]()
    },
  }
}
