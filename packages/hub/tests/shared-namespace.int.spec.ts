import {
  bindInstance,
  compareInstances,
  createEnvironment,
  editInstance,
  getSync,
  listInstances,
  listObjects,
  listSyncItems,
  listWorkloadReferences,
  planSync,
  previewSelector,
} from '@rancher-hub/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Json, pathOf } from './cluster.fixtures.ts'
import { openTestHub, type TestHub } from './hub.fixtures.ts'
import { type TestPlace, testPlaces } from './places.fixtures.ts'

const PART = 'app.kubernetes.io/part-of'
const labelled = (part: string | undefined): Json => (part === undefined ? {} : { labels: { [PART]: part } })
const deployment = (name: string, part: string | undefined, config: string): Json => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, ...labelled(part) },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [{ name, image: `registry.example/${name}:1.0.0`, envFrom: [{ configMapRef: { name: config } }] }],
      },
    },
  },
})
const config = (name: string, part?: string): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...labelled(part) },
  data: { theme: 'dark' },
})

describe.each(testPlaces)('a namespace that serves several instances, %s', (_name, possible, open) => {
  describe.skipIf(!possible)('[cluster]', () => {
    let place: TestPlace
    let test: TestHub
    let at: { siteId: string; clusterId: string; namespace: string; environmentId: string }
    let elsewhere: string
    let prodId: string
    const ids: Record<string, string> = {}

    beforeAll(async () => {
      place = await open()
      test = await openTestHub({ HUB_ALLOW_LOOPBACK_SITES: 'true' })
      const namespace = await place.namespace('shared')
      elsewhere = await place.namespace('apart')
      await place.cluster.apply(namespace, [
        deployment('cart', 'shop', 'shop-settings'),
        deployment('catalog', 'shop', 'common-settings'),
        deployment('wiki', 'wiki', 'common-settings'),
        deployment('loner', undefined, 'common-settings'),
        config('shop-settings', 'shop'),
        config('common-settings'),
      ])
      await place.cluster.apply(elsewhere, [deployment('loner', undefined, 'common-settings'), config('new-flags')])
      const site = await place.connect(test.administrator)
      const make = async (name: string): Promise<string> =>
        (await test.administrator.call(createEnvironment, { name, colour: '#2f855a' })).id
      at = { ...site, namespace, environmentId: await make('Dev') }
      prodId = await make('Production')
    })
    afterAll(async () => {
      await test?.[Symbol.asyncDispose]()
      await place?.[Symbol.asyncDispose]()
    })

    const bind = async (name: string, labelSelector?: string): Promise<string> => {
      const { id } = await test.administrator.call(bindInstance, { ...at, name, labelSelector })
      ids[name] = id
      return id
    }
    const namesIn = async (instanceId: string): Promise<string[]> =>
      (await test.administrator.call(listObjects, { instanceId, limit: 500 })).items.map(
        ({ kind, name }) => `${kind} ${name}`,
      )

    it('shows what a selector selects before anything is bound, and where it cannot be read', async () => {
      const preview = await test.administrator.call(previewSelector, { ...at, labelSelector: `${PART}=shop` })
      const byKind = new Map(preview.kinds.map((each) => [each.kind, each]))
      expect(byKind.get('Deployment')).toEqual({
        kind: 'Deployment',
        selected: 2,
        total: 4,
        names: ['cart', 'catalog'],
      })
      expect(byKind.get('ConfigMap')).toMatchObject({ selected: 1, total: 2 })
      expect(preview.unbound).toEqual({
        count: 3,
        names: ['Deployment loner', 'Deployment wiki', 'ConfigMap common-settings'],
      })
      await expect(
        test.administrator.call(previewSelector, { ...at, labelSelector: `${PART}=shop tier=a` }),
      ).rejects.toMatchObject({
        status: 422,
        code: 'selector-not-valid',
        details: { position: 32 },
      })
    })

    it('is bound once for each selector, and never beside the whole namespace', async () => {
      await bind('shop', `${PART}=shop`)
      await bind('wiki', `${PART} in (wiki)`)
      const taken = { status: 409, code: 'already-bound', details: { instanceId: ids['shop'] } }
      await expect(bind('again', `${PART} == shop`)).rejects.toMatchObject(taken)
      await expect(bind('whole')).rejects.toMatchObject(taken)
      await expect(bind('broken', 'a b')).rejects.toMatchObject({ status: 422, code: 'selector-not-valid' })
      const { items } = await test.administrator.call(listInstances, { text: 'part-of=shop' })
      expect(items).toMatchObject([{ name: 'shop', labelSelector: `${PART}=shop` }])
    })

    it('warns of what two instances would select', async () => {
      const { twice } = await test.administrator.call(previewSelector, { ...at, labelSelector: `${PART}!=wiki` })
      expect(twice).toMatchObject([{ instance: { name: 'shop' }, count: 3 }])
    })

    it('gives each instance its own objects, live when labels change', async () => {
      expect(await namesIn(ids['shop'] ?? '')).toEqual([
        'Deployment cart',
        'Deployment catalog',
        'ConfigMap shop-settings',
      ])
      expect(await namesIn(ids['wiki'] ?? '')).toEqual(['Deployment wiki'])
      await place.cluster.call(
        'PATCH',
        pathOf(at.namespace, 'Deployment', 'catalog'),
        { metadata: { labels: { [PART]: 'wiki' } } },
        'application/merge-patch+json',
      )
      await expect.poll(async () => await namesIn(ids['wiki'] ?? '')).toContain('Deployment catalog')
      await expect.poll(async () => await namesIn(ids['shop'] ?? '')).not.toContain('Deployment catalog')
    })

    it('begins anew when the selector of an instance changes', async () => {
      const instanceId = ids['wiki'] ?? ''
      await test.administrator.call(editInstance, { instanceId, labelSelector: `!${PART}` })
      await expect
        .poll(async () => await namesIn(instanceId))
        .toEqual(['Deployment loner', 'ConfigMap common-settings'])
    })

    it('finds config that a workload refers to also where its instance does not select it', async () => {
      await test.administrator.call(editInstance, { instanceId: ids['wiki'] ?? '', labelSelector: `${PART}=wiki` })
      const { items } = await test.administrator.call(listWorkloadReferences, {
        instanceId: ids['wiki'] ?? '',
        kind: 'Deployment',
        name: 'wiki',
      })
      expect(items.find(({ kind }) => kind === 'ConfigMap')).toMatchObject({
        name: 'common-settings',
        state: 'present',
        attention: false,
      })
    })

    it('says in the plan that what is created will not belong to the instance', async () => {
      const { id: source } = await test.administrator.call(bindInstance, {
        ...at,
        namespace: elsewhere,
        environmentId: prodId,
        name: 'apart',
      })
      const target = ids['shop'] ?? ''
      const { rows } = await test.administrator.call(compareInstances, { instances: [source, target], limit: 500 })
      expect(rows.map(({ name, state }) => [name, state])).toContainEqual(['new-flags', 'missing'])
      const { id: syncId } = await test.administrator.call(planSync, {
        source,
        targets: [target],
        items: [
          { object: { kind: 'ConfigMap', name: 'new-flags' }, selection: { mode: 'create' } },
          { object: { kind: 'Deployment', name: 'loner' }, selection: { mode: 'create' } },
        ],
      })
      await expect
        .poll(async () => (await test.administrator.call(getSync, { syncId })).state, { timeout: 20_000 })
        .toBe('planned')
      const { items } = await test.administrator.call(listSyncItems, { syncId })
      const byName = new Map(items.map((item) => [item.object.name, item]))
      expect(byName.get('loner')).toMatchObject({
        state: 'conflict',
        conflict: {
          code: 'target-exists',
          message: expect.stringContaining('is in the namespace already, but does not belong to this instance'),
        },
      })
      expect(byName.get('new-flags')).toMatchObject({
        state: 'ready',
        warnings: [{ code: 'outside-instance', message: expect.stringContaining(`do not match ${PART}=shop`) }],
      })
    })
  })
})
