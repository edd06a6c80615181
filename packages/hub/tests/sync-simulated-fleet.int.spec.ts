import {
  compareInstances,
  executeSync,
  getSync,
  listInstances,
  listSyncItems,
  listSyncs,
  planSync,
  stopSync,
} from '@rancher-hub/contracts'
import { type Fleet, startFleet } from '@rancher-hub/fleet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectFleet } from '../src/index.ts'
import { openTestHub, shapes, type TestHub } from './hub.fixtures.ts'

const images = (name: string) => ({
  object: { kind: 'Deployment' as const, name },
  selection: { mode: 'images' as const },
})

describe.each(shapes)('syncs between the stages of a simulated fleet, %s', (shape, possible) => {
  describe.skipIf(!possible)('[servers]', () => {
    let fleet: Fleet
    let test: TestHub
    let ids: { dev: string; staging: string; production: string }

    beforeAll(async () => {
      fleet = await startFleet({ stepMs: 20, deadlineMs: 200, workloads: 20 })
      test = await openTestHub({}, shape)
      await connectFleet(test.administrator, fleet)
      const { items } = await test.administrator.call(listInstances, {})
      const idOf = (name: string): string => items.find((each) => each.environment.name === name)?.id ?? ''
      ids = { dev: idOf('Dev'), staging: idOf('Staging'), production: idOf('Production') }
    })

    afterAll(async () => {
      await test?.[Symbol.asyncDispose]()
      await fleet?.[Symbol.asyncDispose]()
    })

    const stateOf = async (syncId: string): Promise<string> =>
      (await test.administrator.call(getSync, { syncId })).state
    const reaches = async (syncId: string, state: string): Promise<void> => {
      await expect.poll(async () => await stateOf(syncId), { timeout: 30_000, interval: 20 }).toBe(state)
    }
    const plan = async (target: string, items: ReturnType<typeof images>[]): Promise<string> => {
      const { id } = await test.administrator.call(planSync, { source: ids.dev, targets: [target], items })
      await reaches(id, 'planned')
      return id
    }
    const execute = async (syncId: string, confirmation: string[] = []): Promise<void> => {
      const { planHash } = await test.administrator.call(getSync, { syncId })
      await test.administrator.call(executeSync, { syncId, planHash: planHash ?? '', confirmation })
    }
    const itemsOf = async (syncId: string) =>
      (await test.administrator.call(listSyncItems, { syncId, limit: 500 })).items
    const change = (
      name: string,
      edit: (container: Record<string, unknown>) => void,
      manager: string,
      place: 'dev' | 'staging' = 'staging',
    ): void => {
      const { cluster, namespace } = fleet.places[place]
      cluster.edit('Deployment', namespace, name, manager, (object) => {
        const { template } = object['spec'] as { template: { spec: { containers: Record<string, unknown>[] } } }
        const [container] = template.spec.containers
        if (container !== undefined) edit(container)
      })
    }

    it('lists the drift of the shop over three stages on two Rancher servers', async () => {
      const { rows, instances, hidden } = await test.administrator.call(compareInstances, {
        instances: [ids.dev, ids.staging, ids.production],
        state: ['differs', 'missing', 'unknown'],
        limit: 500,
      })
      expect(instances.map(({ inventory }) => inventory.problem)).toEqual([undefined, undefined, undefined])
      const byName = new Map(rows.map((row) => [`${row.kind}/${row.name}`, row]))
      expect(byName.get('ConfigMap/gift-wrapping')?.cells.map(({ state }) => state)).toEqual([
        'same',
        'missing',
        'missing',
      ])
      expect(byName.get('Deployment/cart')?.cells[1]).toMatchObject({ state: 'differs', differences: { image: 1 } })
      expect(byName.get('ConfigMap/storefront-settings')?.cells[1]?.differences).toEqual({ 'config-key': 2 })
      expect(byName.get('Secret/cart-redis')?.cells[2]?.state).toBe('differs')
      expect(byName.has('Deployment/payments')).toBe(true)
      expect(byName.has('ConfigMap/kube-root-ca.crt')).toBe(false)
      expect(hidden.map(({ reason }) => reason).toSorted()).toEqual([
        'cluster-certificate',
        'helm-release',
        'service-account-token',
      ])
    })

    it('write once, follow the roll-out, and complete', async () => {
      const before = fleet.places.production.cluster.audit.length
      const syncId = await plan(ids.production, [images('cart'), images('checkout')])
      await execute(syncId, ['Production'])
      await reaches(syncId, 'completed')
      const writes = fleet.places.production.cluster.audit
        .slice(before)
        .filter(({ requestURI }) => !requestURI.includes('dryRun'))
      expect(
        writes
          .map(({ verb, objectRef, responseStatus }) => `${verb} ${objectRef.name} ${responseStatus.code}`)
          .toSorted(),
      ).toEqual(['patch cart 200', 'patch checkout 200'])
    })

    it('are found by one object of them, however another object is called', async () => {
      const of = async (kind: 'Deployment' | 'StatefulSet', name: string, to?: string): Promise<string[]> => {
        const wanted = { kind, name, instanceId: ids.production, ...(to === undefined ? {} : { to }) }
        return (await test.administrator.call(listSyncs, wanted)).items.map(({ id }) => id)
      }
      const [syncId] = await of('Deployment', 'cart')
      expect(syncId).toBeDefined()
      expect(await of('Deployment', 'checkout', new Date(Date.now() + 60_000).toISOString())).toEqual([syncId])
      expect(await of('Deployment', 'checkout', '2026-01-01T00:00:00Z')).toEqual([])
      for (const [kind, name] of [
        ['Deployment', 'car'],
        ['Deployment', 'art'],
        ['StatefulSet', 'cart'],
      ] as const)
        expect(await of(kind, name)).toEqual([])
    })

    it('leave an object alone that changed after the plan, and say by whom', async () => {
      const syncId = await plan(ids.staging, [images('cart'), images('pricing')])
      change('cart', (container) => (container['image'] = 'registry.lantern.example/shop/cart:hotfix'), 'kubectl-edit')
      await execute(syncId)
      await reaches(syncId, 'partially-completed')
      const items = await itemsOf(syncId)
      expect(items.map(({ object, state }) => `${object.name} ${state}`).toSorted()).toEqual([
        'cart conflict',
        'pricing done',
      ])
      expect(items.find(({ object }) => object.name === 'cart')?.conflict).toMatchObject({
        code: 'target-changed',
        manager: 'kubectl-edit',
      })
    })

    it('end as failed where the new pods never get ready', async () => {
      change(
        'reviews',
        (container) => (container['image'] = 'registry.lantern.example/shop/reviews:broken'),
        'ci',
        'dev',
      )
      const syncId = await plan(ids.staging, [images('reviews')])
      await execute(syncId)
      await reaches(syncId, 'failed')
      expect((await itemsOf(syncId))[0]?.reason).toMatch(/deadline|ImagePullBackOff|timed out/i)
    })

    it('stop where a person says so: the rest is cancelled', async () => {
      const off = fleet.ranchers.dev.faults.add({ kind: 'latency', verb: 'PATCH', path: 'shop-staging', ms: 150 })
      for (let index = 0; index < 20; index += 1)
        change(
          `service-${String(index).padStart(5, '0')}`,
          (container) => (container['image'] = 'registry.lantern.example/shop/service:2.0.0'),
          'ci',
          'dev',
        )
      const syncId = await plan(
        ids.staging,
        Array.from({ length: 20 }, (_, index) => images(`service-${String(index).padStart(5, '0')}`)),
      )
      await execute(syncId)
      await test.administrator.call(stopSync, { syncId })
      await reaches(syncId, 'cancelled')
      off()
      const states = (await itemsOf(syncId)).map(({ state }) => state)
      expect(states).toContain('cancelled')
      expect(states.every((state) => state === 'done' || state === 'cancelled')).toBe(true)
    })

    it('survive throttling, resets and lost answers without a second write', async () => {
      const { faults } = fleet.ranchers.production
      const before = fleet.places.production.cluster.audit.length
      const syncId = await plan(ids.production, [images('storefront'), images('pricing'), images('catalog')])
      faults.add({ kind: 'throttle', verb: 'PATCH', times: 1, retryAfterSeconds: 0 })
      faults.add({ kind: 'reset', verb: 'PATCH', times: 1, afterWork: true })
      await execute(syncId, ['Production'])
      await reaches(syncId, 'completed')
      faults.clear()
      const writes = fleet.places.production.cluster.audit
        .slice(before)
        .filter(({ requestURI }) => !requestURI.includes('dryRun'))
      expect(writes.map(({ objectRef }) => objectRef.name).toSorted()).toEqual(['catalog', 'pricing', 'storefront'])
    })
  })
})
