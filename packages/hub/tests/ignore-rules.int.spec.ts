import {
  bindInstance,
  compareInstances,
  compareObjects,
  createEnvironment,
  createIgnoreRule,
  deleteIgnoreRule,
  editIgnoreRule,
  executeSync,
  getSync,
  listIgnoreRules,
  listSyncItems,
  planSync,
  previewIgnoreRules,
} from '@rancher-hub/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pathOf } from './cluster.fixtures.ts'
import { openTestHub, type Shape, shapes, type TestHub } from './hub.fixtures.ts'
import { type TestPlace, testPlaces } from './places.fixtures.ts'
import { seedObjects } from './shop.fixtures.ts'

const [simulated] = testPlaces
const [, distributed] = shapes
/** Both kinds of clusters, and both ways to run. */
const cases: readonly (readonly [string, Shape, boolean, () => Promise<TestPlace>])[] = [
  ...testPlaces.map(([name, possible, open]) => [name, 'standalone', possible, open] as const),
  ...(simulated === undefined || distributed === undefined
    ? []
    : [[simulated[0], distributed[0], distributed[1], simulated[2]] as const]),
]

describe.each(cases)('rules that ignore, %s, %s', (_name, shape, possible, open) => {
  describe.skipIf(!possible)('[cluster, servers]', () => {
    let place: TestPlace
    let test: TestHub
    let pair: { source: string; target: string }
    let targetNamespace: string
    const reason = 'It differs by design'

    beforeAll(async () => {
      place = await open()
      test = await openTestHub({ HUB_ALLOW_LOOPBACK_SITES: 'true' }, shape)
      const namespaces = [await place.namespace('from'), await place.namespace('to')]
      targetNamespace = namespaces[1] ?? ''
      await seedObjects(place.cluster, namespaces[0] ?? '', targetNamespace)
      await place.cluster.apply(namespaces[0] ?? '', [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'only-here', labels: { local: 'yes' } },
          data: { a: '1' },
        },
      ])
      const site = await place.connect(test.administrator)
      const bind = async (name: string, namespace: string): Promise<string> => {
        const { id: environmentId } = await test.administrator.call(createEnvironment, { name, colour: '#2f855a' })
        return (await test.administrator.call(bindInstance, { ...site, name, environmentId, namespace })).id
      }
      pair = { source: await bind('Dev', namespaces[0] ?? ''), target: await bind('Staging', targetNamespace) }
    })
    afterAll(async () => {
      await test?.[Symbol.asyncDispose]()
      await place?.[Symbol.asyncDispose]()
    })

    const compare = async () => {
      const { source, target } = pair
      const answer = await test.administrator.call(compareInstances, { instances: [source, target], limit: 500 })
      const rows = Object.fromEntries(answer.rows.map((row) => [row.name, row]))
      return { ...answer, rows, states: Object.fromEntries(answer.rows.map(({ name, state }) => [name, state])) }
    }
    const planned = async (item: Parameters<typeof test.administrator.call<typeof planSync>>[1]['items'][number]) => {
      const { source, target } = pair
      const { id: syncId } = await test.administrator.call(planSync, { source, targets: [target], items: [item] })
      await expect
        .poll(async () => (await test.administrator.call(getSync, { syncId })).state, { timeout: 20_000 })
        .toBe('planned')
      const { items } = await test.administrator.call(listSyncItems, { syncId })
      return { syncId, item: items[0] }
    }
    const cart = { kind: 'Deployment' as const, name: 'cart' }

    it('are none at first: everything that differs is shown', async () => {
      const { states, ignored } = await compare()
      expect(states).toMatchObject({
        cart: 'differs',
        catalog: 'same',
        'shop-settings': 'differs',
        'shop-db': 'differs',
        'only-here': 'missing',
      })
      expect(ignored).toEqual({ objects: 0, fields: 0 })
    })

    it('are tried before they are saved', async () => {
      const { draft } = await test.administrator.call(previewIgnoreRules, {
        ...pair,
        draft: { names: ['shop-*'], paths: ['data[theme]'] },
      })
      expect(draft).toEqual({
        objects: 1,
        fields: 1,
        samples: [{ kind: 'ConfigMap', name: 'shop-settings', paths: ['data[theme]'] }],
      })
      await expect(
        test.administrator.call(previewIgnoreRules, { ...pair, draft: { paths: ['data['] } }),
      ).rejects.toMatchObject({ status: 422, code: 'match-not-valid' })
    })

    it('hide fields: a row that differs in nothing else is the same but for what is ignored', async () => {
      await test.administrator.call(createIgnoreRule, { match: { paths: ['data[theme]'] }, reason })
      const { rows, ignored, facets } = await compare()
      expect(rows['shop-settings']).toMatchObject({
        state: 'ignored',
        cells: [{ state: 'same' }, { state: 'same', differences: {}, ignored: { count: 1, instead: 'differs' } }],
      })
      expect(ignored).toEqual({ objects: 1, fields: 0 })
      expect(facets.state['ignored']).toBe(1)
    })

    it('hide a part of what differs, and say which rule does', async () => {
      const { id } = await test.administrator.call(createIgnoreRule, {
        instanceId: pair.target,
        match: { kinds: ['Deployment'], paths: ['containers[*].env[FAST_*]'] },
        reason,
      })
      const { rows, ignored } = await compare()
      expect(rows['cart']).toMatchObject({ state: 'differs', cells: [{}, { differences: { image: 1 } }] })
      expect(rows['cart']?.cells[1]?.ignored).toEqual({ count: 1, instead: 'differs', ruleIds: [id] })
      expect(ignored).toEqual({ objects: 1, fields: 1 })
      const object = await test.administrator.call(compareObjects, { ...pair, ...cart })
      expect(object.differences.map(({ path }) => path)).toEqual(['containers[cart].image'])
      expect(object.ignored).toMatchObject([
        {
          path: 'containers[cart].env[FAST_LANE]',
          selectable: false,
          rule: { id, reason, instanceId: pair.target },
        },
      ])
    })

    it('hide whole objects, those that one side lacks too', async () => {
      await test.administrator.call(createIgnoreRule, {
        match: { names: ['only-*'], kinds: ['ConfigMap'], labels: 'local=yes' },
        reason,
      })
      await test.administrator.call(createIgnoreRule, { match: { kinds: ['Secret'] }, reason })
      const { rows, ignored } = await compare()
      expect(rows['only-here']).toMatchObject({
        state: 'ignored',
        cells: [{ state: 'same' }, { state: 'ignored', ignored: { count: 0, instead: 'missing' } }],
      })
      expect(rows['shop-db']).toMatchObject({
        state: 'ignored',
        cells: [{}, { state: 'ignored', ignored: { count: 1, instead: 'differs' } }],
      })
      expect(ignored).toEqual({ objects: 3, fields: 1 })
      const object = await test.administrator.call(compareObjects, { ...pair, kind: 'Secret', name: 'shop-db' })
      expect(object).toMatchObject({ state: 'same', differences: [], ignoredBy: { reason } })
      const { rules } = await test.administrator.call(previewIgnoreRules, pair)
      expect(rules.map(({ objects, fields }) => [objects, fields])).toEqual([
        [1, 1],
        [1, 1],
        [1, 0],
        [1, 0],
      ])
    })

    it('keep what they ignore out of plans, whoever asks for it', async () => {
      const fast = await planned({
        object: cart,
        selection: { mode: 'fields', paths: ['containers[cart].env[FAST_LANE]'] },
      })
      expect(fast.item).toMatchObject({
        state: 'refused',
        problem: { code: 'ignored', message: expect.stringContaining(`a rule ignores it («${reason}»)`) },
      })
      const secret = await planned({
        object: { kind: 'Secret', name: 'shop-db' },
        selection: { mode: 'fields', paths: ['data[password]'] },
      })
      expect(secret.item?.state).toBe('refused')
      const created = await planned({ object: { kind: 'ConfigMap', name: 'only-here' }, selection: { mode: 'create' } })
      expect(created.item?.state).toBe('refused')
    })

    it('hold for plans that were made before them', async () => {
      const { syncId, item } = await planned({ object: cart, selection: { mode: 'images' } })
      expect(item).toMatchObject({ state: 'ready', changes: [{ path: 'containers[cart].image' }] })
      const { id } = await test.administrator.call(createIgnoreRule, { match: { names: ['cart'] }, reason })
      const { planHash = '' } = await test.administrator.call(getSync, { syncId })
      await test.administrator.call(executeSync, { syncId, planHash })
      await expect
        .poll(async () => (await test.administrator.call(getSync, { syncId })).state, { timeout: 20_000 })
        .toBe('failed')
      const { items } = await test.administrator.call(listSyncItems, { syncId })
      expect(items[0]).toMatchObject({ state: 'failed', reason: expect.stringContaining('a rule ignores it') })
      const after = await place.cluster.call('GET', pathOf(targetNamespace, 'Deployment', 'cart'))
      expect(JSON.stringify(after)).toContain('registry.example/shop/cart:1.4.2')
      await test.administrator.call(deleteIgnoreRule, { ruleId: id })
    })

    it('show again what they hid when they are switched off, and tell an editor who saw an older state', async () => {
      const { items } = await test.administrator.call(listIgnoreRules, { text: 'Secret' })
      const [rule] = items
      expect(rule).toMatchObject({ name: 'Secret', reason, createdBy: { name: 'Ada' }, revision: 0 })
      const ruleId = rule?.id ?? ''
      await test.administrator.call(editIgnoreRule, { ruleId, enabled: false, revision: 0 })
      expect((await compare()).states['shop-db']).toBe('differs')
      await expect(
        test.administrator.call(editIgnoreRule, { ruleId, reason: 'other', revision: 0 }),
      ).rejects.toMatchObject({ status: 409, code: 'changed-meanwhile' })
    })

    it.each([
      [{ match: {} }, 400],
      [{ match: { names: [''] } }, 400],
      [{ match: { paths: ['data['] } }, 422],
      [{ match: { labels: 'a b' } }, 422],
      [{ match: { paths: ['data[theme]'] } }, 409],
      [{ match: { names: ['x'.repeat(200)], labels: 'x'.repeat(900), paths: ['x'.repeat(600)] } }, 400],
      [{ match: { kinds: ['Secret'] }, reason: ' ' }, 400],
      [{ match: { names: ['x'] }, instanceId: '6f1c3a52-5555-4a6e-9d43-0a5a2f6a9f05' }, 404],
    ] as const)('are refused where they make no sense: %j', async (input, status) => {
      await expect(test.administrator.call(createIgnoreRule, { reason, ...input } as never)).rejects.toMatchObject({
        status,
      })
    })
  })
})
