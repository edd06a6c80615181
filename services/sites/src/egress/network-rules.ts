import { isIP } from 'node:net'
import { networkList } from './ip-address.ts'

/** What an organization allows: everything but what is never called, or only what it lists. */
export interface NetworkRules {
  readonly mode: 'open' | 'listed'
  /** Networks (`10.0.0.0/8`), addresses and names (`rancher.corp.example`, `*.corp.example`), as the contract writes them. */
  readonly targets: readonly string[]
}

export const openRules: NetworkRules = { mode: 'open', targets: [] }

/** Rules made ready for many questions. */
export interface CompiledRules {
  readonly mode: NetworkRules['mode']
  /** The target that an address, reached by this name, is allowed by. */
  readonly targetOf: (addresses: readonly string[], host: string | undefined) => string | undefined
}

const isNetwork = (target: string): boolean => isIP(target.split('/', 1)[0] ?? '') !== 0

/** Names are compared without case and without the dot at their end. */
const plainName = (host: string): string => host.toLowerCase().replace(/\.$/, '')

/** Whether a pattern stands for a name: exactly, or with `*.` for every name below, however deep. */
export const matchesName = (host: string, pattern: string): boolean => {
  const [name, wanted] = [plainName(host), plainName(pattern)]
  return wanted.startsWith('*.') ? name.endsWith(wanted.slice(1)) && name.length >= wanted.length : name === wanted
}

export const compileRules = ({ mode, targets }: NetworkRules): CompiledRules => {
  const networks = targets.filter(isNetwork).map((target) => ({ target, list: networkList([target]) }))
  const names = targets.filter((target) => !isNetwork(target))
  return {
    mode,
    targetOf: (addresses, host) =>
      networks.find(({ list }) => addresses.some((address) => list.has(address)))?.target ??
      (host === undefined || isIP(host) !== 0 ? undefined : names.find((pattern) => matchesName(host, pattern))),
  }
}
