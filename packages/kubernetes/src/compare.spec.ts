import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareObjects, digestOf, type KubernetesObject, type NormalizeOptions, normalize } from './index.ts'
import type { JsonObject } from './kubernetes-object.ts'
import { buildPatch } from './patch.ts'
import { applyMerge, configMap, deployment, secret } from './workload.fixtures.ts'

const options: NormalizeOptions = { secretDigest: (key, value) => `digest(${key}:${value.toString('hex')})` }
const compare = (source: KubernetesObject, target: KubernetesObject) =>
  compareObjects(normalize(source, options), normalize(target, options))
const paths = (source: KubernetesObject, target: KubernetesObject) => compare(source, target).map(({ path }) => path)

describe('comparing workloads', () => {
  it('finds a newer image by container name, wherever the container stands', () => {
    const source = deployment([
      { name: 'proxy', image: 'envoy:1' },
      { name: 'cart', image: 'shop/cart:1.5.0' },
    ])
    const target = deployment([
      { name: 'cart', image: 'shop/cart:1.4.2' },
      { name: 'proxy', image: 'envoy:1' },
    ])
    expect(compare(source, target)).toEqual([
      {
        path: 'containers[cart].image',
        group: 'image',
        change: 'changed',
        from: 'shop/cart:1.4.2',
        to: 'shop/cart:1.5.0',
        selectable: true,
        preselected: true,
      },
    ])
  })

  it('sees no difference in what the API server fills in or the cluster owns', () => {
    const plain = deployment([
      {
        name: 'cart',
        image: 'cart:1',
        ports: [{ containerPort: 80 }],
        resources: { limits: { cpu: '1', memory: '1Gi' } },
      },
    ])
    const filled = deployment(
      [
        {
          name: 'cart',
          image: 'docker.io/library/cart:1',
          imagePullPolicy: 'IfNotPresent',
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          env: [],
          ports: [{ containerPort: 80, protocol: 'TCP' }],
          resources: { limits: { cpu: '1000m', memory: '1024Mi' } },
        },
      ],
      {
        progressDeadlineSeconds: 600,
        revisionHistoryLimit: 10,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      },
      {
        generation: 4,
        uid: 'u-9',
        resourceVersion: '99',
        annotations: { 'deployment.kubernetes.io/revision': '4' },
        managedFields: [],
      },
    )
    expect(compare(plain, filled)).toEqual([])
    expect(digestOf(normalize(plain))).toBe(digestOf(normalize(filled)))
  })

  it('never preselects replicas, resources or scheduling, and says why', () => {
    const source = deployment([{ name: 'cart', image: 'cart:1', resources: { limits: { cpu: '2' } } }], { replicas: 5 })
    const target = deployment([{ name: 'cart', image: 'cart:1', resources: { limits: { cpu: '500m' } } }])
    const found = compareObjects(normalize(source), normalize(target), { autoscaled: true })
    expect(found.map(({ path, from, to, preselected }) => ({ path, from, to, preselected }))).toEqual([
      { path: 'replicas', from: '2', to: '5', preselected: false },
      { path: 'containers[cart].resources.limits[cpu]', from: '500m', to: '2', preselected: false },
    ])
    expect(found[0]?.note).toMatch(/autoscaler/)
  })

  it('shows what only the target has, and does not offer to delete it', () => {
    const source = deployment([{ name: 'cart', image: 'cart:1' }])
    const target = deployment([
      { name: 'cart', image: 'cart:1', env: [{ name: 'DEBUG', value: '1' }] },
      { name: 'sidecar', image: 's:1' },
    ])
    expect(compare(source, target)).toMatchObject([
      { path: 'containers[cart].env[DEBUG]', change: 'removed', selectable: false },
      { path: 'containers[sidecar]', change: 'removed', selectable: false },
    ])
  })

  it('does not offer immutable fields', () => {
    const source = deployment([{ name: 'cart', image: 'cart:1' }], { selector: { matchLabels: { app: 'other' } } })
    expect(compare(source, deployment([{ name: 'cart', image: 'cart:1' }]))).toMatchObject([
      { path: 'selector', selectable: false },
    ])
  })

  it('minds the order of variables only where one refers to another', () => {
    const env = (...names: string[]) => [
      {
        name: 'cart',
        image: 'c:1',
        env: names.map((name) => ({ name, value: name === 'URL' ? 'http://$(HOST)' : name })),
      },
    ]
    expect(paths(deployment(env('A', 'B')), deployment(env('B', 'A')))).toEqual([])
    expect(paths(deployment(env('HOST', 'URL')), deployment(env('URL', 'HOST')))).toEqual(['containers[cart].envOrder'])
  })
})

