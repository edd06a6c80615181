import { literalOf } from '../egress/guarded-lookup.ts'
import type { NetworkPolicy, Verdict } from '../egress/network-policy.ts'

/** An address that a host stands for, judged. */
export interface JudgedAddress {
  readonly address: string
  readonly verdict: Verdict
}

/** What would become of a call. `unresolved`: its name is not known to DNS now. */
export interface JudgedUrl {
  /** As the hub reads it, without brackets. */
  readonly host: string
  readonly state: 'allowed' | 'refused' | 'unresolved'
  /** Ends the sentence «… is», where it is refused. */
  readonly reason?: string | undefined
  readonly addresses: readonly JudgedAddress[]
}

const DNS_MS = 4_000

/** Addresses of a name; none when it is not known, or not in time. */
const addressesOf = async (host: string, policy: NetworkPolicy, signal: AbortSignal): Promise<readonly string[]> =>
  await new Promise((resolve) => {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(DNS_MS)])
    inTime.addEventListener('abort', () => resolve([]), { once: true })
    if (signal.aborted) resolve([])
    else
      policy.resolve(host, { all: true }, (_error, addresses) =>
        resolve((addresses ?? []).map(({ address }) => address)),
      )
  })

/** Judges where a URL leads, as a connection would: it is refused when none of its addresses may be called. Nothing is connected. */
export const judgeUrl = async (url: URL, policy: NetworkPolicy, signal: AbortSignal): Promise<JudgedUrl> => {
  const literal = literalOf(url)
  const host = literal ?? url.hostname
  const found = literal === undefined ? await addressesOf(host, policy, signal) : [literal]
  if (found.length === 0) return { host, state: 'unresolved', addresses: [] }
  const addresses = found.map((address) => ({ address, verdict: policy.judge(address, host) }))
  const isAllowed = addresses.some(({ verdict }) => verdict.allowed)
  const [first] = addresses
  if (isAllowed || first === undefined || first.verdict.allowed) return { host, state: 'allowed', addresses }
  const reason = literal === undefined ? `${first.address}, which is ${first.verdict.reason}` : first.verdict.reason
  return { host, state: 'refused', reason, addresses }
}

/** Judges what a proxy is asked for, which resolves the name itself. */
export const judgeBehindProxy = (url: URL, policy: NetworkPolicy): JudgedUrl => {
  const host = literalOf(url) ?? url.hostname
  const verdict = literalOf(url) === undefined ? policy.judgeName(host) : policy.judge(host)
  return verdict.allowed
    ? { host, state: 'allowed', addresses: [] }
    : { host, state: 'refused', reason: verdict.reason, addresses: [] }
}
