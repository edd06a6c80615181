import { createNetworkPolicy, type NetworkPolicy, type Resolve } from '../egress/network-policy.ts'
import { type CompiledRules, compileRules, openRules } from '../egress/network-rules.ts'
import { initialNetworks, type Networks } from './networks.ts'
import type { NetworksDoc } from './networks-projection.ts'

/** Network policies by organization: what each allows, on top of what nobody may call. */
export interface OrganizationNetworks {
  /** Whether the hub itself allows its own loopback. */
  readonly allowLoopback: boolean
  /**
   * The policy of an organization. It is one object for good: whoever keeps it judges by the rules that this process
   * has heard of last, which each call of this function brings up to date.
   */
  policyOf(organization: string): Promise<NetworkPolicy>
  /** A policy by rules that are not in force. */
  policyWith(rules: Pick<Networks, 'mode' | 'allowed'>): NetworkPolicy
  /** Revision of the rules that this process judges by. */
  revisionOf(organization: string): number
}

interface Known {
  revision: number
  rules: CompiledRules
  /** Whether every change from before this process is in it. */
  isComplete: boolean
}

const compiled = ({ mode, allowed }: Pick<Networks, 'mode' | 'allowed'>): CompiledRules =>
  compileRules({ mode, targets: allowed.map(({ target }) => target) })

/** Makes the policies of all organizations. */
export const createOrganizationNetworks = (deps: {
  /** The setting as its events have it: a read model that is just made anew may not know of any yet. */
  readonly stored: (organization: string) => Promise<Networks>
  /** The setting as the read model has it. */
  readonly read: (organization: string) => Promise<NetworksDoc | undefined>
  readonly allowLoopback: boolean
  readonly resolve?: Resolve | undefined
}): OrganizationNetworks => {
  const { allowLoopback, resolve } = deps
  const known = new Map<string, Known>()
  const policies = new Map<string, NetworkPolicy>()

  const entryOf = (organization: string) => {
    const { revision } = initialNetworks
    const entry = known.get(organization) ?? { revision, rules: compileRules(openRules), isComplete: false }
    known.set(organization, entry)
    return entry
  }
  const refresh = async (organization: string): Promise<void> => {
    const entry = entryOf(organization)
    const take = (setting: Networks | undefined): void => {
      // A slow answer may be older than what another one brought.
      if (setting === undefined || setting.revision <= entry.revision) return
      entry.revision = setting.revision
      entry.rules = compiled(setting)
    }
    if (!entry.isComplete) {
      take(await deps.stored(organization))
      entry.isComplete = true
    }
    take(await deps.read(organization))
  }

  return {
    allowLoopback,
    revisionOf: (organization) => entryOf(organization).revision,
    policyOf: async (organization) => {
      await refresh(organization)
      const rules = () => entryOf(organization).rules
      const policy = policies.get(organization) ?? createNetworkPolicy({ allowLoopback, resolve, rules })
      policies.set(organization, policy)
      return policy
    },
    policyWith: (rules) => {
      const wanted = compiled(rules)
      return createNetworkPolicy({ allowLoopback, resolve, rules: () => wanted })
    },
  }
}
