import { setImmediate as turn } from 'node:timers/promises'
import type { Fault } from '@rancher-hub/fleet'
import fc from 'fast-check'
import { vi } from 'vitest'
import { type CacheId, LABEL, type World } from './any-troubles.fixtures.ts'

type Trouble = Omit<Fault, 'verb' | 'path' | 'times'>

/** Something that happens. */
export type Step =
  | { readonly what: 'put'; readonly namespace: number; readonly name: number; readonly chosen: boolean }
  | { readonly what: 'remove'; readonly namespace: number; readonly name: number }
  | { readonly what: 'put-many' | 'forbid'; readonly namespace: number }
  /** Slowly: its list is old when it is used. */
  | ({ readonly what: 'join'; readonly isSlow: boolean } & CacheId)
  | ({ readonly what: 'leave' } & CacheId)
  | { readonly what: 'fault'; readonly fault: Trouble; readonly times: number }
  | { readonly what: 'cut' | 'mute' | 'compact' | 'restart' | 'forbid-cluster' | 'allow' | 'settle' }
  | { readonly what: 'restore' | 'restore-and-forbid' }
  /** Somebody sets the machine's clock. */
  | { readonly what: 'set-clock'; readonly hours: number }
  /** Watches are cut, and what they miss is forgotten. */
  | { readonly what: 'fall-behind' }

/** Namespaces that something happens in, and names in each. */
export const NAMESPACES = 4
const NAMES = 8

const put = async ({ cluster, namespaces }: World, at: number, name: number, chosen: boolean): Promise<void> =>
  await cluster.put(namespaces[at] ?? '', `c-${name}`, crypto.randomUUID(), chosen ? { [LABEL[0]]: LABEL[1] } : {})
/** More than fit on a page. */
export const putMany = async (world: World, at: number): Promise<void> => {
  for (let name = 0; name < NAMES; name += 1) await put(world, at, name, name % 2 === 0)
}

/** The event loop goes round some times: what is under way goes on. */
export const turns = async (count: number): Promise<void> => {
  for (let index = 0; index < count; index += 1) await turn()
}
/** Changes overtake the list of one that joins. */
const joinSlowly = async (world: World, id: CacheId): Promise<void> => {
  const held = world.hold(id.namespace)
  world.join(id)
  await Promise.race([held.read, turns(200)])
  await putMany(world, id.namespace)
  await turns(50)
  held.release()
}

/** Lets it happen. */
export const perform = async (world: World, step: Step): Promise<void> => {
  const { cluster, namespaces } = world
  switch (step.what) {
    case 'put':
      return await put(world, step.namespace, step.name, step.chosen)
    case 'remove':
      return await cluster.remove(namespaces[step.namespace] ?? '', `c-${step.name}`)
    case 'put-many':
      return await putMany(world, step.namespace)
    case 'join':
      return step.isSlow ? await joinSlowly(world, step) : world.join(step)
    case 'leave':
      return await world.leave(step)
    case 'fault':
      return void world.fault({ ...step.fault, times: step.times })
    case 'forbid':
      world.fault({ kind: 'forbidden' }, namespaces[step.namespace])
      return cluster.server.cut()
    case 'forbid-cluster':
      return void world.fault({ kind: 'forbidden' }, '/v1')
    case 'allow':
      return cluster.faults.clear()
    case 'set-clock':
      return void vi.setSystemTime(Date.now() + step.hours * 3_600_000)
    case 'cut':
      return cluster.server.cut()
    case 'mute':
      return cluster.server.mute()
    case 'compact':
      return cluster.compact()
    case 'fall-behind':
      cluster.server.cut()
      await put(world, 0, 0, false)
      return cluster.compact()
    case 'restart': {
      const resume = await cluster.server.halt()
      for (let at = 0; at < NAMESPACES; at += 1) await put(world, at, 1, false)
      return await resume()
    }
    case 'restore':
      return await world.restore()
    case 'restore-and-forbid':
      cluster.faults.clear()
      world.fault({ kind: 'forbidden' }, '/v1')
      return await world.restore('kept')
    case 'settle':
      return await world.settled()
  }
}

const namespace = fc.nat({ max: NAMESPACES - 1 })
const name = fc.nat({ max: NAMES - 1 })
const isSelected = fc.boolean()
const what = <W extends Step['what']>(...words: readonly W[]): fc.Arbitrary<W> => fc.constantFrom(...words)

export const troubles: readonly Trouble[] = [
  { kind: 'error', status: 500 },
  { kind: 'error', status: 503 },
  { kind: 'throttle', retryAfterSeconds: false },
  { kind: 'throttle', retryAfterSeconds: 1 },
  { kind: 'reset' },
  { kind: 'truncate' },
  { kind: 'latency', ms: 20 },
  // Answers that are overtaken by changes.
  { kind: 'latency', ms: 20, afterWork: true },
  { kind: 'unauthorized' },
  { kind: 'forbidden' },
  { kind: 'cut-watch', ms: 15 },
  { kind: 'silent-watch' },
]

const times = fc.integer({ min: 1, max: 4 })

/** Any step, changes and comings and goings more often than troubles. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ what: what('put'), namespace, name, chosen: fc.boolean() }), weight: 5 },
  { arbitrary: fc.record({ what: what('remove'), namespace, name }), weight: 3 },
  { arbitrary: fc.record({ what: what('put-many'), namespace }), weight: 1 },
  { arbitrary: fc.record({ what: what('join'), namespace, isSelected, isSlow: fc.boolean() }), weight: 4 },
  { arbitrary: fc.record({ what: what('leave'), namespace, isSelected }), weight: 3 },
  { arbitrary: fc.record({ what: what('fault'), fault: fc.constantFrom(...troubles), times }), weight: 2 },
  { arbitrary: fc.record({ what: what('forbid'), namespace }), weight: 1 },
  { arbitrary: fc.record({ what: what('set-clock'), hours: fc.integer({ min: -24, max: 24 }) }), weight: 1 },
  {
    arbitrary: fc.record({
      what: what(
        ...(['cut', 'mute', 'compact', 'fall-behind', 'restart', 'restore'] as const),
        ...(['restore-and-forbid', 'forbid-cluster', 'allow', 'settle'] as const),
      ),
    }),
    weight: 3,
  },
)
