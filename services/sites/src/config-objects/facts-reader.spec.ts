import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import { beforeEach, describe, expect, it } from 'vitest'
import type { KubeApi } from '../connection/kube-api.ts'
import { createKeyring } from '../credentials/keyring.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import { createFactsReader, type FactsReader } from './facts-reader.ts'

const instance = { org: 'org', siteId: 'site', clusterId: 'cluster', namespace: 'shop' } as InstanceDoc
const ref = { kind: 'ConfigMap', name: 'settings' } as const
const settings = (uid: string, theme: string): KubernetesObject => ({
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'shop', uid },
  data: { theme },
})

describe('facts of a config object', () => {
  let there: KubernetesObject
  let reads: number
  let reader: FactsReader

  beforeEach(() => {
    there = settings('first', 'dark')
    reads = 0
    const get = async (): Promise<KubernetesObject> => {
      reads += 1
      return there
    }
    reader = createFactsReader({
      apiOf: async () => ({ get }) as Partial<KubeApi> as KubeApi,
      keyring: createKeyring({ masterKey: new Uint8Array(32), store: openMemoryEventStore(), now: () => new Date() }),
    })
  })
  const firstFacts = async () => {
    const { facts } = await reader.read(instance, ref, undefined, 0)
    if (facts === undefined) throw new Error('There are no facts')
    return facts
  }

  it('are read once while the object stays the same', async () => {
    const { uid, digest } = await firstFacts()
    await reader.read(instance, ref, { uid, digest }, 59_999)
    expect(reads).toBe(1)
  })

  it('are not those of one that is gone, be the content the same', async () => {
    const { digest } = await firstFacts()
    there = settings('second', 'dark')
    const { facts } = await reader.read(instance, ref, { uid: 'second', digest }, 1)
    expect(facts).toMatchObject({ uid: 'second', digest })
  })

  it('are read again when the content is another', async () => {
    const { uid } = await firstFacts()
    there = settings('first', 'light')
    await reader.read(instance, ref, { uid, digest: 'another' }, 1)
    expect(reads).toBe(2)
  })

  it('are read again after a minute: the writer may be another, and the content the same again', async () => {
    const { uid, digest } = await firstFacts()
    await reader.read(instance, ref, { uid, digest }, 60_000)
    expect(reads).toBe(2)
  })
})
