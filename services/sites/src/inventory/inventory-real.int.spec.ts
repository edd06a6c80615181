import { readFileSync } from 'node:fs'
import { kindInCluster } from '@rancher-hub/contracts'
import { podStates, workloadStatus } from '@rancher-hub/kubernetes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deployment, type Kubectl, openKubectl } from '../cluster.fixtures.ts'
import { openSite, PLAIN_CLUSTER_ID } from '../connection/connected-site.ts'
import { type CustomKind, customKinds, kindEndpoints } from '../connection/kinds.ts'
import type { KubeApi } from '../connection/kube-api.ts'
import { parseKubeconfig } from '../connection/kubeconfig.ts'
import { createNetworkPolicy } from '../egress/network-policy.ts'
import { quickTiming } from '../sites.fixtures.ts'
import { podRows } from '../workloads/pod-rows.ts'
import { startWorkloadView } from '../workloads/workload-view.ts'
import { type InstanceInventory, startInstanceInventory } from './instance-inventory.ts'
import { leanApi } from './lean-lists.ts'
import { reduceBy } from './reduce.ts'
import { keysOf } from './scripted-inventory.fixtures.ts'
import { createWatchSources } from './watch-sources.ts'

const file = process.env['KUBECONFIG_REAL'] ?? ''
const patience = { timeout: 30_000, interval: 50 }
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** A definition that takes whatever it is given. */
const definitionOf = (group: string, plural: string, kind: string, versions: readonly string[]) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural, singular: kind.toLowerCase(), kind },
    versions: versions.map((name, index) => ({
      name,
      served: true,
      storage: index === 0,
      subresources: { status: {} },
      schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    })),
  },
})

