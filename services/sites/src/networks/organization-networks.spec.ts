import { describe, expect, it } from 'vitest'
import type { Networks } from './networks.ts'
import type { NetworksDoc } from './networks-projection.ts'
import { createOrganizationNetworks } from './organization-networks.ts'

const listed: Networks = { mode: 'listed', allowed: [{ target: '10.20.0.0/16' }], revision: 3 }
const open: NetworksDoc = { _id: 'org', org: 'org', mode: 'open', allowed: [], revision: 4, changes: [] }

describe('the networks of an organization', () => {
  it('are those of its events while the read model knows of none yet, and then follow the model', async () => {
    let doc: NetworksDoc | undefined
    let reads = 0
    const networks = createOrganizationNetworks({
      allowLoopback: false,
      stored: async () => {
        reads += 1
        return listed
      },
      read: async () => doc,
    })
    const policy = await networks.policyOf('org')
    expect([policy.refusalOf('10.9.9.9'), policy.refusalOf('10.20.0.1')]).toEqual([expect.any(String), undefined])
    expect(networks.revisionOf('org')).toBe(3)
    // The model is made anew, change by change.
    doc = { ...open, revision: 1 }
    await networks.policyOf('org')
    expect(networks.revisionOf('org')).toBe(3)
    doc = open
    await networks.policyOf('org')
    expect(policy.refusalOf('10.9.9.9')).toBeUndefined()
    expect([networks.revisionOf('org'), reads]).toEqual([4, 1])
  })

  it('are not open because their events cannot be read', async () => {
    const networks = createOrganizationNetworks({
      allowLoopback: false,
      stored: async () => await Promise.reject(new Error('The event store is away')),
      read: async () => undefined,
    })
    await expect(networks.policyOf('org')).rejects.toThrow('The event store is away')
    await expect(networks.policyOf('org')).rejects.toThrow('The event store is away')
  })
})
