import { lookup } from 'node:dns'
import { isIP, isIPv6 } from 'node:net'
import { embeddedIPv4 } from './ip-address.ts'
import { type CompiledRules, compileRules, openRules } from './network-rules.ts'
import { isPrivate, isThisMachine, type NeverNetworks, neverEntryOf, neverNameOf } from './special-networks.ts'

/** Whether an address may be called, and by which rule. */
export type Verdict =
  | { readonly allowed: true; readonly rule: 'public' | 'private' | 'loopback' | 'listed'; readonly target?: string }
  | {
      readonly allowed: false
      readonly rule: NeverNetworks['rule'] | 'not-listed' | 'not-an-address'
      /** Ends the sentence «… is». */
      readonly reason: string
    }

/** An address that a name stands for. */
export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}
/** How names become addresses: as `dns.lookup` with `all`. */
export type Resolve = (
  host: string,
  options: { readonly all: true; readonly family?: number | undefined; readonly hints?: number | undefined },
  callback: (error: Error | null, addresses: readonly ResolvedAddress[]) => void,
) => void

/** What outgoing calls may reach. Asked again at every call: an organization may change its rules meanwhile. */
export interface NetworkPolicy {
  /** Judges an address, and where it is known the name that stood for it. */
  judge(address: string, host?: string): Verdict
  /** Why an address must not be called, as the end of «… is»; undefined: it may be called. */
  refusalOf(address: string, host?: string): string | undefined
  /** Judges a name that somebody else resolves: a proxy. */
  judgeName(host: string): Verdict
  readonly resolve: Resolve
}

const resolveByDns: Resolve = (host, { family, hints }, callback) => {
  const options = { all: true, ...(family === undefined ? {} : { family }), ...(hints === undefined ? {} : { hints }) }
  lookup(host, options as { all: true }, callback)
}

const notListed =
  'in no network and under no name that your organization allows (an administrator adds it under Settings → Networks)'

const MOST_JUDGED = 1_000

/**
 * Makes a policy. Private networks are allowed unless the rules say otherwise: that is where clusters live.
 * `allowLoopback`: whether this machine's own services may be called. `rules`: those of the organization, now.
 */
export const createNetworkPolicy = (options: {
  readonly allowLoopback: boolean
  readonly rules?: (() => CompiledRules) | undefined
  readonly resolve?: Resolve | undefined
}): NetworkPolicy => {
  const everything = compileRules(openRules)
  const neverCalled = (address: string): NeverNetworks | undefined => {
    const entry = neverEntryOf(address)
    return entry?.rule === 'loopback' && options.allowLoopback ? undefined : entry
  }
  const judgeBy = (rules: CompiledRules, address: string, host?: string): Verdict => {
    const [bare = address, zone] = address.split('%', 2)
    if (isIP(bare) === 0) return { allowed: false, rule: 'not-an-address', reason: 'not an address' }
    const inner = isIPv6(bare) ? embeddedIPv4(bare) : undefined
    const forms = inner === undefined ? [bare] : [bare, inner]
    for (const entry of forms.map(neverCalled)) {
      if (entry === undefined) continue
      const way = entry.rule === 'loopback' ? ' (HUB_ALLOW_LOOPBACK_SITES=true allows it)' : ''
      return { allowed: false, rule: entry.rule, reason: entry.what + way }
    }
    if (zone !== undefined) return { allowed: false, rule: 'link-local', reason: 'an address with a zone' }
    const target = rules.targetOf(forms, host)
    if (rules.mode === 'listed')
      return target === undefined
        ? { allowed: false, rule: 'not-listed', reason: notListed }
        : { allowed: true, rule: 'listed', target }
    if (forms.some((form) => neverEntryOf(form)?.rule === 'loopback')) return { allowed: true, rule: 'loopback' }
    return { allowed: true, rule: forms.some(isPrivate) ? 'private' : 'public' }
  }
  /** Every call judges its open connections anew: the same few addresses, by the same rules. */
  const judged = new Map<string, Verdict>()
  let judgedBy: CompiledRules | undefined
  const judge = (address: string, host?: string): Verdict => {
    const rules = options.rules?.() ?? everything
    if (rules !== judgedBy || judged.size >= MOST_JUDGED) judged.clear()
    judgedBy = rules
    const key = `${address} ${host ?? ''}`
    const verdict = judged.get(key) ?? judgeBy(rules, address, host)
    judged.set(key, verdict)
    return verdict
  }
  return {
    judge,
    judgeName: (host) => {
      const entry = isThisMachine(host) && options.allowLoopback ? undefined : neverNameOf(host)
      if (entry !== undefined) return { allowed: false, rule: entry.rule, reason: entry.what }
      const rules = options.rules?.() ?? everything
      const target = rules.targetOf([], host)
      if (rules.mode === 'open') return { allowed: true, rule: 'public' }
      return target === undefined
        ? { allowed: false, rule: 'not-listed', reason: notListed }
        : { allowed: true, rule: 'listed', target }
    },
    refusalOf: (address, host) => {
      const verdict = judge(address, host)
      return verdict.allowed ? undefined : verdict.reason
    },
    resolve: options.resolve ?? resolveByDns,
  }
}
