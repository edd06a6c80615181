import { podStates, workloadStatus } from '@rancher-hub/kubernetes'
import { describe, expect, it } from 'vitest'
import type { InventoryChange } from './instance-inventory.ts'
import {
  deploymentOf,
  jobOf,
  podOf,
  replicaSetOf,
  type ScriptedInventory,
  startScriptedInventory,
} from './scripted-inventory.fixtures.ts'
import { createSharedContents } from './shared-contents.ts'

const set = { kind: 'ReplicaSet', name: 'cart-1' }
const cart = { kind: 'Deployment', name: 'cart' } as const
const forbidden = { code: 'forbidden', message: 'pods is forbidden' } as const

/** Status and counts of a workload. */
const lifeOf = ({ inventory }: ScriptedInventory, ref: Parameters<typeof inventory.get>[0] = cart) => {
  const object = inventory.get(ref)
  return object === undefined ? undefined : { ...inventory.status(object), counts: inventory.counts(object) }
}
const observed = ({ inventory }: ScriptedInventory): string[] => {
  const told: string[] = []
  inventory.observe(({ kind, name, object }: InventoryChange) =>
    told.push(`${kind} ${name} ${object === undefined ? 'gone' : inventory.status(object)?.state}`),
  )
  return told
}

describe('an object that is left out', () => {
  it('is told as it comes and goes, and whoever asks then is told whether there is one', async () => {
    await using scripted = await startScriptedInventory()
    const { inventory } = scripted
    const told: string[] = []
    inventory.observe(({ kind, name, object }: InventoryChange) =>
      told.push(object === undefined ? `not shown, there: ${inventory.exists({ kind, name })}` : 'shown'),
    )
    const shown = deploymentOf('cart', 1, 1)
    const dying = { ...shown, metadata: { ...shown.metadata, deletionTimestamp: '2026-11-26T10:00:00Z' } }
    scripted.upsert(shown)
    scripted.upsert(dying)
    scripted.upsert(dying)
    scripted.remove(dying)
    scripted.upsert(dying)
    scripted.upsert(shown)
    expect(told).toEqual([
      'shown',
      'not shown, there: true',
      'not shown, there: false',
      'not shown, there: true',
      'shown',
    ])
  })
})

