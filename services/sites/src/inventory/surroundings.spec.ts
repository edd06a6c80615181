import type { KubernetesObject } from '@rancher-hub/kubernetes'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  deploymentOf,
  type PodKind,
  podOf,
  replicaSetOf,
  type ScriptedInventory,
  startScriptedInventory,
} from './scripted-inventory.fixtures.ts'

const workloads = ['cart', 'shop']
const sets = ['set-1', 'set-2', 'set-3']
const podStates: readonly PodKind[] = ['ready', 'restarted', 'no-image', 'over']

const objects: fc.Arbitrary<KubernetesObject> = fc.oneof(
  fc
    .record({ name: fc.constantFrom(...workloads), available: fc.nat(2) })
    .map(({ name, available }) => deploymentOf(name, 2, available)),
  fc
    .record({ name: fc.constantFrom(...sets), of: fc.constantFrom(...workloads) })
    .map(({ name, of }) => replicaSetOf(name, of)),
  fc
    .record({
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      state: fc.constantFrom(...podStates),
      by: fc.constantFrom(undefined, ...sets),
    })
    .map(({ name, state, by }) => podOf(name, state, by === undefined ? by : { kind: 'ReplicaSet', name: by })),
)
interface Step {
  readonly type: 'upsert' | 'remove' | 'list'
  readonly object: KubernetesObject
}
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    type: fc.constantFrom('upsert' as const, 'upsert' as const, 'remove' as const, 'list' as const),
    object: objects,
  }),
  { maxLength: 40 },
)

const keyOf = ({ kind, metadata }: KubernetesObject): string => `${kind}/${metadata.name}`
const livesOf = ({ inventory }: ScriptedInventory) =>
  inventory
    .objects()
    .map((object) => ({ name: object.name, status: inventory.status(object), counts: inventory.counts(object) }))
    .sort((a, b) => a.name.localeCompare(b.name))

describe('what stands around workloads', () => {
  it('is after any changes what it is when all is read at once, and observers know it', async () => {
    const check = async (changes: readonly Step[]) => {
      await using followed = await startScriptedInventory()
      await using fresh = await startScriptedInventory()
      const there = new Map<string, KubernetesObject>()
      const known = new Map<string, unknown>()
      followed.inventory.observe(({ name, object }) => {
        if (object === undefined) known.delete(name)
        else
          known.set(name, {
            name,
            status: followed.inventory.status(object),
            counts: followed.inventory.counts(object),
          })
      })
      const ofKind = (kind: string) => [...there.values()].filter((each) => each.kind === kind)
      for (const { type, object } of changes) {
        if (type === 'remove') there.delete(keyOf(object))
        else there.set(keyOf(object), object)
        if (type === 'remove') followed.remove(object)
        else if (type === 'upsert') followed.upsert(object)
        else followed.list(object.kind as 'Pod', ...ofKind(object.kind))
      }
      for (const kind of ['Deployment', 'ReplicaSet', 'Pod'] as const) fresh.list(kind, ...ofKind(kind))
      expect(livesOf(followed)).toEqual(livesOf(fresh))
      expect([...known.values()]).toEqual(expect.arrayContaining(livesOf(fresh)))
      expect(known.size).toBe(livesOf(fresh).length)
    }
    await fc.assert(fc.asyncProperty(steps, check), { numRuns: 300 })
  })
})
