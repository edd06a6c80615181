import { readFileSync } from 'node:fs'
import {
  type CallInputOf,
  executeWrite,
  followRollout,
  getContents,
  getSite,
  type InputOf,
  listClusters,
  listNamespaces,
  listObjects,
  listReaders,
  prepareWrite,
  type Rollout,
  readInventory,
  testConnection,
} from '@rancher-hub/contracts'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import { newId } from '@rancher-hub/service-kit'
import { startTcpProxy } from '@rancher-hub/tcp-proxy'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { configMap, deployment, type Kubectl, openKubectl, secret } from './cluster.fixtures.ts'
import { PLAIN_CLUSTER_ID } from './connection/connected-site.ts'
import {
  bindNamespaces,
  everythingOf,
  kubeconfigConnection,
  quickTiming,
  type RunningSites,
  startSites,
} from './sites.fixtures.ts'

const file = process.env['KUBECONFIG_REAL'] ?? ''
const canary = 'canary-9f3b7d-secret-value'
const waiting = { timeout: 15_000, interval: 20 }

/** Source and target namespaces of a write, bound in a running service. */
const bound = async (sites: RunningSites, kubectl: Kubectl) => {
  const [from, to] = [await kubectl.namespace('from'), await kubectl.namespace('to')]
  const { siteId, instanceIds } = await bindNamespaces(sites, kubeconfigConnection(file), PLAIN_CLUSTER_ID, [from, to])
  const [source = '', target = ''] = instanceIds
  return { from, to, siteId, source, target }
}
type Bound = Awaited<ReturnType<typeof bound>>

const plan = async (
  sites: RunningSites,
  place: Bound,
  object: InputOf<typeof prepareWrite>['object'],
  selection: CallInputOf<typeof prepareWrite>['selection'],
) => {
  const request = { sourceInstanceId: place.source, targetInstanceId: place.target, object, selection }
  const prepared = await sites.call(prepareWrite, request)
  if (prepared.outcome !== 'ready') throw new Error(`not ready: ${JSON.stringify(prepared)}`)
  const { preconditions, patchDigest, afterDigest } = prepared
  const execution = {
    ...request,
    syncId: newId(),
    writeId: newId(),
    preconditions,
    patchDigest,
    afterDigest,
    retrying: false,
  }
  return { prepared, execution }
}

/** What nobody but the hub and the cluster may change: everything but status and bookkeeping. */
const kept = (object: KubernetesObject): object => {
  const { status: _, metadata, ...rest } = object
  const { managedFields: __, resourceVersion: ___, generation: ____, annotations = {}, ...others } = metadata
  const { 'deployment.kubernetes.io/revision': _____, ...noted } = annotations
  return { ...rest, metadata: { ...others, annotations: noted } }
}

