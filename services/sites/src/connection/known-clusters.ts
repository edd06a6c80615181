import type { Cluster } from '@rancher-hub/contracts'
import type { z } from 'zod'
import type { NetworkPolicy } from '../egress/network-policy.ts'
import { SiteError } from '../egress/site-error.ts'
import type { InstanceDoc, SiteDoc } from '../landscape/landscape-projections.ts'
import { type ConnectedSite, openSite, PLAIN_CLUSTER_ID, type SiteAccess } from './connected-site.ts'
import { NoSuchSiteError } from './site-registry.ts'

/** Milliseconds to ask another connection which cluster is behind it: it is only asked to warn. */
const ASK_MS = 5_000
/** Clusters, and other sites, that are asked at most. */
const MAX_ASKED = 10
/** Names in a sentence. */
const MAX_NAMES = 5

/** Asks for the identity of a cluster. @throws SiteError */
type AskIdentity = (signal: AbortSignal) => Promise<string | undefined>

/** What the hub has already, of what a connection may lead to. */
export interface KnownSites {
  /** How the edited site is reached until now; undefined: it is new, or must not be called. */
  readonly before?: SiteAccess | undefined
  /** App instances that are bound to the edited site. */
  readonly bound: readonly Pick<InstanceDoc, 'name' | 'clusterId' | 'clusterName'>[]
  /** The other sites of the organization; `identity`: of the cluster of a plain-cluster site that may be called. */
  readonly others: readonly (Pick<SiteDoc, 'name' | 'url' | 'proxy'> & {
    readonly identity?: AskIdentity | undefined
  })[]
}
/** With what, and until when, it is asked. */
interface Asking {
  readonly policy: NetworkPolicy
  readonly signal: AbortSignal
}

/** Undefined: it cannot be told (no right, no answer, none in time), so nothing is said of it. */
const identityOf = async (ask: AskIdentity, signal: AbortSignal): Promise<string | undefined> => {
  const within = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)])
  try {
    return await ask(within)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof SiteError || error instanceof NoSuchSiteError || within.aborted) return undefined
    throw error
  }
}

const inWords = (names: readonly string[]): string => {
  const more = names.length - MAX_NAMES
  return names.slice(0, MAX_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
const areBound = (names: readonly string[]): string => `${inWords(names)} ${names.length === 1 ? 'is' : 'are'} bound to`

/** A proxy may lead to another network, where the same address is another server. */
const isSameWay = (
  a: { readonly url: string; readonly proxy?: { readonly url: string } | undefined },
  b: typeof a,
): boolean => a.url === b.url && a.proxy?.url === b.proxy?.url

/** Bound clusters that are others than before, or are not there. */
const movedClusters = async (
  site: ConnectedSite,
  clusters: readonly z.input<typeof Cluster>[],
  before: SiteAccess,
  bound: KnownSites['bound'],
  { policy, signal }: Asking,
): Promise<(string | undefined)[]> => {
  const byCluster = [...Map.groupBy(bound, ({ clusterId }) => clusterId)].slice(0, MAX_ASKED)
  return await Promise.all(
    byCluster.map(async ([clusterId, instances]) => {
      const names = instances.map(({ name }) => name)
      const clusterName = instances[0]?.clusterName ?? clusterId
      if (!clusters.some(({ id }) => id === clusterId))
        return `No cluster here is the one that ${areBound(names)} (${clusterName}, ${clusterId}).`
      const [now, then] = await Promise.all([
        identityOf(async (within) => await site.cluster(clusterId).identity(within), signal),
        identityOf(async (within) => {
          await using old = openSite(before, { policy, concurrency: 1 })
          return await old.cluster(clusterId).identity(within)
        }, signal),
      ])
      if (now === undefined || then === undefined || now === then) return undefined
      const what = clusterId === PLAIN_CLUSTER_ID ? 'This' : clusterName
      return `${what} is another cluster than before: ${areBound(names)} it.`
    }),
  )
}

/** Plain clusters that are connected already, by another address or way. */
const sameCluster = async (
  site: ConnectedSite,
  others: KnownSites['others'],
  signal: AbortSignal,
): Promise<(string | undefined)[]> => {
  const asked = others.flatMap(({ name, identity }) => (identity === undefined ? [] : [{ name, identity }]))
  if (site.kind !== 'kubernetes' || asked.length === 0) return []
  const own = await identityOf(async (within) => await site.cluster(PLAIN_CLUSTER_ID).identity(within), signal)
  if (own === undefined) return []
  return await Promise.all(
    asked.slice(0, MAX_ASKED).map(async ({ name, identity }) => {
      const isSame = (await identityOf(identity, signal)) === own
      return isSame ? `This cluster is connected already, by another address, as the site ${name}.` : undefined
    }),
  )
}

/**
 * Sentences of warning where a connection leads to another cluster than the edited site did, or to what is connected
 * already as another site. What cannot be told is not said.
 */
export const knownClusterWarnings = async (
  site: ConnectedSite,
  access: SiteAccess,
  clusters: readonly z.input<typeof Cluster>[],
  { before, bound, others }: KnownSites,
  asking: Asking,
): Promise<readonly string[]> => {
  const way = { url: access.url, proxy: access.secret.proxy }
  const [same, elsewhere] = [true, false].map((wanted) => others.filter((each) => isSameWay(each, way) === wanted))
  const isMoved = before !== undefined && !isSameWay({ url: before.url, proxy: before.secret.proxy }, way)
  const [moved, again] = await Promise.all([
    isMoved ? movedClusters(site, clusters, before, bound, asking) : [],
    sameCluster(site, elsewhere ?? [], asking.signal),
  ])
  const host = new URL(access.url).host
  const twice = (same ?? []).map(({ name }) => `${host} is connected already as the site ${name}.`)
  return [...moved, ...twice, ...again].filter((sentence) => sentence !== undefined)
}
