import {
  createIgnoreRule,
  deleteIgnoreRule,
  deleteInstance,
  editIgnoreRule,
  editInstance,
  exportConfig,
  exportWorkloads,
  LiveHint,
  listConfig,
  listWorkloads,
  type ResultOf,
} from '@rancher-hub/contracts'
import { type Fleet, startFleet } from '@rancher-hub/fleet'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { everythingOf, ORGANIZATION, type RunningSites, refusal, startSites } from '../sites.fixtures.ts'
import { bindShop, isWhole } from './bind-shop.fixtures.ts'

type Workloads = ResultOf<typeof listWorkloads>

describe('the lists of all instances', () => {
  let fleet: Fleet
  let sites: RunningSites
  let shop: Awaited<ReturnType<typeof bindShop>>
  const list = async (input: Parameters<typeof listWorkloads.input.parse>[0] = {}) =>
    await sites.call(listWorkloads, input as object)
  const instanceOf = (result: Pick<Workloads, 'instances'>, id: string) =>
    result.instances.find(({ instance }) => instance.id === id)

  beforeAll(async () => {
    fleet = await startFleet({ stepMs: 20, deadlineMs: 300 })
    sites = await startSites()
    shop = await bindShop(sites, fleet)
    await vi.waitUntil(async () => isWhole(await list()), { timeout: 20_000, interval: 50 })
  })
  afterAll(async () => {
    expect(await everythingOf(sites)).not.toContain('s3cr3t')
    await sites[Symbol.asyncDispose]()
    await fleet[Symbol.asyncDispose]()
  })

  it('hold every workload of each, with what there is to know of it', async () => {
    const { items, total, facets, sources } = await list({ text: 'cart', kind: ['Deployment'], withLabels: true })
    expect(items.map(({ instanceId, name }) => [instanceId, name])).toEqual(
      [shop.dev, shop.staging, shop.production].map(({ id }) => [id, 'cart']),
    )
    const [cart] = items
    expect(cart).toMatchObject({
      kind: 'Deployment',
      status: { state: expect.any(String) },
      desired: expect.any(Number),
    })
    expect(cart?.labels).toMatchObject({ app: expect.any(String) })
    expect(Object.keys(cart?.images ?? {})).toContain('cart')
    expect([total, sources]).toEqual([3, { total: 3, loading: 0, partial: 0, failed: 0, stale: 0 }])
    expect(facets.environment.map(({ label, count }) => [label, count]).toSorted()).toEqual([
      ['dev', 1],
      ['production', 1],
      ['staging', 1],
    ])
  })

  it('page through the same rows as the whole list has, in the same order', async () => {
    const { total } = await list({ limit: 1 })
    const whole = await list({ sort: 'status', limit: 200 })
    const paged: Workloads['items'] = []
    for (let offset = 0; offset < total; offset += 7)
      paged.push(...(await list({ sort: 'status', offset, limit: 7 })).items)
    expect(paged.map(({ uid }) => uid)).toEqual(whole.items.map(({ uid }) => uid))
    expect(whole.items).toHaveLength(total)
  })

  it('say how workloads differ from the environment before', async () => {
    const { items, instances } = await list({ limit: 200 })
    const drifts = (id: string) =>
      new Set(items.filter(({ instanceId }) => instanceId === id).map(({ drift }) => drift))
    expect(drifts(shop.dev.id)).toEqual(new Set(['not-compared']))
    expect(drifts(shop.staging.id)).not.toContain('not-compared')
    expect(drifts(shop.staging.id)).not.toContain('unknown')
    expect(instanceOf({ instances }, shop.staging.id)?.neighbour?.id).toBe(shop.dev.id)
    // The namespaces of production and dev are called the same; staging is nearer, and has the same name.
    expect(instanceOf({ instances }, shop.production.id)?.neighbour?.id).toBe(shop.staging.id)
  })

  it('show a change of an object, and hint at it', async () => {
    const hints: LiveHint[] = []
    await using _ = await sites.bus.subscribe(
      `hub.live.${ORGANIZATION}.lists`,
      ({ data }) => void hints.push(LiveHint.parse(JSON.parse(Buffer.from(data).toString()))),
      (error) => expect.fail(String(error)),
    )
    const before = await list()
    fleet.places.dev.cluster.edit('Deployment', 'shop', 'cart', 'kubectl-edit', (object) => {
      const spec = object['spec'] as { template: { spec: { containers: { image: string }[] } } }
      const [container] = spec.template.spec.containers
      if (container !== undefined) container.image = 'registry.lantern.example/shop/cart:99.1'
    })
    await vi.waitUntil(async () => (await list({ image: 'cart:99.1' })).total === 1)
    await vi.waitUntil(() => hints.length > 0)
    expect(hints[0]).toEqual({ topic: 'lists' })
    const after = await list({ image: 'cart:99.1' })
    expect(after.revision).not.toBe(before.revision)
    const staging = await list({ text: 'cart', kind: ['Deployment'], instance: [shop.staging.id] })
    expect(staging.items[0]?.drift).toBe('images-differ')
  })

  it('take what rules ignore for ignored, until the rule goes', async () => {
    const stagingCart = async () => {
      const { items, facets } = await list({ text: 'cart', kind: ['Deployment'], instance: [shop.staging.id] })
      return [items[0]?.drift, facets.drift.map(({ value }) => value)]
    }
    expect(await stagingCart()).toEqual(['images-differ', ['images-differ']])
    const match = { kinds: ['Deployment' as const], names: ['car?'], paths: [] }
    const { id } = await sites.call(createIgnoreRule, { match, reason: 'It is moved by hand', instanceId: shop.dev.id })
    expect(await stagingCart()).toEqual(['ignored', ['ignored']])
    await sites.call(editIgnoreRule, { ruleId: id, enabled: false })
    expect(await stagingCart()).toEqual(['images-differ', ['images-differ']])
    await sites.call(editIgnoreRule, { ruleId: id, enabled: true })
    expect((await list({ drift: ['ignored'], instance: [shop.staging.id] })).total).toBe(1)
    await sites.call(deleteIgnoreRule, { ruleId: id })
    expect(await stagingCart()).toEqual(['images-differ', ['images-differ']])
  })

  it('answer the same question from memory while nothing changes', async () => {
    await vi.waitUntil(async () => {
      const [one, other] = [await list({ sort: 'age' }), await list({ sort: 'age' })]
      return one.revision === other.revision && JSON.stringify(one) === JSON.stringify(other)
    })
  })

  it('hold every ConfigMap and Secret, with who reads them and without values', async () => {
    const { items, facets, total } = await sites.call(listConfig, { limit: 200 })
    expect(items).toHaveLength(total)
    expect(new Set(items.map(({ kind }) => kind))).toEqual(new Set(['ConfigMap', 'Secret']))
    for (const { kind, bytes, type } of items)
      expect([kind, bytes === undefined, type === undefined]).toEqual([kind, kind === 'Secret', kind === 'ConfigMap'])
    expect(facets.type.length).toBeGreaterThan(0)
    const used = await sites.call(listConfig, { used: true, limit: 200 })
    const unused = await sites.call(listConfig, { used: false, limit: 200 })
    expect(used.total).toBeGreaterThan(0)
    expect(used.total + unused.total).toBe(total)
    expect(used.items.every(({ usedBy }) => (usedBy ?? 0) > 0)).toBe(true)
  })

  it('tell what is wrong with a label selector', async () => {
    const { code, errors } = await refusal(list({ label: ['app in (cart'] }))
    expect([code, errors?.[0]?.path]).toEqual(['invalid-input', 'label'])
  })

  it('stand strings of any kind', async () => {
    for (const text of ['\u0000', '${7*7}', '__proto__', '(', '%', '\\', '🏳️‍🌈', '\ud800']) {
      expect((await list({ text: `${text} surely nothing` })).total).toBe(0)
      expect((await list({ owner: [text] })).total).toBe(0)
    }
    expect((await list({ owner: ['__proto__', 'constructor'] })).facets.owner.map(({ value }) => value)).not.toContain(
      '__proto__',
    )
  })

  it('are nobody else’s', async () => {
    const other = await sites.call(listWorkloads, {}, 'org-2')
    expect([other.total, other.sources.total, other.instances, other.facets.kind]).toEqual([0, 0, [], []])
    expect((await sites.call(listWorkloads, { instance: [shop.dev.id] }, 'org-2')).total).toBe(0)
    expect((await sites.call(listConfig, {}, 'org-2')).total).toBe(0)
  })

  it('say how workloads differ from what is left of an instance that is narrowed', async () => {
    const drifts = async () => {
      const { items } = await list({ kind: ['Deployment'], instance: [shop.staging.id], limit: 200 })
      return items.map(({ name, drift }) => ({ name, isHereOnly: drift === 'only-here' }))
    }
    expect((await drifts()).filter(({ isHereOnly }) => !isHereOnly).length).toBeGreaterThan(1)
    await sites.call(editInstance, { instanceId: shop.dev.id, labelSelector: 'app=cart' })
    await vi.waitUntil(async () => isWhole(await list()))
    for (const { name, isHereOnly } of await drifts()) expect([name, isHereOnly]).toEqual([name, name !== 'cart'])
  })

  it('follow instances that are renamed and deleted', async () => {
    await sites.call(editInstance, { instanceId: shop.dev.id, name: 'store' })
    const renamed = await list({ instance: [shop.dev.id], limit: 1 })
    expect(instanceOf(renamed, shop.dev.id)?.instance.name).toBe('store')
    await sites.call(deleteInstance, { instanceId: shop.dev.id })
    const left = await list({ limit: 200 })
    expect(left.items.map(({ instanceId }) => instanceId)).not.toContain(shop.dev.id)
    expect(left.sources.total).toBe(2)
  })

  describe('as files', () => {
    const textOf = async (chunks: AsyncIterable<{ text: string }>): Promise<string> =>
      (await Array.fromAsync(chunks)).map(({ text }) => text).join('')

    it('hold all rows that match, as CSV', async () => {
      const { total } = await list({ kind: ['Deployment'] })
      const csv = await textOf(sites.stream(exportWorkloads, { kind: ['Deployment'], bom: true }))
      expect(csv.startsWith('\ufeffenvironment,instance,site,cluster,namespace,kind,name,status')).toBe(true)
      expect(csv.trimEnd().split('\r\n')).toHaveLength(total + 1)
    })

    it('hold all rows that match, as JSON', async () => {
      const { total } = await sites.call(listConfig, {})
      const rows = JSON.parse(await textOf(sites.stream(exportConfig, { format: 'json', sort: 'age' })))
      expect(rows).toHaveLength(total)
      expect(rows[0]).toMatchObject({ kind: expect.any(String), labels: expect.any(Object), keys: expect.any(Number) })
      expect(JSON.parse(await textOf(sites.stream(exportConfig, { format: 'json', text: 'no such thing' })))).toEqual(
        [],
      )
    })
  })
})
