import type { Document, ReadModels } from '@rancher-hub/read-model'
import { defineProjection } from '@rancher-hub/service-kit'
import { type AllowedTarget, initialNetworks, type Networks, type NetworksEvent } from './networks.ts'

/** Who changed what of the networks, when. */
export interface NetworksChange {
  readonly at: string
  readonly by?: string | undefined
  readonly mode: Networks['mode']
  readonly added: readonly string[]
  readonly removed: readonly string[]
}
/** The networks of one organization, by its id. */
export interface NetworksDoc extends Document, Networks {
  readonly org: string
  /** Newest first, the last twenty. */
  readonly changes: readonly NetworksChange[]
}

const CHANGES = 20
const missingFrom = (some: readonly AllowedTarget[], others: readonly AllowedTarget[]): string[] => {
  const known = new Set(others.map(({ target }) => target))
  return some.map(({ target }) => target).filter((target) => !known.has(target))
}

export const networksProjection = defineProjection<NetworksDoc, NetworksEvent>({
  name: 'networks',
  categories: ['networks'],
  topic: 'networks',
  keys: ({ organization }) => [organization],
  project: (doc, { organization, time, data: { mode, allowed, by } }, id) => {
    const before = doc ?? { ...initialNetworks, changes: [] }
    const change: NetworksChange = {
      at: time,
      by: by?.name,
      mode,
      added: missingFrom(allowed, before.allowed),
      removed: missingFrom(before.allowed, allowed),
    }
    return {
      _id: id,
      org: organization,
      mode,
      allowed,
      revision: before.revision + 1,
      changes: [change, ...before.changes].slice(0, CHANGES),
    }
  },
})

/** Reads the networks of an organization; undefined while nobody has set any. */
export const openNetworksModel =
  (models: ReadModels) =>
  async (organization: string): Promise<NetworksDoc | undefined> => {
    const { name, indexes } = networksProjection
    return await (await models.collection<NetworksDoc>(name, { indexes })).get(organization)
  }