describe('the status of a workload in an inventory', () => {
  it('is the sentence of its page, with counts', async () => {
    await using scripted = await startScriptedInventory()
    const pods = [podOf('a', 'no-image', set), podOf('b', 'no-image', set), podOf('c', 'restarted', set)]
    scripted.upsert(deploymentOf('cart', 3, 1), replicaSetOf('cart-1', 'cart'), ...pods, podOf('d', 'over', set))
    const page = workloadStatus(deploymentOf('cart', 3, 1), { pods: podStates(pods) })
    expect(lifeOf(scripted)).toMatchObject(page)
    expect(lifeOf(scripted)).toMatchObject({
      state: 'degraded',
      message: '2 of 3 pods: ImagePullBackOff, registry says not found',
      counts: { desired: 3, ready: 1, pods: 3, restarts: 3 },
    })
  })

  it.each([
    ['pods come first', ['Pod', 'ReplicaSet', 'Deployment']],
    ['the workload comes first', ['Deployment', 'Pod', 'ReplicaSet']],
  ])('is the same when %s', async (_, order) => {
    await using scripted = await startScriptedInventory()
    const objects = [
      deploymentOf('cart', 1, 0),
      replicaSetOf('cart-1', 'cart'),
      podOf('a', 'no-image', set),
      // Of another workload.
      podOf('z', 'no-image', { kind: 'StatefulSet', name: 'db' }),
    ]
    scripted.upsert(...objects.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind)))
    expect(lifeOf(scripted)).toMatchObject({ message: '1 of 1 pods: ImagePullBackOff, registry says not found' })
  })

  it('follows its pods, and nobody is told of a workload to which nothing happened', async () => {
    await using scripted = await startScriptedInventory()
    scripted.upsert(deploymentOf('cart', 1, 1), deploymentOf('other', 1, 1), replicaSetOf('cart-1', 'cart'))
    scripted.upsert(podOf('a', 'ready', set))
    const told = observed(scripted)
    const { revision } = scripted.inventory
    scripted.upsert(podOf('a', 'ready', set))
    expect(told).toEqual([])
    scripted.upsert(podOf('a', 'no-image', set))
    scripted.remove(podOf('a', 'no-image', set))
    scripted.upsert(podOf('b', 'no-image', set))
    // A list that does not have it any more says the same as its end.
    scripted.list('Pod', podOf('c', 'ready', set))
    expect(told).toEqual([
      'Deployment cart degraded',
      'Deployment cart healthy',
      'Deployment cart degraded',
      'Deployment cart healthy',
    ])
    // Comparisons have nothing new to see.
    expect(scripted.inventory.revision).toBe(revision)
  })

  it('is that of the workload itself where pods, or what leads to them, may not be seen', async () => {
    await using scripted = await startScriptedInventory()
    scripted.upsert(deploymentOf('cart', 2, 1), replicaSetOf('cart-1', 'cart'), podOf('a', 'no-image', set))
    expect(lifeOf(scripted)?.state).toBe('degraded')
    for (const kind of ['Pod', 'ReplicaSet'] as const) {
      scripted.sink(kind)?.forbidden(forbidden)
      expect(lifeOf(scripted)).toMatchObject({
        state: 'progressing',
        message: '1 of 2 new pods are available',
        counts: { desired: 2, ready: 1, pods: undefined, restarts: undefined },
      })
      const state = scripted.inventory.state()
      expect(state.surroundings?.filter((each) => each.state === 'forbidden')).toEqual([
        { kind, state: 'forbidden', problem: forbidden },
      ])
      expect(state.stale).toBe(false)
      scripted.list('ReplicaSet', replicaSetOf('cart-1', 'cart'))
      scripted.list('Pod', podOf('a', 'no-image', set))
      expect(lifeOf(scripted)?.state).toBe('degraded')
    }
  })

  it('of a CronJob is that of its last run', async () => {
    await using scripted = await startScriptedInventory()
    scripted.upsert({
      kind: 'CronJob',
      metadata: { name: 'report', uid: 'report' },
      spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: { spec: { containers: [] } } } } },
      status: { lastScheduleTime: '2026-11-26T03:00:00Z', lastSuccessfulTime: '2026-11-26T03:01:00Z' },
    })
    const ref = { kind: 'CronJob', name: 'report' } as const
    const failed = { conditions: [{ type: 'Failed', status: 'True', reason: 'DeadlineExceeded' }] }
    expect(lifeOf(scripted, ref)).toMatchObject({ state: 'healthy' })
    scripted.upsert(jobOf('report-1', 'report', failed))
    expect(lifeOf(scripted, ref)).toMatchObject({
      state: 'degraded',
      message: 'The last run failed: it took longer than allowed',
    })
    scripted.remove(jobOf('report-1', 'report', failed))
    expect(lifeOf(scripted, ref)).toMatchObject({ state: 'healthy' })
  })

  it('is forgotten with the workload, and another of its name begins anew', async () => {
    await using scripted = await startScriptedInventory()
    scripted.upsert(deploymentOf('cart', 1, 0), replicaSetOf('cart-1', 'cart'), podOf('a', 'no-image', set))
    const again = { ...deploymentOf('cart', 1, 0), metadata: { name: 'cart', uid: 'cart-again', generation: 1 } }
    scripted.upsert(again)
    expect(lifeOf(scripted)).toMatchObject({ message: '0 of 1 new pods are available', counts: { pods: 0 } })
    scripted.remove(again)
    expect(lifeOf(scripted)).toBeUndefined()
  })
})

