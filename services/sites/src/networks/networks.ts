import { type Rejection, reject } from '@rancher-hub/domain'
import { defineAggregate } from '@rancher-hub/service-kit'
import { z } from 'zod'

/** A network, an address or a name that may be called, and what it is. */
export interface AllowedTarget {
  readonly target: string
  readonly note?: string | undefined
}

/** An administrator set which networks may be called: the whole setting, as it is from then on. */
export interface NetworksChanged {
  readonly type: 'NetworksChanged'
  readonly data: {
    readonly mode: 'open' | 'listed'
    readonly allowed: readonly AllowedTarget[]
    /** The person, as they were called then; absent: the hub itself. */
    readonly by?: { readonly id: string; readonly name: string } | undefined
  }
}
export type NetworksEvent = NetworksChanged

export interface Networks {
  readonly mode: 'open' | 'listed'
  readonly allowed: readonly AllowedTarget[]
  /** Counts the changes. */
  readonly revision: number
}

/** What holds before anybody has set anything. */
export const initialNetworks: Networks = { mode: 'open', allowed: [], revision: 0 }

/** Id of the one stream of an organization. */
export const NETWORKS_ID = 'all'

/** Which networks the hub may call for an organization. */
export const networks = defineAggregate<Networks, NetworksEvent>({
  category: 'networks',
  initial: initialNetworks,
  evolve: ({ revision }, { data: { mode, allowed } }) => ({ mode, allowed, revision: revision + 1 }),
  events: {
    NetworksChanged: z.object({
      mode: z.enum(['open', 'listed']),
      allowed: z.array(z.object({ target: z.string(), note: z.string().optional() })),
      by: z.object({ id: z.string(), name: z.string() }).optional(),
    }),
  },
})

export interface ChangeNetworks extends Omit<Networks, 'revision'> {
  /** What the person saw. */
  readonly revision: number
  readonly by?: NetworksChanged['data']['by']
}

/** The list with each target once, the last one of equal ones. */
export const eachOnce = (allowed: readonly AllowedTarget[]): AllowedTarget[] => [
  ...new Map(allowed.map((entry) => [entry.target, entry])).values(),
]

const isSame = (a: Omit<Networks, 'revision'>, b: Omit<Networks, 'revision'>): boolean =>
  JSON.stringify([a.mode, a.allowed.map(({ target, note = '' }) => [target, note])]) ===
  JSON.stringify([b.mode, b.allowed.map(({ target, note = '' }) => [target, note])])

/** Nothing happens where nothing is to change. */
export const decideChangeNetworks = (
  { revision, by, mode, allowed }: ChangeNetworks,
  state: Networks,
): readonly NetworksEvent[] | Rejection<'changed-meanwhile'> => {
  if (revision !== state.revision) return reject('changed-meanwhile')
  const wanted = { mode, allowed: eachOnce(allowed) }
  return isSame(wanted, state) ? [] : [{ type: 'NetworksChanged', data: { ...wanted, by } }]
}
