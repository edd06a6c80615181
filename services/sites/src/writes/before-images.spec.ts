import { randomBytes } from 'node:crypto'
import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import { describe, expect, it } from 'vitest'
import { createKeyring } from '../credentials/keyring.ts'
import { createBeforeImages } from './before-images.ts'

const now = () => new Date('2026-11-24T10:00:00Z')
const cause = {
  organization: 'org',
  actor: { kind: 'service', name: 'sync' },
  correlationId: 'c',
  causationId: 'c',
} as const

const ground = async () => {
  const store = openMemoryEventStore()
  const keys = await createKeyring({ masterKey: new Uint8Array(32).fill(1), store, now }).of('org')
  return { store, keys, images: createBeforeImages({ store, now }) }
}
const object = (value: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', uid: 'u', resourceVersion: '7', managedFields: [{ manager: 'kubectl' }] },
  data: { value },
  status: { seen: true },
})

describe('before-images', () => {
  it('give back what was stored, without what the cluster writes by itself', async () => {
    const { keys, images } = await ground()
    const stream = await images.store(object('canary'), keys, cause)
    expect(stream).toMatch(/^blob-org_[0-9a-f]{64}$/)
    expect(await images.read(stream, 'org', keys)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', uid: 'u', resourceVersion: '7' },
      data: { value: 'canary' },
    })
  })

  it('are encrypted, and named by content and key', async () => {
    const { store, keys, images } = await ground()
    const stream = await images.store(object('canary'), keys, cause)
    const events = await Array.fromAsync(store.readStream(stream))
    expect(JSON.stringify(events)).not.toContain('canary')
    const other = await ground()
    expect(await other.images.store(object('canary'), other.keys, cause)).not.toBe(stream)
  })

  it('store the same content once, also when two do it at once', async () => {
    const { store, keys, images } = await ground()
    const streams = await Promise.all(
      [object('x'), object('x'), object('y')].map(async (each) => await images.store(each, keys, cause)),
    )
    expect(new Set(streams).size).toBe(2)
    for (const stream of streams) expect(await Array.fromAsync(store.readStream(stream))).toHaveLength(1)
  })

  it('come in parts that the event store takes, and go on where a crash left them', async () => {
    const { store, keys, images } = await ground()
    const large = object(randomBytes(1_000_000).toString('base64'))
    const stream = await images.store(large, keys, cause)
    const parts = await Array.fromAsync(store.readStream(stream))
    expect(parts.length).toBeGreaterThan(3)
    for (const { data } of parts) expect(JSON.stringify(data).length).toBeLessThanOrEqual(257_000)
    expect(await images.read(stream, 'org', keys)).toMatchObject({ data: large['data'] as object })
    const crashed = openMemoryEventStore()
    await crashed.append(stream, parts.slice(0, 2), { expected: 'none' })
    const after = createBeforeImages({ store: crashed, now })
    await expect(after.read(stream, 'org', keys)).rejects.toThrow(/not complete/)
    expect(await after.store(large, keys, cause)).toBe(stream)
    expect(await after.read(stream, 'org', keys)).toMatchObject({ data: large['data'] as object })
  })
})