describe('an inventory', () => {
  it('tells observers of workloads that come under an autoscaler', async () => {
    await using scripted = await startScriptedInventory()
    scripted.upsert(deploymentOf('cart', 1, 1), deploymentOf('other', 1, 1))
    const told = observed(scripted)
    const autoscaler = {
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'hpa' },
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'cart' } },
    }
    scripted.upsert(autoscaler)
    scripted.upsert(autoscaler)
    expect(told).toEqual(['Deployment cart healthy'])
    expect(scripted.inventory.isAutoscaled(cart)).toBe(true)
  })

  it('tells of each kind how well it is known, and makes nothing stale by what is only looked at', async () => {
    const now = Date.parse('2026-11-26T10:00:00Z')
    await using scripted = await startScriptedInventory({ now: () => now })
    const { inventory } = scripted
    const gone = { code: 'unreachable', message: 'gone' } as const
    expect(inventory.state()).toMatchObject({ stale: false, asOf: '2026-11-26T10:00:00.000Z' })
    expect(inventory.state().kinds).toContainEqual({ kind: 'Secret', state: 'complete' })
    scripted.sink('Pod')?.lost(gone)
    expect(inventory.state().stale).toBe(false)
    expect(inventory.state().surroundings).toContainEqual({
      kind: 'Pod',
      state: 'complete',
      problem: gone,
      asOf: expect.stringMatching(/^2026-11-26T/) as unknown,
    })
    scripted.sink('Secret')?.lost(gone)
    const { stale, kinds, problem } = inventory.state()
    expect([stale, problem]).toEqual([true, gone])
    expect(kinds.filter(({ asOf }) => asOf !== undefined).map(({ kind }) => kind)).toEqual(['Secret'])
    for (const kind of ['Secret', 'Pod'] as const) scripted.sink(kind)?.connected()
    expect(inventory.state().stale).toBe(false)
    expect(JSON.stringify(inventory.state().kinds)).not.toContain('asOf')
  })

  it('is settled for comparisons before its pods are known, and for lists after', async () => {
    await using scripted = await startScriptedInventory({ isListed: false })
    const { inventory } = scripted
    const settled: string[] = []
    const compared = inventory.settled(60_000).then(() => settled.push('compared'))
    const lives = inventory.livesSettled(60_000).then(() => settled.push('lives'))
    for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'ConfigMap'] as const) scripted.list(kind)
    scripted.sink('Secret')?.forbidden(forbidden)
    await compared
    scripted.list('Pod')
    scripted.list('ReplicaSet')
    expect(settled).toEqual(['compared'])
    scripted.sink('Job')?.lost({ code: 'unreachable', message: 'gone' })
    await lives
    expect(settled).toEqual(['compared', 'lives'])
  })

  it('shares contents with others, and gives back what it held', async () => {
    const contents = createSharedContents()
    const [one, two] = [await startScriptedInventory({ contents }), await startScriptedInventory({ contents })]
    for (const each of [one, two]) each.upsert(deploymentOf('cart', 1, 1), deploymentOf('other', 1, 1))
    expect(contents.held().count).toBe(2)
    const [first, second] = [one, two].map(({ inventory }) => inventory.get(cart))
    expect(first?.digest).toBe(second?.digest)
    expect(first?.images).toBe(second?.images)
    expect(first?.content).toEqual(second?.content)
    one.upsert(deploymentOf('cart', 2, 2))
    one.upsert(deploymentOf('cart', 1, 1))
    one.remove(deploymentOf('other', 1, 1))
    expect(contents.held().count).toBe(2)
    await two[Symbol.asyncDispose]()
    await two[Symbol.asyncDispose]()
    expect(contents.held().count).toBe(1)
    await one[Symbol.asyncDispose]()
    expect(contents.held()).toEqual({ count: 0, size: 0 })
    // What was asked for before it stopped can still be read.
    expect(first?.content).toMatchObject({ kind: 'Deployment' })
  })
})