describe('comparing config', () => {
  it('compares ConfigMaps key by key, an empty value being a value', () => {
    const source = configMap({ theme: 'dark', flags: '', 'a.b/c]d': '1' })
    const target = configMap({ theme: 'light', 'a.b/c]d': '1' })
    expect(compare(source, target)).toMatchObject([
      { path: 'data[flags]', change: 'added', to: '', group: 'config-key' },
      { path: 'data[theme]', change: 'changed', from: 'light', to: 'dark' },
    ])
  })

  it('tells Secrets apart without any value', () => {
    const found = compare(secret({ user: 'shop', password: 'hunter2' }), secret({ user: 'shop', password: 'correct' }))
    expect(found).toEqual([
      { path: 'data[password]', group: 'secret-key', change: 'changed', selectable: true, preselected: false },
    ])
  })
})

describe('patches', () => {
  const name = fc.constantFrom('A', 'B', 'C.D', 'e]f', 'g\\h')
  const value = fc.oneof(
    fc.record({ value: fc.string({ maxLength: 4 }) }),
    fc.record({ valueFrom: fc.record({ configMapKeyRef: fc.record({ name: fc.constantFrom('x', 'y'), key: name }) }) }),
  )
  const envOf = fc
    .uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 4 })
    .map((list) => list.map(([key, each]) => ({ name: key, ...each })))
  const containerOf = (containerName: string) =>
    fc.record({
      name: fc.constant(containerName),
      image: fc.constantFrom('a:1', 'a:2', 'b@sha256:1'),
      env: envOf,
      ports: fc.uniqueArray(
        fc.record({ containerPort: fc.constantFrom(80, 81), name: fc.constantFrom('http', 'web') }),
        { selector: (port) => port.containerPort },
      ),
      livenessProbe: fc.option(
        fc.record({ httpGet: fc.record({ path: fc.constantFrom('/a', '/b'), port: fc.constantFrom(80, 81) }) }),
        { nil: null },
      ),
      resources: fc.record({
        limits: fc.dictionary(fc.constantFrom('cpu', 'memory'), fc.constantFrom('1', '2'), { maxKeys: 2 }),
      }),
    })
  const workload = fc
    .tuple(
      fc.subarray(['web', 'job', 'side'], { minLength: 1 }),
      fc.tuple(containerOf('web'), containerOf('job'), containerOf('side')),
      fc.constantFrom(1, 2, 3),
    )
    .map(([names, all, replicas]) =>
      deployment(all.filter((each) => names.includes(each.name)) as JsonObject[], { replicas }),
    )

  it('leave exactly the unticked differences', () => {
    fc.assert(
      fc.property(workload, workload, fc.infiniteStream(fc.boolean()), (source, target, ticks) => {
        const selectable = compare(source, target).filter((each) => each.selectable)
        const ticked = selectable.filter(() => ticks.next().value === true).map(({ path }) => path)
        const patch = buildPatch(source, target, ticked)
        const after = applyMerge(target as JsonObject, patch.body) as KubernetesObject
        const before = paths(source, target)
        expect(paths(source, after).filter((path) => !path.endsWith('Order'))).toEqual(
          before.filter((path) => !ticked.includes(path) && !path.endsWith('Order')),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('of config carry the ticked keys alone', () => {
    const patch = buildPatch(configMap({ a: '1', b: '2' }), configMap({ a: '0', c: '3' }), ['data[a]'])
    expect(patch).toEqual({ contentType: 'application/merge-patch+json', body: { data: { a: '1' } } })
  })

  it('refuse a path that the source does not have', () => {
    expect(() => buildPatch(configMap({}), configMap({}), ['data[a]'])).toThrow('The source has nothing at data[a]')
  })
})
