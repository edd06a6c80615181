import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import { createLogger } from '@rancher-hub/service-kit'
import { describe, expect, it, vi } from 'vitest'
import { openSite } from '../connection/connected-site.ts'
import { NoSuchSiteError, type SiteRegistry } from '../connection/site-registry.ts'
import { createKeyring } from '../credentials/keyring.ts'
import { createNetworkPolicy } from '../egress/network-policy.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import { quickTiming } from '../sites.fixtures.ts'
import { createInventories } from './inventories.ts'

const instance = { _id: 'i-1', org: 'org', siteId: 's-1', clusterId: 'cluster', namespace: 'shop' } as InstanceDoc

/** An API server whose lists are empty, whose watches send what they are told, and which forbids some kinds. */
const startQuietCluster = async (forbidden: readonly string[] = []) => {
  const watches = new Map<string, ServerResponse>()
  const watched: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://server')
    const plural = url.pathname.split('/').at(-1) ?? ''
    if (forbidden.includes(plural))
      return void response
        .writeHead(403)
        .end(JSON.stringify({ kind: 'Status', reason: 'Forbidden', message: `${plural} is forbidden`, code: 403 }))
    if (!url.searchParams.has('watch'))
      return void response.end(JSON.stringify({ metadata: { resourceVersion: '0' }, items: [] }))
    response.flushHeaders()
    watches.set(plural, response)
    watched.push(url.pathname)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const site = openSite(
    { kind: 'kubernetes', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, secret: { token: 'x' } },
    { policy: createNetworkPolicy({ allowLoopback: true }), concurrency: 10 },
  )
  return {
    site,
    watches,
    watched,
    send: (plural: string, type: string, object: object) =>
      watches.get(plural)?.write(`${JSON.stringify({ type, object })}\n`),
    [Symbol.asyncDispose]: async () => {
      await site[Symbol.asyncDispose]()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const start = (registry: Pick<SiteRegistry, 'open'>, times: { idleMs?: number; hintMs?: number } = {}) => {
  const hints: string[] = []
  const inventories = createInventories({
    registry: registry as SiteRegistry,
    keyring: createKeyring({ masterKey: new Uint8Array(32), store: openMemoryEventStore(), now: () => new Date() }),
    now: Date.now,
    newId: () => crypto.randomUUID(),
    log: createLogger({ level: 'silent' }),
    idleMs: times.idleMs ?? 60_000,
    hintMs: times.hintMs ?? 20,
    timing: quickTiming,
    hint: (organization, id) => hints.push(`${organization} ${id}`),
  })
  return { inventories, hints }
}

const configMap = (name: string, value: string) => ({
  metadata: { name, uid: name, resourceVersion: value },
  data: { value },
})

describe('inventories', () => {
  it('run once for all who ask, and stop when nobody has asked for a while', async () => {
    await using cluster = await startQuietCluster()
    const { inventories } = start({ open: async () => cluster.site }, { idleMs: 50 })
    const [one, two] = await Promise.all([inventories.use(instance), inventories.use(instance)])
    expect(one.inventory).toBe(two.inventory)
    one[Symbol.dispose]()
    one[Symbol.dispose]()
    await two.inventory.settled(5000)
    expect(inventories.count()).toBe(1)
    two[Symbol.dispose]()
    await vi.waitFor(() => expect(inventories.count()).toBe(0))
    expect(two.inventory.stopped.aborted).toBe(true)
    using again = await inventories.use(instance)
    expect(again.inventory).not.toBe(two.inventory)
    await inventories[Symbol.asyncDispose]()
  })

  it('gather changes into few hints', async () => {
    await using cluster = await startQuietCluster()
    const { inventories, hints } = start({ open: async () => cluster.site }, { hintMs: 100 })
    using used = await inventories.use(instance)
    await vi.waitFor(() => expect(cluster.watches.size).toBe(10))
    await vi.waitFor(() => expect(hints.length).toBeGreaterThan(0))
    hints.length = 0
    for (let index = 0; index < 200; index += 1) cluster.send('configmaps', 'MODIFIED', configMap('a', String(index)))
    await vi.waitFor(() =>
      expect(used.inventory.get({ kind: 'ConfigMap', name: 'a' })?.content).toMatchObject({ data: { value: '199' } }),
    )
    await vi.waitFor(() => expect(hints.length).toBeGreaterThan(0))
    expect(hints.length).toBeLessThan(20)
    expect(new Set(hints)).toEqual(new Set(['org i-1']))
    await inventories[Symbol.asyncDispose]()
  })

  it('change their revision with what lists show, and only then', async () => {
    await using cluster = await startQuietCluster()
    const { inventories } = start({ open: async () => cluster.site })
    using used = await inventories.use(instance)
    const { inventory } = used
    await vi.waitFor(() => expect(cluster.watches.size).toBe(10))
    cluster.send('configmaps', 'ADDED', configMap('a', '1'))
    await vi.waitFor(() => expect(inventory.objects()).toHaveLength(1))
    const seen: (string | undefined)[] = []
    const unfollow = inventory.follow({ kind: 'ConfigMap', name: 'a' }, (object) => seen.push(object?.uid))
    const { revision } = inventory
    cluster.send('configmaps', 'MODIFIED', {
      ...configMap('a', '1'),
      metadata: { name: 'a', uid: 'a', resourceVersion: '5', annotations: { 'field.cattle.io/x': 'y' } },
    })
    await vi.waitFor(() => expect(seen).toEqual(['a']))
    expect(inventory.revision).toBe(revision)
    cluster.send('configmaps', 'DELETED', configMap('a', '1'))
    await vi.waitFor(() => expect(seen).toEqual(['a', undefined]))
    expect(inventory.revision).not.toBe(revision)
    unfollow()
    await inventories[Symbol.asyncDispose]()
  })

  it('tell observers every change of what lists show, and nothing else', async () => {
    await using cluster = await startQuietCluster()
    const { inventories } = start({ open: async () => cluster.site })
    using used = await inventories.use(instance)
    await vi.waitFor(() => expect(cluster.watches.size).toBe(10))
    const told: unknown[] = []
    const stop = used.inventory.observe(({ kind, name, object }) => told.push([kind, name, object?.labels]))
    const labelled = (value: string, labels: Record<string, string>, annotations: Record<string, string> = {}) => {
      const object = configMap('a', value)
      return { ...object, metadata: { ...object.metadata, labels, annotations } }
    }
    cluster.send('configmaps', 'ADDED', labelled('1', {}))
    cluster.send('configmaps', 'MODIFIED', labelled('1', {}, { 'field.cattle.io/x': 'y' }))
    // A label that clusters write is not compared, and yet lists can be searched by it.
    cluster.send('configmaps', 'MODIFIED', labelled('1', { 'pod-template-hash': 'a' }))
    cluster.send('configmaps', 'DELETED', labelled('1', {}))
    await vi.waitFor(() =>
      expect(told).toEqual([
        ['ConfigMap', 'a', {}],
        ['ConfigMap', 'a', { 'pod-template-hash': 'a' }],
        ['ConfigMap', 'a', undefined],
      ]),
    )
    stop()
    cluster.send('configmaps', 'ADDED', labelled('1', {}))
    await vi.waitFor(() => expect(used.inventory.objects()).toHaveLength(1))
    expect(told).toHaveLength(3)
    await inventories[Symbol.asyncDispose]()
  })

  it('share a cluster-wide watch of a kind, but for Secrets, when three of them are in one cluster', async () => {
    await using cluster = await startQuietCluster()
    const { inventories } = start({ open: async () => cluster.site })
    const [a, b] = await Promise.all(
      ['a', 'b', 'c'].map(async (namespace) => await inventories.use({ ...instance, _id: namespace, namespace })),
    )
    await vi.waitFor(() => expect(cluster.watched).toContain('/api/v1/configmaps'))
    cluster.send('configmaps', 'ADDED', {
      ...configMap('mine', '7'),
      metadata: { name: 'mine', namespace: 'b', uid: 'mine', resourceVersion: '7' },
    })
    await vi.waitFor(() => expect(b?.inventory.get({ kind: 'ConfigMap', name: 'mine' })).toBeDefined())
    expect(a?.inventory.objects()).toEqual([])
    await vi.waitFor(() =>
      expect(cluster.watched.filter((path) => path.endsWith('/secrets')).toSorted()).toEqual(
        ['a', 'b', 'c'].map((namespace) => `/api/v1/namespaces/${namespace}/secrets`),
      ),
    )
    await inventories[Symbol.asyncDispose]()
  })

  it('read another place when the instance is bound to another', async () => {
    await using cluster = await startQuietCluster()
    const { inventories } = start({ open: async () => cluster.site })
    using before = await inventories.use(instance)
    using after = await inventories.use({ ...instance, labelSelector: 'app=web' })
    expect(after.inventory).not.toBe(before.inventory)
    await vi.waitFor(() => expect(before.inventory.stopped.aborted).toBe(true))
    expect(after.inventory.stopped.aborted).toBe(false)
    expect(inventories.count()).toBe(1)
    await inventories[Symbol.asyncDispose]()
  })

  it('show of Jobs that nobody runs those that the instance selects', async () => {
    await using cluster = await startQuietCluster()
    const { inventories } = start({ open: async () => cluster.site })
    using used = await inventories.use({ ...instance, labelSelector: 'app=cart' })
    await vi.waitFor(() => expect(cluster.watches.has('jobs')).toBe(true))
    for (const app of ['mail', 'cart'])
      cluster.send('jobs', 'ADDED', {
        metadata: { name: `migrate-${app}`, uid: app, resourceVersion: '1', labels: { app } },
      })
    await vi.waitFor(() => expect(used.inventory.customs()).not.toEqual([]))
    expect(used.inventory.customs().map(({ name }) => name)).toEqual(['migrate-cart'])
    await inventories[Symbol.asyncDispose]()
  })

  it('show a kind that may not be read as forbidden, and everything else', async () => {
    await using cluster = await startQuietCluster(['secrets', 'horizontalpodautoscalers'])
    const { inventories } = start({ open: async () => cluster.site })
    using used = await inventories.use(instance)
    await used.inventory.settled(5000)
    const { kinds, stale } = used.inventory.state()
    expect(kinds.filter(({ state }) => state === 'forbidden')).toMatchObject([
      { kind: 'Secret', problem: { code: 'forbidden' } },
    ])
    expect(kinds.filter(({ state }) => state === 'complete')).toHaveLength(5)
    expect(stale).toBe(false)
    expect(used.inventory.exists({ kind: 'Secret', name: 'x' })).toBe('unknown')
    expect(used.inventory.exists({ kind: 'ConfigMap', name: 'x' })).toBe(false)
    await inventories[Symbol.asyncDispose]()
  })

  it('say what is wrong when the site has gone', async () => {
    const { inventories } = start({
      open: async () => {
        throw new NoSuchSiteError('gone')
      },
    })
    using used = await inventories.use(instance)
    await used.inventory.settled(5000)
    expect(used.inventory.state()).toMatchObject({ stale: true, problem: { code: 'unreachable' } })
    expect(used.inventory.state()).not.toHaveProperty('asOf')
    await inventories[Symbol.asyncDispose]()
  })
})
