import { readFileSync } from 'node:fs'
import { executeWrite, getContents, type Kind, prepareWrite } from '@rancher-hub/contracts'
import { compareObjects, type JsonObject } from '@rancher-hub/kubernetes'
import { newId } from '@rancher-hub/service-kit'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Kubectl, openKubectl } from './cluster.fixtures.ts'
import { PLAIN_CLUSTER_ID } from './connection/connected-site.ts'
import { objectPath } from './connection/kinds.ts'
import { bindNamespaces, kubeconfigConnection, type RunningSites, startSites } from './sites.fixtures.ts'

const file = process.env['KUBECONFIG_REAL'] ?? ''

const richPod = {
  initContainers: [{ name: 'migrate', image: 'r.example/migrate:2', env: [{ name: 'M', value: '1' }] }],
  containers: [
    {
      name: 'web',
      image: 'r.example/web:2',
      env: [
        { name: 'A', value: 'new' },
        { name: 'B', value: 'same' },
        { name: 'C', valueFrom: { configMapKeyRef: { name: 'settings', key: 'c' } } },
      ],
      ports: [{ containerPort: 8080 }, { containerPort: 9090, name: 'metrics' }],
      resources: { requests: { cpu: '250m', memory: '64Mi' }, limits: { memory: '128Mi' } },
      readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 5 },
      volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
    },
    { name: 'proxy', image: 'r.example/proxy:1' },
  ],
  volumes: [{ name: 'tmp', emptyDir: {} }],
  nodeSelector: { 'kubernetes.io/os': 'linux' },
}
const plainPod = {
  initContainers: [{ name: 'migrate', image: 'r.example/migrate:1' }],
  containers: [
    {
      name: 'web',
      image: 'r.example/web:1',
      env: [
        { name: 'A', value: 'old' },
        { name: 'B', value: 'same' },
        { name: 'ONLY_HERE', value: 'x' },
      ],
      ports: [{ containerPort: 8080 }],
      resources: { requests: { cpu: '100m' } },
    },
    { name: 'only-here', image: 'r.example/other:1' },
  ],
}
const withTemplate = (apiVersion: string, kind: Kind, pod: object, spec: object, rich: boolean) => ({
  apiVersion,
  kind,
  metadata: {
    name: 'thing',
    labels: { app: 'thing', ...(rich ? { tier: 'front' } : {}) },
    annotations: rich ? { 'example.com/note': 'new' } : { 'example.com/note': 'old' },
  },
  spec: {
    selector: { matchLabels: { app: 'thing' } },
    template: {
      metadata: {
        labels: { app: 'thing', ...(rich ? { version: '2' } : {}) },
        ...(rich ? { annotations: { 'example.com/config': 'b' } } : {}),
      },
      spec: pod,
    },
    ...spec,
  },
})
const objects: Readonly<Record<Kind, readonly [source: object, target: object]>> = {
  Deployment: [
    withTemplate(
      'apps/v1',
      'Deployment',
      richPod,
      {
        replicas: 3,
        minReadySeconds: 2,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } },
      },
      true,
    ),
    withTemplate('apps/v1', 'Deployment', plainPod, { replicas: 1 }, false),
  ],
  StatefulSet: [
    withTemplate('apps/v1', 'StatefulSet', richPod, { serviceName: 'thing', replicas: 2 }, true),
    withTemplate('apps/v1', 'StatefulSet', plainPod, { serviceName: 'thing', replicas: 1 }, false),
  ],
  DaemonSet: [
    withTemplate(
      'apps/v1',
      'DaemonSet',
      richPod,
      { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } } },
      true,
    ),
    withTemplate('apps/v1', 'DaemonSet', plainPod, {}, false),
  ],
  CronJob: [
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'thing' },
      spec: {
        schedule: '5 4 * * *',
        suspend: true,
        concurrencyPolicy: 'Forbid',
        jobTemplate: { spec: { backoffLimit: 2, template: { spec: { ...richPod, restartPolicy: 'OnFailure' } } } },
      },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'thing' },
      spec: {
        schedule: '0 0 * * *',
        suspend: true,
        jobTemplate: { spec: { template: { spec: { ...plainPod, restartPolicy: 'Never' } } } },
      },
    },
  ],
  ConfigMap: [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'thing', labels: { a: 'b' } },
      data: { same: '1', changed: 'new', added: 'x', 'theme.json': 'y', empty: '' },
      binaryData: { bin: 'AAEC' },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'thing' },
      data: { same: '1', changed: 'old', own: 'kept' },
    },
  ],
  Secret: [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'thing' },
      stringData: { same: '1', changed: 'new', added: 'x', empty: '' },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'thing' },
      stringData: { same: '1', changed: 'old', own: 'kept' },
    },
  ],
}