describe.skipIf(file === '')('with a real API server', () => {
  let kubectl: Kubectl
  let sites: RunningSites
  beforeAll(async () => {
    kubectl = openKubectl(readFileSync(file, 'utf8'))
    sites = await startSites()
  })
  afterAll(async () => {
    await sites[Symbol.asyncDispose]()
    await kubectl[Symbol.asyncDispose]()
  })

  it('tests a connection, lists cluster and namespaces, and shows the site as connected', async () => {
    const tested = await sites.call(testConnection, { connection: kubeconfigConnection(file) })
    expect(tested.checks.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'address passed',
      'reachable passed',
      'certificate passed',
      'server passed',
      'credentials passed',
      'clusters passed',
      'permissions passed',
    ])
    expect(tested).toMatchObject({ ok: true, serverVersion: expect.stringMatching(/^v1\./) })
    const { siteId, from } = await bound(sites, kubectl)
    expect((await sites.call(listClusters, { siteId })).items).toMatchObject([
      { id: PLAIN_CLUSTER_ID, state: 'active' },
    ])
    const { items } = await sites.call(listNamespaces, { siteId, clusterId: PLAIN_CLUSTER_ID })
    expect(items.find(({ name }) => name === from)).toMatchObject({ system: false, phase: 'Active' })
    expect(items.find(({ name }) => name === 'kube-system')).toMatchObject({ system: true })
    expect(await sites.call(getSite, { siteId })).toMatchObject({ state: 'connected', kind: 'kubernetes' })
  })

  it('explains a wrong token and an untrusted certificate', async () => {
    const good = readFileSync(file, 'utf8')
    const wrong = await sites.call(testConnection, {
      connection: { kind: 'kubernetes', kubeconfig: good.replace(/token: [\w-]+/, 'token: wrong') },
    })
    expect(wrong).toMatchObject({ ok: false, problem: { code: 'token-refused' } })
    const untrusted = await sites.call(testConnection, {
      connection: { kind: 'kubernetes', kubeconfig: good.replace(/, certificate-authority-data: [^}]+/, '') },
    })
    expect(untrusted).toMatchObject({
      ok: false,
      problem: { code: 'certificate-not-trusted' },
      offeredCa: { fingerprint: expect.any(String) },
    })
    const pinned = await sites.call(testConnection, {
      connection: {
        kind: 'kubernetes',
        kubeconfig: good.replace(/, certificate-authority-data: [^}]+/, ''),
        caPem: untrusted.offeredCa?.pem,
      },
    })
    expect(pinned.ok).toBe(true)
  })

  it('keeps a live inventory: what is made, changed and deleted shows; what the cluster makes is left out and counted', async () => {
    const { from, source } = await bound(sites, kubectl)
    await kubectl.create(
      `/apis/apps/v1/namespaces/${from}/deployments`,
      deployment('cart', 'registry.example/cart:1', {
        env: [{ name: 'K', valueFrom: { configMapKeyRef: { name: 'settings', key: 'a' } } }],
      }),
    )
    await kubectl.create(`/api/v1/namespaces/${from}/configmaps`, configMap('settings', { a: '1', b: '2' }))
    await kubectl.create(`/api/v1/namespaces/${from}/secrets`, secret('db', { password: canary }))
    await kubectl.create(
      `/api/v1/namespaces/${from}/secrets`,
      secret('sh.helm.release.v1.x.v1', { release: 'x' }, 'helm.sh/release.v1'),
    )
    await kubectl.create(`/apis/autoscaling/v2/namespaces/${from}/horizontalpodautoscalers`, {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'cart' },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' }, maxReplicas: 3 },
    })
    const list = async () => await sites.call(listObjects, { instanceId: source })
    const names = async () => (await list()).items.map(({ kind, name }) => `${kind}/${name}`)
    await vi.waitFor(
      async () => expect(await names()).toEqual(['Deployment/cart', 'ConfigMap/settings', 'Secret/db']),
      waiting,
    )
    await vi.waitFor(
      async () =>
        expect((await list()).items[0]).toMatchObject({ autoscaled: true, images: { web: 'registry.example/cart:1' } }),
      waiting,
    )
    await vi.waitFor(
      async () =>
        expect((await list()).inventory).toMatchObject({
          stale: false,
          hidden: [
            { reason: 'cluster-certificate', count: 1 },
            { reason: 'helm-release', count: 1 },
          ],
        }),
      waiting,
    )
    const before = await list()
    await kubectl.merge(`/api/v1/namespaces/${from}/configmaps/settings`, { data: { b: '3' } })
    await vi.waitFor(async () => {
      const after = await list()
      expect(after.inventory.revision).not.toBe(before.inventory.revision)
      expect(after.items[1]?.keys['a']).toBe(before.items[1]?.keys['a'])
      expect(after.items[1]?.keys['b']).not.toBe(before.items[1]?.keys['b'])
    }, waiting)
    await kubectl.remove(`/api/v1/namespaces/${from}/secrets/db`)
    await vi.waitFor(async () => expect(await names()).toEqual(['Deployment/cart', 'ConfigMap/settings']), waiting)
    expect(
      (
        await sites.call(listReaders, {
          instanceId: source,
          object: { kind: 'ConfigMap', name: 'settings' },
          keys: ['a'],
        })
      ).readers,
    ).toEqual([{ kind: 'Deployment', name: 'cart', how: 'containers[web].env[K]' }])
    expect(
      (
        await sites.call(listReaders, {
          instanceId: source,
          object: { kind: 'ConfigMap', name: 'settings' },
          keys: ['b'],
        })
      ).readers,
    ).toEqual([])
    const chunks = await Array.fromAsync(sites.stream(readInventory, { instanceId: source }))
    expect(chunks.map(({ kind }) => kind)).toEqual(['state', 'objects'])
    const [again] = await Array.fromAsync(
      sites.stream(readInventory, {
        instanceId: source,
        ifRevision: chunks[0]?.kind === 'state' ? chunks[0].inventory.revision : '',
      }),
    )
    expect(again?.kind).toBe('unchanged')
    const { items } = await sites.call(getContents, {
      instanceId: source,
      objects: [
        { kind: 'ConfigMap', name: 'settings' },
        { kind: 'ConfigMap', name: 'none' },
      ],
    })
    expect(items).toMatchObject([{ name: 'settings', content: { data: { a: '1', b: '3' } } }])
  })

  it('writes an image, and nothing else; follows the roll-out to its end', async () => {
    const place = await bound(sites, kubectl)
    await kubectl.create(
      `/apis/apps/v1/namespaces/${place.from}/deployments`,
      deployment('cart', 'registry.example/cart:2', { replicas: 5, env: [{ name: 'NEW', value: '1' }] }),
    )
    const path = `/apis/apps/v1/namespaces/${place.to}/deployments`
    await kubectl.create(path, deployment('cart', 'registry.example/cart:1', { replicas: 2 }))
    const { prepared, execution } = await plan(sites, place, { kind: 'Deployment', name: 'cart' }, { mode: 'images' })
    expect(prepared.changes).toEqual([
      {
        path: 'containers[web].image',
        change: 'changed',
        from: 'registry.example/cart:1',
        to: 'registry.example/cart:2',
      },
    ])
    expect(prepared.warnings.map(({ code }) => code)).toEqual(['restart'])
    const before = await kubectl.get(`${path}/cart`)
    expect(before.metadata.generation).toBe(1)
    const written = await sites.call(executeWrite, execution)
    expect(written).toMatchObject({
      outcome: 'written',
      alreadyThere: false,
      generation: 2,
      afterDigest: prepared.afterDigest,
      beforeImage: expect.stringMatching(/^blob-org-1_[0-9a-f]{64}$/),
    })
    const after = await kubectl.get(`${path}/cart`)
    expect(kept(after)).toEqual(
      JSON.parse(JSON.stringify(kept(before)).replace('registry.example/cart:1', 'registry.example/cart:2')),
    )
    const ours = after.metadata.managedFields?.find(({ manager }) => manager === 'rancher-hub')
    expect(ours?.fieldsV1).toEqual({
      'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"web"}': { 'f:image': {} } } } } },
    })
    if (written.outcome !== 'written') throw new Error('not written')
    const steps: Rollout[] = []
    for await (const step of sites.stream(followRollout, {
      instanceId: place.target,
      object: { kind: 'Deployment', name: 'cart' },
      uid: written.uid,
      generation: written.generation,
      timeoutSeconds: 60,
    })) {
      steps.push(step)
    }
    expect(steps.at(-1)).toMatchObject({ state: 'complete', updated: 2, desired: 2 })
  })

  it('writes one key of a ConfigMap and one of a Secret, and shows no value', async () => {
    const place = await bound(sites, kubectl)
    await kubectl.create(`/api/v1/namespaces/${place.from}/configmaps`, configMap('settings', { a: 'new', b: 'new' }))
    await kubectl.create(
      `/api/v1/namespaces/${place.to}/configmaps`,
      configMap('settings', { a: 'old', b: 'old', c: 'own' }),
    )
    await kubectl.create(
      `/api/v1/namespaces/${place.from}/secrets`,
      secret('db', { password: `${canary}-new`, user: `${canary}-user` }),
    )
    await kubectl.create(
      `/api/v1/namespaces/${place.to}/secrets`,
      secret('db', { password: `${canary}-old`, user: `${canary}-other` }),
    )
    const settings = await plan(
      sites,
      place,
      { kind: 'ConfigMap', name: 'settings' },
      { mode: 'fields', paths: ['data[a]'] },
    )
    expect(JSON.parse(settings.prepared.patch)).toEqual({ data: { a: 'new' } })
    expect(await sites.call(executeWrite, settings.execution)).toMatchObject({ outcome: 'written' })
    expect(await kubectl.get(`/api/v1/namespaces/${place.to}/configmaps/settings`)).toMatchObject({
      data: { a: 'new', b: 'old', c: 'own' },
    })
    const db = await plan(sites, place, { kind: 'Secret', name: 'db' }, { mode: 'fields', paths: ['data[password]'] })
    expect(JSON.parse(db.prepared.patch)).toEqual({ data: { password: '***' } })
    expect(db.prepared.changes).toEqual([{ path: 'data[password]', change: 'changed' }])
    expect(await sites.call(executeWrite, db.execution)).toMatchObject({ outcome: 'written' })
    const data = (await kubectl.get(`/api/v1/namespaces/${place.to}/secrets/db`))['data'] as Record<string, string>
    expect(Buffer.from(data['password'] ?? '', 'base64').toString()).toBe(`${canary}-new`)
    expect(Buffer.from(data['user'] ?? '', 'base64').toString()).toBe(`${canary}-other`)
  })

  it('creates a missing object and warns of what it will miss', async () => {
    const place = await bound(sites, kubectl)
    await kubectl.create(
      `/apis/apps/v1/namespaces/${place.from}/deployments`,
      deployment('mail', 'registry.example/mail:1', {
        env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'smtp', key: 'password' } } }],
      }),
    )
    const { prepared, execution } = await plan(sites, place, { kind: 'Deployment', name: 'mail' }, { mode: 'create' })
    expect(prepared).toMatchObject({
      action: 'create',
      warnings: [{ code: 'missing-reference', message: expect.stringContaining('Secret smtp') }],
    })
    const written = await sites.call(executeWrite, execution)
    expect(written).toMatchObject({ outcome: 'written', alreadyThere: false })
    expect(written).not.toHaveProperty('beforeImage')
    expect(await sites.call(executeWrite, { ...execution, retrying: true })).toMatchObject({
      outcome: 'written',
      alreadyThere: true,
    })
    expect(await sites.call(executeWrite, { ...execution, writeId: newId() })).toMatchObject({
      outcome: 'conflict',
      conflict: { code: 'target-exists' },
    })
    const { preconditions: _, ...request } = execution
    expect(await sites.call(prepareWrite, request)).toMatchObject({
      outcome: 'conflict',
      conflict: { code: 'target-exists' },
    })
  })

  it('refuses to write over changes: by whom, what and when', async () => {
    const place = await bound(sites, kubectl)
    const [from, to] = [`/api/v1/namespaces/${place.from}/configmaps`, `/api/v1/namespaces/${place.to}/configmaps`]
    await kubectl.create(from, configMap('settings', { a: 'new' }))
    await kubectl.create(to, configMap('settings', { a: 'old', b: 'b' }))
    const ref = { kind: 'ConfigMap', name: 'settings' } as const
    const first = await plan(sites, place, ref, { mode: 'fields', paths: ['data[a]'] })
    await kubectl.merge(`${to}/settings`, { data: { b: 'meanwhile' } })
    expect(await sites.call(executeWrite, first.execution)).toMatchObject({
      outcome: 'conflict',
      conflict: {
        code: 'target-changed',
        fields: ['data[b]'],
        manager: 'kubectl-edit',
        time: expect.any(String),
        message: expect.stringContaining('data[b]'),
      },
    })
    const second = await plan(sites, place, ref, { mode: 'fields', paths: ['data[a]'] })
    await kubectl.merge(`${from}/settings`, { data: { a: 'newer' } })
    expect(await sites.call(executeWrite, second.execution)).toMatchObject({
      outcome: 'conflict',
      conflict: { code: 'source-changed', fields: ['data[a]'] },
    })
    const third = await plan(sites, place, ref, { mode: 'fields', paths: ['data[a]'] })
    await kubectl.remove(`${to}/settings`)
    expect(await sites.call(executeWrite, third.execution)).toMatchObject({
      outcome: 'conflict',
      conflict: { code: 'target-missing' },
    })
    await kubectl.create(to, configMap('settings', { a: 'old', b: 'meanwhile' }))
    expect(await sites.call(executeWrite, third.execution)).toMatchObject({
      outcome: 'conflict',
      conflict: { code: 'target-recreated' },
    })
    await kubectl.remove(`${from}/settings`)
    expect(
      await sites.call(prepareWrite, {
        sourceInstanceId: place.source,
        targetInstanceId: place.target,
        object: ref,
        selection: { mode: 'images' },
      }),
    ).toMatchObject({
      outcome: 'conflict',
      conflict: { code: 'source-missing' },
    })
  })

  it('writes all the same when only status, or what is not compared, has changed', async () => {
    const place = await bound(sites, kubectl)
    await kubectl.create(`/api/v1/namespaces/${place.from}/configmaps`, configMap('settings', { a: 'new' }))
    const path = `/api/v1/namespaces/${place.to}/configmaps`
    await kubectl.create(path, configMap('settings', { a: 'old' }))
    const { execution } = await plan(
      sites,
      place,
      { kind: 'ConfigMap', name: 'settings' },
      { mode: 'fields', paths: ['data[a]'] },
    )
    await kubectl.merge(`${path}/settings`, { metadata: { annotations: { 'field.cattle.io/note': 'x' } } })
    expect(await sites.call(executeWrite, execution)).toMatchObject({ outcome: 'written', alreadyThere: false })
  })

  it('writes once, however often it is asked after a crash', async () => {
    const place = await bound(sites, kubectl)
    await kubectl.create(`/api/v1/namespaces/${place.from}/configmaps`, configMap('settings', { a: 'new' }))
    const path = `/api/v1/namespaces/${place.to}/configmaps`
    await kubectl.create(path, configMap('settings', { a: 'old' }))
    const { execution } = await plan(
      sites,
      place,
      { kind: 'ConfigMap', name: 'settings' },
      { mode: 'fields', paths: ['data[a]'] },
    )
    const first = await sites.call(executeWrite, { ...execution, retrying: true })
    expect(first).toMatchObject({ outcome: 'written', alreadyThere: false })
    const again = await sites.call(executeWrite, { ...execution, retrying: true })
    expect(again).toMatchObject({ ...first, alreadyThere: true })
    // Somebody else goes on in the meantime: still the write happened.
    await kubectl.merge(`${path}/settings`, { data: { later: 'x' } })
    expect(await sites.call(executeWrite, { ...execution, retrying: true })).toMatchObject({
      outcome: 'written',
      alreadyThere: true,
    })
    expect(await kubectl.get(`${path}/settings`)).toMatchObject({ data: { a: 'new', later: 'x' } })
  })

  it('says what the API server objects to', async () => {
    const place = await bound(sites, kubectl)
    await kubectl.create(
      `/apis/apps/v1/namespaces/${place.from}/deployments`,
      deployment('cart', 'registry.example/cart:2', { env: [{ name: 'A', value: '1' }] }),
    )
    await kubectl.create(
      `/apis/apps/v1/namespaces/${place.to}/deployments`,
      deployment('cart', 'registry.example/cart:1'),
    )
    const request = {
      sourceInstanceId: place.source,
      targetInstanceId: place.target,
      object: { kind: 'Deployment', name: 'cart' } as const,
    }
    expect(
      await sites.call(prepareWrite, {
        ...request,
        selection: { mode: 'fields', paths: ['containers[web].env[NOPE]'] },
      }),
    ).toMatchObject({ outcome: 'unchanged' })
    expect(
      await sites.call(prepareWrite, { ...request, selection: { mode: 'fields', paths: ['not a path'] } }),
    ).toMatchObject({ outcome: 'unchanged' })
    expect(await sites.call(prepareWrite, { ...request, selection: { mode: 'images' } })).toMatchObject({
      outcome: 'ready',
    })
  })

  it('goes on where it was when the network is cut, and finds out when it is silent', async () => {
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(readFileSync(file, 'utf8'))?.[1])
    await using network = await startTcpProxy([port])
    await using own = await startSites({ timing: { ...quickTiming, silenceMs: 1_000 } })
    const namespace = await kubectl.namespace('net')
    const kubeconfig = readFileSync(file, 'utf8').replace(`127.0.0.1:${port}`, `127.0.0.1:${network.port}`)
    const { instanceIds } = await bindNamespaces(own, { kind: 'kubernetes', kubeconfig }, PLAIN_CLUSTER_ID, [namespace])
    const instanceId = instanceIds[0] ?? ''
    const names = async () =>
      (await own.call(listObjects, { instanceId, kind: ['ConfigMap'] })).items.map(({ name }) => name)
    await kubectl.create(`/api/v1/namespaces/${namespace}/configmaps`, configMap('one', {}))
    await vi.waitFor(async () => expect(await names()).toEqual(['one']), waiting)
    network.cut()
    await kubectl.create(`/api/v1/namespaces/${namespace}/configmaps`, configMap('two', {}))
    await vi.waitFor(async () => expect(await names()).toEqual(['one', 'two']), waiting)
    const isComplete = async () =>
      (await own.call(listObjects, { instanceId })).inventory.kinds.every(({ state }) => state === 'complete')
    // A watch that has no answer yet is waited for as long as a busy API server may take.
    await vi.waitUntil(isComplete, waiting)
    network.freeze()
    await kubectl.remove(`/api/v1/namespaces/${namespace}/configmaps/one`)
    await vi.waitFor(async () => expect(await names()).toEqual(['two']), waiting)
    await vi.waitUntil(isComplete, waiting)
  })

  it('has kept every secret to itself', async () => {
    const everything = await everythingOf(sites)
    expect(everything.length).toBeGreaterThan(10_000)
    expect(everything).not.toContain('canary-9f3b7d')
    expect(everything).not.toContain(Buffer.from(canary).toString('base64').slice(0, 20))
    expect(everything).not.toContain('kube-sites-admin')
    const token = /token: ([\w-]+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? 'none'
    expect(everything).not.toContain(token)
  })
})