/** Pods run by kwok; custom workloads are run by nobody: the spec writes what their operators would. */
describe.skipIf(file === '')('an inventory [real Kubernetes]', () => {
  const stack = new AsyncDisposableStack()
  let kubectl: Kubectl
  let api: KubeApi
  let namespace: string
  let inventory: InstanceInventory

  beforeAll(async () => {
    const kubeconfig = readFileSync(file, 'utf8')
    kubectl = stack.use(openKubectl(kubeconfig))
    namespace = await kubectl.namespace('inventory')
    const { server, secret } = parseKubeconfig(kubeconfig)
    const policy = createNetworkPolicy({ allowLoopback: true })
    const site = stack.use(openSite({ kind: 'kubernetes', url: server, secret }, { policy, concurrency: 10 }))
    api = site.cluster(PLAIN_CLUSTER_ID)
    const keys = await keysOf('org')
    const onDefect = (error: unknown) => {
      throw error
    }
    const sources = stack.use(
      createWatchSources({ apiOf: async () => leanApi(api, reduceBy(keys)), timing: quickTiming, onDefect }),
    )
    const place = { org: 'org', siteId: 'site', clusterId: PLAIN_CLUSTER_ID, namespace }
    inventory = stack.use(
      startInstanceInventory({
        watch: async (kind, sink, signal) => await sources.watch(place, { kind, sink, signal }),
        served: async (root, signal) => await api.served(root, signal),
        discoveryTimes: { againMs: 200, retryMs: 200 },
        onDefect,
        keys,
        now: Date.now,
        runId: 'run',
        onChanged: () => {},
      }),
    )
  })
  afterAll(async () => await stack.disposeAsync())

  const lifeOf = (name: string) => {
    const object = inventory.get({ kind: 'Deployment', name })
    return object && { ...inventory.status(object), counts: inventory.counts(object) }
  }

  it('says of a workload what its page says, as its pods change', async () => {
    await kubectl.create(
      `/apis/apps/v1/namespaces/${namespace}/deployments`,
      deployment('cart', 'cart:1', { replicas: 2 }),
    )
    await expect
      .poll(() => lifeOf('cart'), patience)
      .toMatchObject({ state: 'healthy', counts: { desired: 2, ready: 2, pods: 2, restarts: 0 } })
    const [pod] = await api.pods(namespace, { app: 'cart' })
    const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "cart:1": cart:1: not found' }
    const container = { name: 'web', image: 'cart:1', imageID: '', ready: false, restartCount: 4 }
    await kubectl.merge(`/api/v1/namespaces/${namespace}/pods/${pod?.metadata.name ?? ''}/status`, {
      status: { containerStatuses: [{ ...container, state: { waiting } }] },
    })
    await expect
      .poll(() => lifeOf('cart'), patience)
      .toMatchObject({
        state: 'degraded',
        message: '1 of 2 pods: ImagePullBackOff, registry says not found',
        counts: { pods: 2, restarts: 4 },
      })
    const whole = await api.get('Deployment', namespace, 'cart')
    if (whole === undefined) throw new Error('the workload is gone')
    const page = workloadStatus(whole, { pods: podStates(await api.pods(namespace, { app: 'cart' })) })
    expect(lifeOf('cart')).toMatchObject(page)
  })

  it('shows a Job that nobody runs on a schedule', async () => {
    const spec = { restartPolicy: 'Never', containers: [{ name: 'import', image: 'import:1' }] }
    await kubectl.create(`/apis/batch/v1/namespaces/${namespace}/jobs`, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'import' },
      spec: { template: { spec } },
    })
    await expect
      .poll(() => inventory.customs(), patience)
      .toMatchObject([{ apiVersion: 'batch/v1', kind: 'Job', name: 'import', images: { import: 'import:1' } }])
  })

  /** The page of a workload of an operator: pods that carry its labels, and of these its own. */
  const showsOwnPods = async (kind: CustomKind, change: object, revision: string): Promise<void> => {
    const { root, plural, apiVersion } = kindEndpoints[kind]
    const it = await kubectl.merge(`${root}/namespaces/${namespace}/${plural}/web/status`, change)
    const { uid } = it.metadata
    const owner = { apiVersion, kind: kindInCluster(kind), name: 'web', uid, controller: true }
    const podOf = (name: string, owners: object[]) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${plural}-${name}`,
        labels: { app: 'web', 'controller-revision-hash': revision },
        ownerReferences: owners,
      },
      spec: { containers: [{ name: 'web', image: 'web:1' }] },
    })
    const path = `/api/v1/namespaces/${namespace}/pods`
    for (const [name, owners] of Object.entries({ own: [owner], other: [{ ...owner, uid: crypto.randomUUID() }] }))
      await kubectl.create(path, podOf(name, owners))
    await using view = startWorkloadView({
      ref: { kind, name: 'web' },
      namespace,
      api: async () => api,
      timing: quickTiming,
      onChanged: () => {},
      onDefect: (error) => expect.fail(String(error)),
    })
    await expect
      .poll(() => podRows(view).map(({ name, isCurrent }) => [name, isCurrent]), patience)
      .toEqual([[`${plural}-own`, true]])
    // Built-in kinds bear these names too: by the group it is told what this one is.
    expect(view.object()).toMatchObject({ apiVersion, kind: kindInCluster(kind) })
  }

  it('shows workloads of operators while the cluster serves their kinds', async () => {
    const made = [
      definitionOf('argoproj.io', 'rollouts', 'Rollout', ['v1alpha1']),
      definitionOf('apps.kruise.io', 'clonesets', 'CloneSet', ['v1alpha1']),
      definitionOf('apps.kruise.io', 'statefulsets', 'StatefulSet', ['v1beta1', 'v1alpha1']),
      definitionOf('apps.kruise.io', 'daemonsets', 'DaemonSet', ['v1alpha1']),
    ]
    const ofOperators = () => inventory.customs().filter(({ kind }) => kind !== 'Job')
    for (const each of made) await kubectl.create(definitions, each)
    try {
      for (const kind of customKinds) {
        const { root, plural, apiVersion } = kindEndpoints[kind]
        const path = `${root}/namespaces/${namespace}/${plural}`
        const object = { ...deployment('web', 'web:1'), apiVersion, kind: kindInCluster(kind) }
        // A kind is served a moment after its definition.
        await expect
          .poll(
            async () =>
              await kubectl.create(path, object).then(
                () => true,
                () => false,
              ),
            patience,
          )
          .toBe(true)
        await kubectl.merge(`${path}/web/status`, { status: { replicas: 1, updatedReplicas: 1, readyReplicas: 1 } })
      }
      const shown = () => ofOperators().map(({ apiVersion, kind, status }) => `${apiVersion} ${kind} ${status.message}`)
      await expect
        .poll(() => shown().sort(), patience)
        .toEqual([
          'apps.kruise.io/v1alpha1 CloneSet 1 of 1 pods are available',
          'apps.kruise.io/v1alpha1 DaemonSet 1 of 1 pods are available',
          'apps.kruise.io/v1beta1 StatefulSet 1 of 1 pods are available',
          'argoproj.io/v1alpha1 Rollout 1 of 1 pods are available',
        ])
      await showsOwnPods('CloneSet', { status: { updateRevision: 'web-6d8f9c7b5' } }, 'web-6d8f9c7b5')
      await showsOwnPods('AdvancedDaemonSet', { status: { daemonSetHash: '55df8c9d' } }, '55df8c9d')
      const { root, plural } = kindEndpoints.Rollout
      await kubectl.merge(`${root}/namespaces/${namespace}/${plural}/web/status`, {
        status: { phase: 'Degraded', message: 'RolloutAborted: metric "errors" failed' },
      })
      await expect
        .poll(() => ofOperators().find(({ kind }) => kind === 'Rollout')?.status, patience)
        .toMatchObject({ state: 'degraded', message: 'Degraded: RolloutAborted: metric "errors" failed' })
    } finally {
      for (const { metadata } of made) await kubectl.remove(`${definitions}/${metadata.name}`)
    }
    await expect.poll(ofOperators, patience).toEqual([])
    await expect
      .poll(() => inventory.state().surroundings?.map(({ kind }) => kind), patience)
      .toEqual(['Pod', 'ReplicaSet', 'Job'])
  })
})
