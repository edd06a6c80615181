import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CacheId, hastyTiming, openWorld, type World } from './any-troubles.fixtures.ts'
import { putMany } from './any-troubles.steps.fixtures.ts'
import { startSimulatedCluster, type WatchedCluster } from './watched-cluster.fixtures.ts'

const all = [0, 1, 2].map((namespace): CacheId => ({ namespace, isSelected: false }))
const [first, , third] = all as [CacheId, CacheId, CacheId]
const fourth: CacheId = { namespace: 3, isSelected: false }
const polling = { timeout: 20_000, interval: 5 }

describe('a watch that inventories of one cluster share', () => {
  let cluster: WatchedCluster
  let world: World
  const shared = async (count: number): Promise<void> => await expect.poll(world.sharing, polling).toBe(count)
  /** One list, and nothing but changes since. */
  const expectUndisturbed = (id: CacheId): void => {
    const told = world.cache(id)?.told ?? []
    expect([told[0], ...new Set(told.slice(1))]).toEqual(['replace', 'connected'])
  }

  beforeAll(async () => {
    cluster = await startSimulatedCluster()
  })
  beforeEach(async () => {
    const namespaces = await Promise.all([0, 1, 2, 3].map(async () => await cluster.namespace()))
    world = await openWorld(cluster, namespaces)
    for (const at of namespaces.keys()) await putMany(world, at)
  })
  afterEach(async () => await world[Symbol.asyncDispose]())
  afterAll(async () => await cluster[Symbol.asyncDispose]())

  it('takes over from three watches, and gives back to the last, while nobody is told anything but changes', async () => {
    for (const id of all) world.join(id)
    await shared(3)
    await putMany(world, first.namespace)
    await world.settled()
    await world.leave(all[1] ?? first)
    await shared(2)
    await world.leave(third)
    await shared(0)
    await putMany(world, first.namespace)
    await world.settled()
    expectUndisturbed(first)
  })

  it('takes one that joins with a list of its own namespace alone', async () => {
    for (const id of all) world.join(id)
    await shared(3)
    world.join(fourth)
    await shared(4)
    await world.settled()
    expectUndisturbed(fourth)
  })

  it('loses no change that overtakes the list of one that joins', async () => {
    for (const id of all) world.join(id)
    await shared(3)
    const held = world.hold(fourth.namespace)
    world.join(fourth)
    await held.read
    await putMany(world, fourth.namespace)
    // Changes come in order: when this one has come, the others have.
    await putMany(world, first.namespace)
    await expect
      .poll(() => [...(world.cache(first)?.contents ?? [])].sort(), polling)
      .toEqual([...(await cluster.contents(world.namespaces[0] ?? ''))].sort())
    held.release()
    await world.settled()
    await shared(4)
  })

  it('gives back to each with the doubt whether the cluster is still the same', async () => {
    // Nothing but the doubt finds out: no watch is silent for long enough.
    const patient = { ...hastyTiming, silenceMs: 60_000, watchSeconds: 60 }
    await using lasting = await openWorld(
      cluster,
      await Promise.all(all.map(async () => await cluster.namespace())),
      patient,
    )
    for (const id of all) lasting.join(id)
    await expect.poll(lasting.sharing, polling).toBe(3)
    for (const { namespace } of all) await putMany(lasting, namespace)
    await lasting.settled()
    lasting.fault({ kind: 'forbidden' }, '/v1')
    await lasting.restore('kept')
    expect(lasting.sharing()).toBe(0)
  })
})
