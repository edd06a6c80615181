import {
  getWorkload,
  LiveHint,
  listWorkloadEvents,
  listWorkloadPods,
  listWorkloadReferences,
  listWorkloadRevisions,
  type ResultOf,
  readPodLog,
} from '@rancher-hub/contracts'
import { type Fleet, startFleet } from '@rancher-hub/fleet'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  bindNamespaces,
  everythingOf,
  ORGANIZATION,
  type RunningSites,
  refusal,
  startSites,
} from '../sites.fixtures.ts'

type LogChunk = ResultOf<typeof readPodLog>

describe('the page of a workload, on a simulated Rancher', () => {
  let fleet: Fleet
  let sites: RunningSites
  let dev: string
  let staging: string

  const bind = async (token: string, namespaces: [clusterId: string, namespace: string][]): Promise<string[]> => {
    const connection = { kind: 'rancher' as const, url: fleet.ranchers.dev.url, token }
    const ids: string[] = []
    for (const [clusterId, namespace] of namespaces)
      ids.push(...(await bindNamespaces(sites, connection, clusterId, [namespace])).instanceIds)
    return ids
  }
  const cart = (instanceId = dev) => ({ instanceId, kind: 'Deployment' as const, name: 'cart' })
  const statusOf = async (
    ref:
      | ReturnType<typeof cart>
      | { instanceId: string; kind: 'StatefulSet' | 'DaemonSet' | 'CronJob' | 'Deployment'; name: string },
  ) => (await sites.call(getWorkload, ref)).workload?.status
  const changeImage = (name: string, tag: string): void =>
    fleet.places.dev.cluster.edit('Deployment', 'shop', name, 'kubectl-edit', (object) => {
      const spec = object['spec'] as { template: { spec: { containers: { image: string }[] } } }
      const [container] = spec.template.spec.containers
      if (container !== undefined) container.image = `registry.lantern.example/shop/${name}:${tag}`
    })
  const podsOf = async (ref = cart()) => (await sites.call(listWorkloadPods, ref)).items

  beforeAll(async () => {
    fleet = await startFleet({ stepMs: 20, deadlineMs: 300 })
    sites = await startSites()
    const ids = await bind(fleet.ranchers.dev.token, [
      ['c-m-dev00001', 'shop'],
      ['c-m-stg00001', 'shop-staging'],
    ])
    dev = ids[0] ?? ''
    staging = ids[1] ?? ''
    await vi.waitUntil(async () => (await statusOf(cart()))?.state === 'healthy', { timeout: 20_000, interval: 50 })
  })
  afterAll(async () => {
    await sites?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  it('says how it does, in words, and what the others run of it', async () => {
    const shown = async () => await sites.call(getWorkload, cart())
    await expect.poll(async () => (await shown()).elsewhere[0]?.state).toBe('found')
    const { workload, instance, elsewhere, part } = await shown()
    expect(part).toEqual({ state: 'complete', stale: false })
    expect(instance).toMatchObject({ id: dev, namespace: 'shop' })
    expect(workload).toMatchObject({
      status: { state: 'healthy', message: '1 of 1 pods are available' },
      counts: { desired: 1, updated: 1, ready: 1 },
      podTroubles: 0,
      containers: [
        {
          name: 'cart',
          requests: 'cpu 100m, memory 128Mi',
          probes: [{ name: 'readiness', text: 'HTTP GET /ready on port http, every 10 s, gives up after 3 failures' }],
        },
      ],
    })
    expect(elsewhere).toMatchObject([
      {
        instance: { id: staging },
        part: { state: 'complete', stale: false },
        state: 'found',
        images: { cart: 'registry.lantern.example/shop/cart:1.14.2' },
        same: false,
      },
    ])
  })

  it('lists pods, events and revisions', async () => {
    const [pod] = await podsOf()
    expect(pod).toMatchObject({
      status: 'Running',
      ready: 1,
      total: 1,
      restarts: 0,
      isCurrent: true,
      containers: [{ name: 'cart', state: 'running' }],
    })
    const { items: events } = await sites.call(listWorkloadEvents, cart())
    expect(events.map(({ object, reason }) => `${object.kind} ${reason}`)).toEqual(
      expect.arrayContaining(['Deployment ScalingReplicaSet', 'ReplicaSet SuccessfulCreate', 'Pod Started']),
    )
    expect((await sites.call(listWorkloadRevisions, cart())).items).toMatchObject([
      {
        number: 1,
        isCurrent: true,
        desired: 1,
        ready: 1,
        images: { cart: 'registry.lantern.example/shop/cart:1.15.0' },
      },
    ])
  })

  it('is told of every change, and says what stands in the way of a roll-out', async () => {
    const hints: string[] = []
    await using _ = await sites.bus.subscribe(
      `hub.live.${ORGANIZATION}.workloads`,
      ({ data }) => void hints.push(LiveHint.parse(JSON.parse(Buffer.from(data).toString())).id ?? ''),
      () => undefined,
    )
    const pricing = { instanceId: dev, kind: 'Deployment' as const, name: 'pricing' }
    await expect.poll(async () => (await statusOf(pricing))?.state).toBe('healthy')
    changeImage('pricing', 'broken')
    await expect
      .poll(async () => (await statusOf(pricing))?.message)
      .toContain('ImagePullBackOff, registry says not found')
    await expect.poll(async () => (await statusOf(pricing))?.state).toBe('stalled')
    expect(hints).toContain(`${dev}/Deployment/pricing`)
    const troubled = await sites.call(listWorkloadPods, { ...pricing, troubled: true })
    expect(troubled.items).toMatchObject([
      {
        status: 'ImagePullBackOff',
        isCurrent: true,
        trouble: { severity: 'broken', text: 'ImagePullBackOff, registry says not found' },
      },
    ])
    expect(
      (await sites.call(listWorkloadRevisions, pricing)).items.map(({ number, isCurrent }) => [number, isCurrent]),
    ).toEqual([
      [2, true],
      [1, false],
    ])
    expect((await sites.call(listWorkloadEvents, { ...pricing, warnings: true })).items).toEqual(
      expect.arrayContaining([expect.objectContaining({ reason: 'BackOff', count: 14 })]),
    )
    const log = sites.stream(readPodLog, { instanceId: dev, pod: troubled.items[0]?.name ?? '' })
    expect(await refusal(Array.fromAsync(log))).toMatchObject({
      code: 'no-log',
      message: 'The container has not started yet, so it has no log: trying and failing to pull image.',
    })
  })

  it('tells how a container ended, and shows the log from before', async () => {
    changeImage('image-resizer', 'hungry')
    const resizer = { instanceId: dev, kind: 'Deployment' as const, name: 'image-resizer' }
    const troubled = async () => (await sites.call(listWorkloadPods, { ...resizer, troubled: true })).items[0]
    await expect
      .poll(async () => (await troubled())?.trouble?.text)
      .toBe('CrashLoopBackOff, ended with OOMKilled, exit code 137')
    const pod = await troubled()
    expect(pod).toMatchObject({ restarts: 3, lastTermination: { reason: 'OOMKilled', exitCode: 137 } })
    const chunks = await Array.fromAsync(
      sites.stream(readPodLog, { instanceId: dev, pod: pod?.name ?? '', previous: true }),
    )
    expect(chunks.flatMap((chunk) => (chunk.kind === 'lines' ? chunk.lines : [])).at(-1)?.text).toBe('Killed')
    expect(chunks.at(-1)).toEqual({ kind: 'end', reason: 'complete' })
  })

  it('knows the last runs of a CronJob', async () => {
    const { workload, runs } = await sites.call(getWorkload, {
      instanceId: dev,
      kind: 'CronJob',
      name: 'nightly-reindex',
    })
    expect(workload?.status).toEqual({
      state: 'healthy',
      message: 'The last run succeeded; waits for the next (30 2 * * *)',
    })
    expect(runs?.items.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded'])
  })

  it('lists what a workload needs and what points to it; what may not be seen is no empty list', async () => {
    const storefront = { instanceId: dev, kind: 'Deployment' as const, name: 'storefront' }
    const { items, kinds } = await sites.call(listWorkloadReferences, storefront)
    expect(kinds).toEqual([])
    expect(items.map(({ kind, name, state }) => `${kind} ${name} ${state}`)).toEqual([
      'ConfigMap storefront-settings present',
      'ServiceAccount default present',
      'Service storefront present',
      'Ingress storefront present',
      'HorizontalPodAutoscaler storefront present',
      'PodDisruptionBudget storefront present',
    ])
    const [limited = ''] = await bind('token-develn:simulated-no-secrets-key', [['c-m-dev00001', 'shop']])
    const seen = async () => await sites.call(listWorkloadReferences, cart(limited))
    await expect.poll(async () => (await seen()).items.find(({ kind }) => kind === 'Secret')?.state).toBe('forbidden')
    expect((await seen()).kinds).toMatchObject([
      { kind: 'Secret', part: { state: 'forbidden', problem: { code: 'forbidden' } } },
    ])
  })

  it('shows each part that may be seen when another may not', async () => {
    const off = fleet.ranchers.dev.faults.add({ kind: 'forbidden', path: '/namespaces/shop/(pods|events)' })
    try {
      const mailer = { instanceId: dev, kind: 'Deployment' as const, name: 'mailer' }
      const shown = await sites.call(getWorkload, mailer)
      expect(shown.workload?.status).toMatchObject({ state: 'healthy', message: '1 of 1 pods are available' })
      expect(await sites.call(listWorkloadPods, mailer)).toMatchObject({
        items: [],
        part: { state: 'forbidden', problem: { code: 'forbidden' } },
      })
      expect(await sites.call(listWorkloadEvents, mailer)).toMatchObject({ items: [], part: { state: 'forbidden' } })
      expect((await sites.call(listWorkloadRevisions, mailer)).items).toHaveLength(1)
      off()
      // What is allowed later is there without a click.
      await expect.poll(async () => (await podsOf({ ...mailer })).length).toBe(1)
    } finally {
      off()
    }
  })

  it('says that a workload is not there, and whose instance it is', async () => {
    const { workload, part } = await sites.call(getWorkload, { instanceId: dev, kind: 'Deployment', name: 'absent' })
    expect(workload).toBeUndefined()
    expect(part).toEqual({ state: 'complete', stale: false })
    expect(
      (await refusal(sites.call(getWorkload, { ...cart(), instanceId: '6f1c3a52-5555-4a6e-9d43-0a5a2f6a9f05' }))).code,
    ).toBe('not-found')
    expect((await refusal(sites.call(getWorkload, cart(), 'org-2'))).code).toBe('not-found')
  })

  it('follows a log while its container writes, filters it, and ends when the caller leaves', async () => {
    const [pod] = await podsOf()
    const name = pod?.name ?? ''
    const say = (text: string): void => fleet.places.dev.cluster.logs.say('shop', name, 'cart', text)
    const seen: string[] = []
    const kinds: string[] = []
    for await (const chunk of sites.stream(readPodLog, {
      instanceId: dev,
      pod: name,
      follow: true,
      text: 'canary',
      tail: 10,
    })) {
      kinds.push(chunk.kind)
      if (chunk.kind === 'open') say('\u001b[31mCanary\u001b[0m 4711')
      if (chunk.kind !== 'lines') continue
      seen.push(...chunk.lines.map(({ text }) => text))
      if (seen.length > 0) break
    }
    expect(kinds[0]).toBe('open')
    expect(seen).toEqual(['Canary 4711'])
    const all = await Array.fromAsync(sites.stream(readPodLog, { instanceId: dev, pod: name, tail: 5 }))
    const lines = all.flatMap((chunk: LogChunk) => (chunk.kind === 'lines' ? chunk.lines : []))
    expect(lines).toHaveLength(5)
    for (const { time } of lines) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/)
    const after = lines[1]?.time ?? ''
    const rest = await Array.fromAsync(sites.stream(readPodLog, { instanceId: dev, pod: name, after }))
    const next = rest.flatMap((chunk: LogChunk) => (chunk.kind === 'lines' ? chunk.lines : []))
    expect(next.slice(0, 3)).toEqual(lines.slice(2))
    expect(
      (await everythingOf(sites))
        .split('\n')
        .filter((line) => line.includes('4711') && !line.startsWith('{"kind":"lines"')),
    ).toEqual([])
  })

  it('refuses logs that are not there, with the reason', async () => {
    const [pod] = await podsOf()
    const read = async (rest: object) =>
      await refusal(Array.fromAsync(sites.stream(readPodLog, { instanceId: dev, pod: pod?.name ?? '', ...rest })))
    expect(await read({ previous: true })).toMatchObject({
      code: 'no-log',
      message: 'This container has not been restarted: there is no log from before.',
    })
    expect(await read({ container: 'absent' })).toMatchObject({
      code: 'no-log',
      message: expect.stringContaining('container absent is not valid') as unknown,
    })
    expect(await read({ pod: 'absent' })).toMatchObject({
      code: 'no-log',
      message: 'The pod absent is not there any more.',
    })
    const off = fleet.ranchers.dev.faults.add({ kind: 'forbidden', path: '/log' })
    expect(await read({})).toMatchObject({ code: 'site-problem', details: { problem: { code: 'forbidden' } } })
    off()
  })

  it('ends a followed log when its pod goes', async () => {
    const [pod] = await podsOf({ instanceId: dev, kind: 'Deployment', name: 'catalog' })
    const ends: LogChunk[] = []
    for await (const chunk of sites.stream(readPodLog, { instanceId: dev, pod: pod?.name ?? '', follow: true })) {
      if (chunk.kind === 'open') changeImage('catalog', '9.9.9')
      if (chunk.kind === 'end') ends.push(chunk)
    }
    expect(ends).toEqual([{ kind: 'end', reason: 'complete' }])
    await expect
      .poll(async () =>
        (await podsOf({ instanceId: dev, kind: 'Deployment', name: 'catalog' })).map(({ name }) => name),
      )
      .not.toContain(pod?.name)
  })
})