describe.skipIf(file === '')('every kind', () => {
  let kubectl: Kubectl
  let sites: RunningSites
  let namespaces: string[] = []
  let instances: string[] = []
  beforeAll(async () => {
    kubectl = openKubectl(readFileSync(file, 'utf8'))
    sites = await startSites()
    namespaces = [await kubectl.namespace('from'), await kubectl.namespace('to'), await kubectl.namespace('empty')]
    const bound = await bindNamespaces(sites, kubeconfigConnection(file), PLAIN_CLUSTER_ID, namespaces)
    instances = bound.instanceIds
  })
  afterAll(async () => {
    await sites[Symbol.asyncDispose]()
    await kubectl[Symbol.asyncDispose]()
  })

  const contentOf = async (instance: number, kind: Kind): Promise<JsonObject> => {
    const { items } = await sites.call(getContents, {
      instanceId: instances[instance] ?? '',
      objects: [{ kind, name: 'thing' }],
    })
    return (items[0]?.content ?? {}) as JsonObject
  }
  const digestOf = async (instance: number, kind: Kind): Promise<string | undefined> => {
    const { items } = await sites.call(getContents, {
      instanceId: instances[instance] ?? '',
      objects: [{ kind, name: 'thing' }],
    })
    return items[0]?.digest
  }

  it.each(Object.entries(objects) as [Kind, readonly [object, object]][])(
    '%s takes every field that can be ticked, alone and together, and keeps the rest',
    async (kind, [source, target]) => {
      const [from = '', to = ''] = namespaces
      await kubectl.create(objectPath(kind, from), source)
      await kubectl.create(objectPath(kind, to), target)
      await vi.waitFor(
        async () => expect([await digestOf(0, kind), await digestOf(1, kind)]).not.toContain(undefined),
        { timeout: 10_000 },
      )
      const wanted = await contentOf(0, kind)
      const before = await contentOf(1, kind)
      const differences = compareObjects(wanted, before)
      const paths = differences.filter(({ selectable }) => selectable).map(({ path }) => path)
      expect(paths.length).toBeGreaterThan(2)
      const request = {
        sourceInstanceId: instances[0] ?? '',
        targetInstanceId: instances[1] ?? '',
        object: { kind, name: 'thing' },
      }
      // One path alone first: everything else stays.
      for (const chosen of [paths.slice(0, 1), paths.slice(1, 2), paths]) {
        const asked = { ...request, selection: { mode: 'fields' as const, paths: chosen } }
        const prepared = await sites.call(prepareWrite, asked)
        if (prepared.outcome !== 'ready') throw new Error(`${chosen.join(' ')}: ${JSON.stringify(prepared)}`)
        const { preconditions, patchDigest, afterDigest } = prepared
        const written = await sites.call(executeWrite, {
          ...asked,
          syncId: newId(),
          writeId: newId(),
          preconditions,
          patchDigest,
          afterDigest,
          retrying: false,
        })
        expect(written).toMatchObject({ outcome: 'written', afterDigest })
        await vi.waitFor(async () => expect(await digestOf(1, kind)).toBe(afterDigest), { timeout: 10_000 })
      }
      const left = compareObjects(wanted, await contentOf(1, kind))
      expect(left.filter(({ selectable }) => selectable)).toEqual([])
      expect(left.map(({ path }) => path)).toEqual(
        differences.filter(({ selectable }) => !selectable).map(({ path }) => path),
      )
    },
  )

  it.each(Object.keys(objects) as Kind[])('%s is created as it is in the source', async (kind) => {
    const asked = {
      sourceInstanceId: instances[0] ?? '',
      targetInstanceId: instances[2] ?? '',
      object: { kind, name: 'thing' },
      selection: { mode: 'create' as const },
    }
    const prepared = await sites.call(prepareWrite, asked)
    if (prepared.outcome !== 'ready') throw new Error(JSON.stringify(prepared))
    const { preconditions, patchDigest, afterDigest } = prepared
    expect(
      await sites.call(executeWrite, {
        ...asked,
        syncId: newId(),
        writeId: newId(),
        preconditions,
        patchDigest,
        afterDigest,
        retrying: false,
      }),
    ).toMatchObject({ outcome: 'written' })
    await vi.waitFor(
      async () => expect(compareObjects(await contentOf(0, kind), await contentOf(2, kind))).toEqual([]),
      { timeout: 10_000 },
    )
  })
})
