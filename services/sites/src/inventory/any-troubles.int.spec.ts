import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type CacheId, hastyTiming, openWorld, type World } from './any-troubles.fixtures.ts'
import { anyStep, NAMESPACES, perform, putMany, type Step, troubles, turns } from './any-troubles.steps.fixtures.ts'
import { startRealCluster, startSimulatedCluster, type WatchedCluster } from './watched-cluster.fixtures.ts'

/** Which caches there are. */
type Model = Set<string>

const keyOf = ({ namespace, isSelected }: CacheId): string => `${namespace} ${isSelected}`

/** Afterwards the event loop goes round some times: answers come in between. */
const commandOf = ({
  step,
  rounds,
}: {
  readonly step: Step
  readonly rounds: number
}): fc.AsyncCommand<Model, World> => ({
  check: (caches) =>
    step.what === 'join' || step.what === 'leave' ? caches.has(keyOf(step)) === (step.what === 'leave') : true,
  run: async (caches, world) => {
    if (step.what === 'join') caches.add(keyOf(step))
    if (step.what === 'leave') caches.delete(keyOf(step))
    await perform(world, step)
    await turns(rounds)
  },
  toString: () => `${JSON.stringify(step)} +${rounds}`,
})

const anyCommand = fc.record({ step: anyStep, rounds: fc.oneof(fc.constant(0), fc.nat({ max: 60 })) }).map(commandOf)

/** Begins with three caches that share one watch. */
const begin = async (cluster: WatchedCluster): Promise<{ readonly model: Model; readonly real: World }> => {
  const namespaces = await Promise.all(Array.from({ length: NAMESPACES }, async () => await cluster.namespace()))
  const world = await openWorld(cluster, namespaces)
  const caches = [0, 1, 2].map((namespace) => ({ namespace, isSelected: false }))
  for (const id of caches) world.join(id)
  await expect.poll(world.sharing, { timeout: 30_000, interval: 5 }).toBe(3)
  return { model: new Set(caches.map(keyOf)), real: world }
}

describe('caches, whatever happens', () => {
  let cluster: WatchedCluster
  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ['Date'], shouldAdvanceTime: true })
    cluster = await startSimulatedCluster()
  })
  beforeEach(() => void vi.setSystemTime(vi.getRealSystemTime()))
  afterAll(async () => {
    vi.useRealTimers()
    await cluster[Symbol.asyncDispose]()
  })

  it('have in the end what the server has', async () => {
    const commands = fc.commands([anyCommand], { maxCommands: 40, size: 'max' })
    await fc.assert(
      fc.asyncProperty(commands, async (steps) => {
        const { model, real } = await begin(cluster)
        await using world = real
        await fc.asyncModelRun(() => ({ model, real: world }), steps)
        await world.settled()
      }),
      {
        numRuns: 50,
        interruptAfterTimeLimit: 45_000,
        markInterruptAsFailure: false,
        endOnFailure: true,
      },
    )
  })
})

const file = process.env['KUBECONFIG_REAL'] ?? ''

/** Each step that a real server can be part of, some of them while others are under way. */
const fixedSteps: readonly Step[] = [
  { what: 'put', namespace: 0, name: 1, chosen: true },
  { what: 'join', namespace: 3, isSelected: false, isSlow: true },
  { what: 'join', namespace: 0, isSelected: true, isSlow: false },
  { what: 'remove', namespace: 0, name: 2 },
  { what: 'settle' },
  ...[0, 1, 2, 3, 4].map((name): Step => ({ what: 'put', namespace: 0, name, chosen: name % 2 === 1 })),
  { what: 'cut' },
  { what: 'remove', namespace: 1, name: 3 },
  { what: 'settle' },
  ...troubles.flatMap((fault): Step[] => [
    { what: 'fault', fault, times: 3 },
    { what: 'cut' },
    { what: 'put', namespace: 2, name: 4, chosen: false },
    { what: 'remove', namespace: 3, name: 5 },
    { what: 'settle' },
    { what: 'put', namespace: 3, name: 5, chosen: false },
  ]),
  { what: 'mute' },
  { what: 'put-many', namespace: 1 },
  { what: 'settle' },
  { what: 'forbid-cluster' },
  { what: 'cut' },
  { what: 'remove', namespace: 2, name: 6 },
  { what: 'allow' },
  { what: 'forbid', namespace: 0 },
  { what: 'put-many', namespace: 0 },
  { what: 'settle' },
  { what: 'leave', namespace: 1, isSelected: false },
  { what: 'leave', namespace: 2, isSelected: false },
  { what: 'restart' },
  { what: 'join', namespace: 1, isSelected: false, isSlow: true },
  { what: 'put-many', namespace: 3 },
]

describe.skipIf(file === '')('caches of a real API server', () => {
  it('have in the end what the server has', async () => {
    await using cluster = await startRealCluster(file)
    const namespaces = await Promise.all(Array.from({ length: NAMESPACES }, async () => await cluster.namespace()))
    // A real server sends a bookmark once a minute: its watches end before they count as silent.
    await using world = await openWorld(cluster, namespaces, { ...hastyTiming, silenceMs: 4_000 })
    for (const at of namespaces.keys()) {
      await putMany(world, at)
      for (let index = 0; index < 40; index += 1) await cluster.put(namespaces[at] ?? '', `more-${index}`, '', {})
    }
    for (const namespace of [0, 1, 2]) world.join({ namespace, isSelected: false })
    await expect.poll(world.sharing, { timeout: 30_000, interval: 20 }).toBe(3)
    for (const step of fixedSteps) {
      await perform(world, step)
    }
    await world.settled()
  })
})
