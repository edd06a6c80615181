import type { RefusedSite } from '@rancher-hub/contracts'
import PQueue from 'p-queue'
import type { NetworkPolicy } from '../egress/network-policy.ts'
import type { SiteDoc } from '../landscape/landscape-projections.ts'
import { type JudgedUrl, judgeBehindProxy, judgeUrl } from './judge-url.ts'

/** A site, and what would become of calls to it. */
export interface JudgedSite {
  readonly site: SiteDoc
  readonly state: JudgedUrl['state']
  /** A sentence without its full stop. */
  readonly reason?: string | undefined
}

/** Names that are looked up at the same time: the resolver of the machine has four threads, which files need too. */
const LOOKUPS = 2
/** For all of them: a DNS that does not answer must not hold up a change of the networks. */
const ALL_MS = 8_000

const sentence = ({ host, reason = '', addresses }: JudgedUrl): string =>
  addresses.length > 0 && addresses[0]?.address !== host ? `${host} stands for ${reason}` : `${host} is ${reason}`

const judgeSite = async (site: SiteDoc, policy: NetworkPolicy, signal: AbortSignal): Promise<JudgedSite> => {
  const url = new URL(site.url)
  const judged =
    site.proxy === undefined
      ? [await judgeUrl(url, policy, signal)]
      : [judgeBehindProxy(url, policy), await judgeUrl(new URL(site.proxy.url), policy, signal)]
  const refused = judged.find(({ state }) => state === 'refused')
  if (refused !== undefined) return { site, state: 'refused', reason: sentence(refused) }
  const unresolved = judged.find(({ state }) => state === 'unresolved')
  return unresolved === undefined
    ? { site, state: 'allowed' }
    : { site, state: 'unresolved', reason: `the name ${unresolved.host} is not known to DNS now` }
}

/** Judges sites by a policy, without calling any of them. */
export const judgeSites = async (sites: readonly SiteDoc[], policy: NetworkPolicy): Promise<JudgedSite[]> => {
  const queue = new PQueue({ concurrency: LOOKUPS })
  const signal = AbortSignal.timeout(ALL_MS)
  const judged = await Promise.all(
    sites.map(async (site) => await queue.add(async () => await judgeSite(site, policy, signal))),
  )
  return judged.filter((each) => each !== undefined)
}

/** Judged sites of one state, as contracts show them. */
export const shown = (judged: readonly JudgedSite[], wanted: JudgedSite['state']): RefusedSite[] =>
  judged
    .filter(({ state }) => state === wanted)
    // Whoever reads it here knows where networks are allowed: the way out in parentheses is for others.
    .map(({ site: { _id: id, name, url }, reason = '' }) => ({
      id,
      name,
      url,
      reason: reason.replace(/ \([^)]*\)$/, ''),
    }))
    .sort((a, b) => a.name.localeCompare(b.name))
