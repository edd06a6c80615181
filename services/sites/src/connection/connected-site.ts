import type { Cluster, Namespace, SiteProblem } from '@rancher-hub/contracts'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import type { z } from 'zod'
import type { NetworkPolicy } from '../egress/network-policy.ts'
import { hasStatus } from '../egress/site-error.ts'
import { createSiteHttp, type SiteHttp } from '../egress/site-http.ts'
import { type Clock, systemClock } from '../throttle/clock.ts'
import type { Priority } from '../throttle/lanes.ts'
import type { CallOutcome } from '../throttle/recent-calls.ts'
import { SITE_SCOPE } from '../throttle/site-breakers.ts'
import { createSiteThrottle, type SiteThrottle } from '../throttle/site-throttle.ts'
import { createKubeApi, type KubeApi } from './kube-api.ts'
import { createRancherClient, type RancherClient } from './rancher-client.ts'
import { createSiteCallers } from './site-caller.ts'
import type { SiteSecret } from './site-secret.ts'
import { isSystemNamespace } from './system-namespaces.ts'
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
  namespaces(clusterId: string, signal?: AbortSignal): Promise<z.input<typeof Namespace>[]>
  readonly throttle: SiteThrottle
}

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

const projectAnnotation = 'field.cattle.io/projectId'

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
    tls: { ca: secret.ca, cert: secret.clientCert, key: secret.clientKey, serverName: secret.serverName },
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
  const rancher = kind === 'rancher' ? createRancherClient(callerOf({}), secret.token) : undefined
  const cluster = (clusterId: string, priority?: Priority): KubeApi =>
    createKubeApi(callerOf({ priority, scope: kind === 'rancher' ? clusterId : SITE_SCOPE }), prefixOf(clusterId))

  const clusters = async (signal?: AbortSignal): Promise<z.input<typeof Cluster>[]> => {
    if (rancher === undefined) {
      const version = await cluster(PLAIN_CLUSTER_ID).version(signal)
      return [{ id: PLAIN_CLUSTER_ID, name: access.clusterName ?? PLAIN_CLUSTER_ID, state: 'active', version }]
    }
    const found = await rancher.clusters(signal)
    return found
      .map((each) => ({
        id: each.id,
        name: each.name === '' ? each.id : each.name,
        state: each.state,
        provider: each.provider || undefined,
        version: each.version?.gitVersion,
        nodeCount: each.nodeCount,
      }))
      .sort((a, b) => a.name.localeCompare(b.name))
  }

  /** Members of projects may not list namespaces; Rancher knows which are theirs. */
  const listedNamespaces = async (clusterId: string, signal: AbortSignal | undefined): Promise<KubernetesObject[]> => {
    try {
      return await cluster(clusterId).namespaces(signal)
    } catch (error) {
      if (rancher === undefined || !hasStatus(error, 403)) throw error
      try {
        return await cluster(clusterId).visibleNamespaces(signal)
      } catch (second) {
        // No answer to this one says nothing about the token: the first refusal is the one to tell.
        if (hasStatus(second, 401, 403, 404)) throw error
        throw second
      }
    }
  }

  const namespaces = async (clusterId: string, signal?: AbortSignal): Promise<z.input<typeof Namespace>[]> => {
    const [found, projects] = await Promise.all([
      listedNamespaces(clusterId, signal),
      rancher?.projects(clusterId, signal) ?? [],
    ])
    const projectNames = new Map(projects.map((project) => [project.id, project.name]))
    return found
      .map(({ metadata, ...rest }) => {
        const id = metadata.annotations?.[projectAnnotation]
        const name = id === undefined ? undefined : projectNames.get(id)
        const phase = (rest['status'] as { phase?: string } | undefined)?.phase ?? 'Active'
        const system = isSystemNamespace(metadata.name, metadata.annotations, name)
        return {
          name: metadata.name,
          ...(id === undefined || name === undefined ? {} : { project: { id, name } }),
          system,
          phase,
        }
      })
      .sort((a, b) => a.name.localeCompare(b.name))
  }

  return {
    kind,
    rancher,
    cluster,
    clusters,
    namespaces,
    throttle,
    [Symbol.asyncDispose]: async () => {
      throttle[Symbol.dispose]()
      await http[Symbol.asyncDispose]()
    },
  }
}
