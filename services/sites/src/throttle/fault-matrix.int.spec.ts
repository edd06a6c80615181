import { type Fault, type Fleet, startFleet } from '@rancher-hub/fleet'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ConnectedSite, openSite } from '../connection/connected-site.ts'
import type { KubeApi } from '../connection/kube-api.ts'
import { createNetworkPolicy } from '../egress/network-policy.ts'
import { SiteError } from '../egress/site-error.ts'
import { type WatchSink, watchKind } from '../inventory/kind-watcher.ts'
import { quickTiming } from '../sites.fixtures.ts'

type Operation = 'list' | 'get' | 'patch'
const operations: readonly Operation[] = ['list', 'get', 'patch']

interface Row {
  readonly name: string
  readonly fault: Omit<Fault, 'path' | 'verb' | 'times'>
  /** How a call ends that meets the fault twice; a watch goes on by itself in any case. */
  readonly ends: Readonly<Record<Operation, string>>
}
const passes = { list: 'ok', get: 'ok', patch: 'ok' }
const all = (code: string) => ({ list: code, get: code, patch: code })

const rows: readonly Row[] = [
  { name: 'latency', fault: { kind: 'latency', ms: 150 }, ends: passes },
  { name: '429 with Retry-After', fault: { kind: 'throttle', retryAfterSeconds: 1 }, ends: passes },
  { name: '429 without Retry-After', fault: { kind: 'throttle', retryAfterSeconds: false }, ends: passes },
  { name: '429 by priority and fairness', fault: { kind: 'throttle', fairness: true }, ends: passes },
  { name: '500', fault: { kind: 'error', status: 500 }, ends: all('upstream-error') },
  // A write that may have got through is not sent again.
  { name: '502', fault: { kind: 'error', status: 502 }, ends: { ...passes, patch: 'upstream-error' } },
  { name: '503', fault: { kind: 'error', status: 503 }, ends: { ...passes, patch: 'upstream-error' } },
  { name: '504', fault: { kind: 'error', status: 504 }, ends: { ...passes, patch: 'upstream-error' } },
  { name: 'reset', fault: { kind: 'reset' }, ends: { ...passes, patch: 'unreachable' } },
  { name: 'answer lost', fault: { kind: 'reset', afterWork: true }, ends: { ...passes, patch: 'unreachable' } },
  { name: 'truncated answer', fault: { kind: 'truncate' }, ends: { ...passes, patch: 'unreachable' } },
  { name: 'expired token', fault: { kind: 'unauthorized' }, ends: all('token-refused') },
  { name: 'revoked permission', fault: { kind: 'forbidden' }, ends: all('forbidden') },
]
/** Faults of which a write is carried out all the same. */
const carriedOut = new Set(['latency', 'answer lost', 'truncated answer'])

