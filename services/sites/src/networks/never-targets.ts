import { isIP } from 'node:net'
import { networkList } from '../egress/ip-address.ts'
import { neverEntryOf } from '../egress/special-networks.ts'
import type { AllowedTarget } from './networks.ts'

/** Of IPv6 that is not handed out, blocks of this prefix and longer are reserved as a whole. */
const WHOLE_BLOCK = 8

/**
 * Entries that lie wholly within what the hub never calls: allowing them would change nothing, and whoever wrote them
 * should know. A wider network that holds such places besides others may be listed; they stay refused.
 */
export const neverTargets = (allowed: readonly AllowedTarget[], allowLoopback: boolean): string[] =>
  allowed
    .map(({ target }) => target)
    .filter((target) => {
      const [address = '', prefix] = target.split('/')
      const entry = isIP(address) === 0 ? undefined : neverEntryOf(address)
      if (entry === undefined || (entry.rule === 'loopback' && allowLoopback)) return false
      if (prefix === undefined) return true
      // Its first address is refused; so is all of it when an entry covers at least as much.
      const covering = entry.networks.find((network) => networkList([network]).has(address))
      return Number(prefix) >= Number(covering?.split('/')[1] ?? (covering === undefined ? WHOLE_BLOCK : 128))
    })
