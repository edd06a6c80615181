import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CacheId, openWorld, type World } from './any-troubles.fixtures.ts'
import { anyStep, NAMESPACES, perform, type Step, turns } from './any-troubles.steps.fixtures.ts'
import { startSimulatedCluster, type WatchedCluster } from './watched-cluster.fixtures.ts'

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
    cluster = await startSimulatedCluster()
  })
  afterAll(async () => await cluster[Symbol.asyncDispose]())

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
        numRuns: 60,
        interruptAfterTimeLimit: 45_000,
        markInterruptAsFailure: false,
        endOnFailure: true,
      },
    )
  })
})
