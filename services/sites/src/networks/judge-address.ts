import type { checkAddress, ReturnOf } from '@rancher-hub/contracts'
import { AddressRefusedError, assertAddressAllowed } from '../egress/guarded-lookup.ts'
import type { NetworkPolicy } from '../egress/network-policy.ts'
import { judgeUrl } from './judge-url.ts'

type Answer = ReturnOf<typeof checkAddress>

/** What a person wrote as a URL: an IPv6 address may come without its brackets, a name without a scheme. */
const asUrl = (text: string): URL | undefined => {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
  const candidates = hasScheme ? [text] : [`https://${text}`, `https://[${text}]`]
  return candidates.filter((each) => URL.canParse(each)).map((each) => new URL(each))[0]
}

const ruleWords = {
  public: 'it is a public address',
  private: 'it is a private address, which may be called unless only listed places may',
  loopback: 'it is this machine itself, which the hub’s own setting allows',
} as const

const allowedBecause = (addresses: Answer['addresses']): string => {
  const by = addresses.find(({ allowed }) => allowed)
  if (by === undefined) return ''
  if (by.rule === 'listed') return `: the entry ${by.target} allows it`
  return by.rule === 'public' || by.rule === 'private' || by.rule === 'loopback' ? `: ${ruleWords[by.rule]}` : ''
}

/** Tells whether an address may be called, and by which rule. Only a name is looked up. */
export const judgeAddress = async (text: string, policy: NetworkPolicy, signal: AbortSignal): Promise<Answer> => {
  const url = asUrl(text)
  const nothing = { allowed: false, host: text.slice(0, 253), addresses: [] }
  if (url === undefined)
    return { ...nothing, message: 'This is neither an address, nor a name, nor a URL: the hub refuses to use it.' }
  try {
    // What is wrong with the way it is written; the address itself is judged below, with more to tell.
    assertAddressAllowed(url, { ...policy, refusalOf: () => undefined })
  } catch (error) {
    if (!(error instanceof AddressRefusedError)) throw error
    return { ...nothing, host: url.hostname, message: `Refused: ${error.message}.` }
  }
  const { host, state, reason, addresses: judged } = await judgeUrl(url, policy, signal)
  const addresses = judged.map(({ address, verdict }) => ({
    address,
    allowed: verdict.allowed,
    rule: verdict.rule,
    ...('target' in verdict && verdict.target !== undefined ? { target: verdict.target } : {}),
  }))
  if (state === 'unresolved')
    return {
      allowed: false,
      host,
      addresses,
      message: `The name ${host} is not known to DNS: nothing can be said of it.`,
    }
  if (state === 'refused')
    return {
      allowed: false,
      host,
      addresses,
      message:
        addresses[0]?.address === host
          ? `${host} is refused: it is ${reason}.`
          : `${host} is refused: it stands for ${reason}.`,
    }
  const some = addresses.every(({ allowed }) => allowed)
    ? ''
    : ' Only those of its addresses that are allowed are used.'
  return { allowed: true, host, addresses, message: `${host} may be called${allowedBecause(addresses)}.${some}` }
}
