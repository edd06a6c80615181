import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CacheId, openWorld, type World } from './any-troubles.fixtures.ts'
import { NAMESPACES, perform, putMany, type Step, troubles } from './any-troubles.steps.fixtures.ts'
import { startSimulatedCluster, type WatchedCluster } from './watched-cluster.fixtures.ts'

/** What happens to watches that run, with changes while it lasts. */
const rows: readonly (readonly [string, readonly Step[]])[] = [
  ...troubles.map((fault): readonly [string, readonly Step[]] => [
    JSON.stringify(fault),
    [{ what: 'fault', fault, times: 3 }, { what: 'cut' }],
  ]),
  ['cut', [{ what: 'cut' }]],
  ['half-dead', [{ what: 'mute' }]],
  ['restart', [{ what: 'restart' }]],
  ['expired version', [{ what: 'fall-behind' }]],
  ['revoked permission', [{ what: 'forbid', namespace: 0 }]],
  ['revoked cluster-wide permission', [{ what: 'forbid-cluster' }, { what: 'cut' }]],
  ['backup restored', [{ what: 'restore' }]],
]
const polling = { timeout: 20_000, interval: 5 }
const ids = Array.from({ length: NAMESPACES }, (_, namespace): CacheId => ({ namespace, isSelected: false }))
const selected: CacheId = { namespace: 0, isSelected: true }

const told = (world: World, caches: readonly CacheId[]): number[] =>
  caches.map((id) => world.cache(id)?.told.length ?? 0)

describe('a watch that runs', () => {
  let cluster: WatchedCluster
  beforeAll(async () => {
    cluster = await startSimulatedCluster()
  })
  afterAll(async () => await cluster[Symbol.asyncDispose]())

  const open = async (caches: readonly CacheId[]): Promise<World> => {
    const world = await openWorld(cluster, await Promise.all(ids.map(async () => await cluster.namespace())))
    for (const { namespace } of ids) await putMany(world, namespace)
    for (const id of caches) world.join(id)
    await world.settled()
    return world
  }

  describe.each([
    ['of its own', [{ namespace: 0, isSelected: false }, selected]],
    ['that is shared', [...ids, selected]],
  ])('%s', (_name, caches) => {
    it.each(rows)('is right again by itself after: %s', async (_row, steps) => {
      await using world = await open(caches)
      if (caches.length > NAMESPACES) await expect.poll(world.sharing, polling).toBe(NAMESPACES)
      const before = told(world, caches)
      for (const step of steps) await perform(world, step)
      await perform(world, { what: 'remove', namespace: 0, name: 3 })
      await putMany(world, 1)
      // Not before it was met: a fault by so many requests, all others by somebody who is told of them.
      if (steps.some(({ what }) => what === 'fault')) await expect.poll(() => cluster.faults.size, polling).toBe(0)
      else await expect.poll(() => told(world, caches), polling).not.toEqual(before)
      await world.settled()
    })
  })

  it('lists again when another cluster is behind the address, whatever its versions are', async () => {
    await using world = await open(ids)
    await expect.poll(world.sharing, polling).toBe(NAMESPACES)
    const lists = (): number[] =>
      ids.map((id) => world.cache(id)?.told.filter((each) => each === 'replace').length ?? 0)
    expect(lists()).toEqual(ids.map(() => 1))
    cluster.server.cut()
    await world.settled()
    expect(lists()).toEqual(ids.map(() => 1))
    const resume = await cluster.server.halt()
    cluster.becomeAnother?.()
    await resume()
    await expect.poll(lists, polling).toEqual(ids.map(() => 2))
    await world.settled()
  })

  it('shows what is forbidden as forbidden, nothing else, and all of it when it is allowed again', async () => {
    await using world = await open(ids)
    await perform(world, { what: 'forbid', namespace: 0 })
    await perform(world, { what: 'forbid-cluster' })
    await expect
      .poll(() => ids.map((id) => world.cache(id)?.state()), polling)
      .toEqual([...['forbidden', 'current', 'current', 'current']])
    expect(world.cache({ namespace: 0, isSelected: false })?.contents.size).toBe(0)
    await world.settled()
  })

  it('is not shared where that is forbidden, and shared when it is allowed', async () => {
    const stop = cluster.faults.add({ kind: 'forbidden', path: '/v1/configmaps[?]' })
    await using world = await openWorld(cluster, await Promise.all(ids.map(async () => await cluster.namespace())))
    for (const id of ids) world.join(id)
    await expect.poll(() => ids.map((id) => world.cache(id)?.state()), polling).toEqual(ids.map(() => 'current'))
    expect(world.sharing()).toBe(0)
    stop()
    await expect.poll(world.sharing, polling).toBe(NAMESPACES)
    expect(ids.flatMap((id) => world.cache(id)?.told ?? []).filter((each) => each === 'forbidden')).toEqual([])
  })
})