describe('every fault of the simulated Rancher', () => {
  let fleet: Fleet
  let site: ConnectedSite
  let api: KubeApi
  const namespace = 'shop'
  const path = '/configmaps'

  beforeAll(async () => {
    fleet = await startFleet({ stepMs: 1 })
  })
  beforeEach(() => {
    const { url, token } = fleet.ranchers.dev
    site = openSite(
      { kind: 'rancher', url, secret: { token } },
      { policy: createNetworkPolicy({ allowLoopback: true }), concurrency: 10 },
    )
    api = site.cluster(fleet.places.dev.clusterId)
  })
  afterEach(async () => {
    fleet.ranchers.dev.faults.clear()
    await site[Symbol.asyncDispose]()
  })
  afterAll(async () => await fleet[Symbol.asyncDispose]())

  let count = 0
  const make = async (): Promise<string> => {
    count += 1
    const name = `faults-${count}`
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: '0' } }
    await api.create('ConfigMap', namespace, object, { dryRun: false })
    return name
  }
  const patch = async (name: string, value: string): Promise<void> =>
    void (await api.patch(
      'ConfigMap',
      namespace,
      name,
      'application/merge-patch+json',
      { data: { a: value } },
      { dryRun: false },
    ))
  const contentOf = async (name: string): Promise<unknown> => {
    const object = await api.get('ConfigMap', namespace, name)
    return (object?.['data'] as { a?: string } | undefined)?.a
  }
  const work: Readonly<Record<Operation, (name: string) => Promise<unknown>>> = {
    list: async () => await Array.fromAsync(api.list('ConfigMap', namespace)),
    get: async (name) => await api.get('ConfigMap', namespace, name),
    patch: async (name) => await patch(name, '1'),
  }
  const endOf = async (operation: Operation, name: string): Promise<string> =>
    await work[operation](name).then(
      () => 'ok',
      (error: unknown) => (error instanceof SiteError ? error.problem.code : 'defect'),
    )
  const writes = (name: string): number =>
    fleet.places.dev.cluster.audit.filter(({ verb, objectRef }) => verb === 'patch' && objectRef.name === name).length

  describe.each(rows)('$name', ({ name: row, fault, ends }) => {
    it.each(operations)('ends a %s as it should, and the next one goes well', async (operation) => {
      const name = await make()
      fleet.ranchers.dev.faults.add({ ...fault, path, times: 2 })
      expect(await endOf(operation, name)).toBe(ends[operation])
      fleet.ranchers.dev.faults.clear()
      if (operation === 'patch') {
        const isWritten = ends.patch === 'ok' || carriedOut.has(row)
        expect([await contentOf(name), writes(name)]).toEqual(isWritten ? ['1', 1] : ['0', 0])
      }
      expect(await endOf(operation, name)).toBe('ok')
      expect(site.throttle.breakers.broken()).toEqual([])
    })
  })

  it.each(operations)('restart: ends a %s while the server is away, and the next one goes well', async (operation) => {
    const name = await make()
    const resume = await fleet.ranchers.dev.server.halt()
    expect(await endOf(operation, name)).toBe('unreachable')
    await resume()
    expect([await contentOf(name), writes(name)]).toEqual(['0', 0])
    expect(await endOf(operation, name)).toBe('ok')
    expect(site.throttle.breakers.broken()).toEqual([])
  })

  it('restart: lets a list that is under way end well', async () => {
    const { faults, server } = fleet.ranchers.dev
    faults.add({ kind: 'latency', ms: 60_000, path, times: 1 })
    const listing = endOf('list', '')
    await vi.waitUntil(() => faults.size === 0)
    const resume = await server.halt()
    await resume()
    expect(await listing).toBe('ok')
  })

  const watching = () => {
    const values = new Map<string, unknown>()
    const told: string[] = []
    const abort = new AbortController()
    const put = (object: { metadata: { name: string }; data?: unknown }): void =>
      void values.set(object.metadata.name, (object.data as { a?: string } | undefined)?.a)
    const sink: WatchSink = {
      replace: (objects) => {
        values.clear()
        for (const object of objects) put(object)
        told.push('replace')
      },
      upsert: put,
      remove: ({ metadata }) => void values.delete(metadata.name),
      connected: () => told.push('connected'),
      forbidden: () => told.push('forbidden'),
      lost: () => told.push('lost'),
    }
    const background = site.cluster(fleet.places.dev.clusterId, 'background')
    const timing = { ...quickTiming, silenceMs: 400 }
    const options = {
      kind: 'ConfigMap',
      namespace,
      api: async () => background,
      sink,
      timing,
      signal: abort.signal,
    } as const
    const running = watchKind(options, (error) => told.push(`defect ${String(error)}`))
    return {
      values,
      told,
      [Symbol.asyncDispose]: async () => {
        abort.abort()
        await running
      },
    }
  }

  const watchRows: readonly Pick<Row, 'name' | 'fault'>[] = [
    ...rows,
    { name: 'cut watch', fault: { kind: 'cut-watch', ms: 30 } },
    { name: 'silent watch', fault: { kind: 'silent-watch' } },
  ]
  it.each(watchRows)('lets a list and watch go on by itself: $name', async ({ fault }) => {
    const name = await make()
    fleet.ranchers.dev.faults.add({ ...fault, path, times: 4 })
    await using seen = watching()
    await vi.waitUntil(() => seen.told.includes('connected'), { timeout: 30_000 })
    await vi.waitUntil(async () => (await endOf('patch', name)) === 'ok', { timeout: 30_000 })
    await vi.waitUntil(() => seen.values.get(name) === '1', { timeout: 30_000 })
    expect(seen.told.filter((each) => each.startsWith('defect'))).toEqual([])
  })
})
