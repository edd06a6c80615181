import { readFileSync } from 'node:fs'
import {
  getWorkload,
  listWorkloadEvents,
  listWorkloadPods,
  listWorkloadReferences,
  listWorkloadRevisions,
  readPodLog,
} from '@rancher-hub/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deployment, type Kubectl, openKubectl, secret } from '../cluster.fixtures.ts'
import { PLAIN_CLUSTER_ID } from '../connection/connected-site.ts'
import { bindNamespaces, kubeconfigConnection, type RunningSites, refusal, startSites } from '../sites.fixtures.ts'

const file = process.env['KUBECONFIG_REAL'] ?? ''
const patience = { timeout: 30_000, interval: 100 }

/** Pods run by kwok, which has no kubelet: their statuses are real, their logs are not there. */
describe.skipIf(file === '')('the page of a workload [real Kubernetes]', () => {
  let kubectl: Kubectl
  let sites: RunningSites
  let namespace: string
  let instanceId: string

  beforeAll(async () => {
    kubectl = openKubectl(readFileSync(file, 'utf8'))
    namespace = await kubectl.namespace('workloads')
    sites = await startSites()
    const bound = await bindNamespaces(sites, kubeconfigConnection(file), PLAIN_CLUSTER_ID, [namespace])
    instanceId = bound.instanceIds[0] ?? ''
  })
  afterAll(async () => {
    await sites?.[Symbol.asyncDispose]()
    await kubectl?.[Symbol.asyncDispose]()
  })

  const create = async (path: string, object: unknown) =>
    await kubectl.create(`${path.replace('NS', namespace)}`, object)
  const deploy = async (object: unknown) => await create('/apis/apps/v1/namespaces/NS/deployments', object)
  const ref = (name: string, kind: 'Deployment' | 'StatefulSet' | 'CronJob' = 'Deployment') => ({
    instanceId,
    kind,
    name,
  })
  const statusOf = async (...given: Parameters<typeof ref>) =>
    (await sites.call(getWorkload, ref(...given))).workload?.status
  const podsOf = async (name: string) => (await sites.call(listWorkloadPods, ref(name))).items
  /** Writes a status as a kubelet would; kwok leaves it as it is. */
  const patchStatus = async (pod: string, status: object) =>
    await kubectl.merge(`/api/v1/namespaces/${namespace}/pods/${pod}/status`, { status })

  it('follows a Deployment from its first pod to its next revision', async () => {
    await create('/api/v1/namespaces/NS/services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    })
    await create('/api/v1/namespaces/NS/secrets', secret('web-db', { url: 'canary-7c1' }))
    const env = [
      { name: 'URL', valueFrom: { secretKeyRef: { name: 'web-db', key: 'url' } } },
      { name: 'USER', valueFrom: { secretKeyRef: { name: 'web-db', key: 'user' } } },
    ]
    await deploy(deployment('web', 'registry.example/web:1.0.0', { replicas: 3, env }))
    await expect.poll(async () => (await statusOf('web'))?.message, patience).toBe('3 of 3 pods are available')
    const pods = await podsOf('web')
    expect(pods).toHaveLength(3)
    for (const pod of pods)
      expect(pod).toMatchObject({
        status: 'Running',
        ready: 1,
        isCurrent: true,
        node: expect.stringMatching(/node/) as unknown,
      })
    await kubectl.merge(`/apis/apps/v1/namespaces/${namespace}/deployments/web`, {
      metadata: { annotations: { 'kubernetes.io/change-cause': 'release 2' } },
      spec: { template: { spec: { containers: [{ name: 'web', image: 'registry.example/web:2.0.0', env }] } } },
    })
    const revisions = async () =>
      (await sites.call(listWorkloadRevisions, ref('web'))).items.map(({ number, isCurrent, ready, images }) => [
        number,
        isCurrent,
        ready,
        images['web'],
      ])
    await expect.poll(revisions, patience).toEqual([
      [2, true, 3, 'registry.example/web:2.0.0'],
      [1, false, 0, 'registry.example/web:1.0.0'],
    ])
    const { items } = await sites.call(listWorkloadEvents, { ...ref('web'), limit: 500 })
    expect(items.map(({ object, reason }) => `${object.kind} ${reason}`)).toEqual(
      expect.arrayContaining(['Deployment ScalingReplicaSet', 'ReplicaSet SuccessfulCreate', 'Pod Scheduled']),
    )
    const references = async () => (await sites.call(listWorkloadReferences, ref('web'))).items
    await expect
      .poll(async () => (await references()).find(({ kind }) => kind === 'Secret')?.missingKeys, patience)
      .toEqual(['user'])
    expect((await references()).map(({ kind, name, state }) => `${kind} ${name} ${state}`)).toEqual([
      'Secret web-db present',
      'ServiceAccount default present',
      'Service web present',
    ])
  })

  it('says why a pod cannot be scheduled', async () => {
    const object = deployment('greedy', 'web:1')
    const [container] = object.spec.template.spec.containers
    Object.assign(container ?? {}, { resources: { requests: { cpu: '17' } } })
    await deploy(object)
    await expect
      .poll(async () => await statusOf('greedy'), patience)
      .toMatchObject({
        state: 'degraded',
        message: expect.stringMatching(
          /^1 of 1 pods: Unschedulable, 0\/\d+ nodes are available: .*Insufficient cpu/,
        ) as unknown,
      })
    const [pod] = await podsOf('greedy')
    expect(pod).toMatchObject({ status: 'Pending', ready: 0, total: 1 })
    // No node has taken it: an empty log, and no error.
    const chunks = await Array.fromAsync(sites.stream(readPodLog, { instanceId, pod: pod?.name ?? '' }))
    expect(chunks).toEqual([
      { kind: 'open' },
      { kind: 'lines', lines: [], skipped: 0 },
      { kind: 'end', reason: 'complete' },
    ])
  })

  it('shows within moments what a kubelet reports: an image that is not there, a container that was killed', async () => {
    await deploy(deployment('shaky', 'registry.example/shaky:1', { replicas: 2 }))
    await expect.poll(async () => (await statusOf('shaky'))?.state, patience).toBe('healthy')
    const [first, second] = await podsOf('shaky')
    const message =
      'Back-off pulling image "registry.example/shaky:9": ErrImagePull: rpc error: code = NotFound desc = registry.example/shaky:9: not found'
    const notReady = [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }]
    await patchStatus(first?.name ?? '', {
      phase: 'Pending',
      conditions: notReady,
      containerStatuses: [
        {
          name: 'web',
          image: 'registry.example/shaky:9',
          imageID: '',
          ready: false,
          restartCount: 0,
          state: { waiting: { reason: 'ImagePullBackOff', message } },
        },
      ],
    })
    await expect
      .poll(async () => (await statusOf('shaky'))?.message, patience)
      .toContain('1 of 2 pods: ImagePullBackOff, registry says not found')
    const terminated = {
      exitCode: 137,
      reason: 'OOMKilled',
      startedAt: '2026-11-24T10:00:00Z',
      finishedAt: '2026-11-24T10:05:00Z',
    }
    await patchStatus(second?.name ?? '', {
      conditions: notReady,
      containerStatuses: [
        {
          name: 'web',
          image: 'registry.example/shaky:1',
          imageID: 'registry.example/shaky@sha256:0',
          ready: false,
          restartCount: 6,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container' } },
          lastState: { terminated },
        },
      ],
    })
    const rows = async () =>
      (await podsOf('shaky')).map(({ status, restarts, trouble }) => [status, restarts, trouble?.text])
    await expect.poll(rows, patience).toEqual(
      expect.arrayContaining([
        ['ImagePullBackOff', 0, 'ImagePullBackOff, registry says not found'],
        ['CrashLoopBackOff', 6, 'CrashLoopBackOff, ended with OOMKilled, exit code 137'],
      ]),
    )
    await expect.poll(async () => (await statusOf('shaky'))?.state, patience).toBe('degraded')
  })

  it('knows a StatefulSet, and a CronJob that is suspended', async () => {
    const { spec } = deployment('db', 'db:1', { replicas: 2 })
    await create('/apis/apps/v1/namespaces/NS/statefulsets', {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: { ...spec, serviceName: 'db' },
    })
    await expect
      .poll(async () => await statusOf('db', 'StatefulSet'), patience)
      .toEqual({ state: 'healthy', message: '2 of 2 pods are ready' })
    const { items } = await sites.call(listWorkloadPods, ref('db', 'StatefulSet'))
    expect(items.map(({ name, isCurrent }) => [name, isCurrent])).toEqual([
      ['db-0', true],
      ['db-1', true],
    ])
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'job', image: 'job:1' }] } }
    await create('/apis/batch/v1/namespaces/NS/cronjobs', {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'nightly' },
      spec: { schedule: '0 3 * * *', suspend: true, jobTemplate: { spec: { template } } },
    })
    await expect.poll(async () => (await statusOf('nightly', 'CronJob'))?.state, patience).toBe('suspended')
  })

  it('shows a Job with its pod, and that a kind which the cluster does not have is not there', async () => {
    const spec = { restartPolicy: 'Never', containers: [{ name: 'import', image: 'import:1' }] }
    await create('/apis/batch/v1/namespaces/NS/jobs', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'import' },
      spec: { backoffLimit: 1, template: { spec } },
    })
    const job = { instanceId, kind: 'Job' as const, name: 'import' }
    await expect.poll(async () => (await sites.call(listWorkloadPods, job)).total, patience).toBe(1)
    const { workload } = await sites.call(getWorkload, job)
    expect(workload?.facts).toContainEqual({ name: 'deadline', text: 'Given up after 1 failed pod' })
    expect(workload?.containers).toMatchObject([{ name: 'import', image: 'import:1' }])
    const events = async () =>
      (await sites.call(listWorkloadEvents, job)).items.map(({ object, reason }) => `${object.kind} ${reason}`)
    await expect.poll(events, patience).toContain('Job SuccessfulCreate')
    // Another spec has the cluster know such kinds for a moment.
    const clones = async () => await sites.call(getWorkload, { instanceId, kind: 'CloneSet', name: 'import' })
    await expect.poll(async () => (await clones()).part, patience).toEqual({ state: 'complete', stale: false })
    expect((await clones()).workload).toBeUndefined()
  })

  it('hands on what the server says of a log that it cannot get', async () => {
    await deploy(deployment('silent', 'web:1'))
    await expect.poll(async () => (await podsOf('silent'))[0]?.status, patience).toBe('Running')
    const [pod] = await podsOf('silent')
    const error = await refusal(Array.fromAsync(sites.stream(readPodLog, { instanceId, pod: pod?.name ?? '' })))
    // kwok's nodes have no kubelet to ask: the API server says that it cannot reach it.
    expect(error.code).toBe('site-problem')
    expect(error.message).toContain('answered with an error (status 500)')
    const absent = await refusal(Array.fromAsync(sites.stream(readPodLog, { instanceId, pod: 'absent' })))
    expect(absent).toMatchObject({ code: 'no-log', message: 'The pod absent is not there any more.' })
    expect(JSON.stringify(sites.answers)).not.toContain('canary-7c1')
  })

  it('notices that a workload was deleted and made again with another selector', async () => {
    await deploy(deployment('again', 'web:1'))
    await expect.poll(async () => (await podsOf('again')).length, patience).toBe(1)
    await kubectl.remove(`/apis/apps/v1/namespaces/${namespace}/deployments/again`)
    await expect.poll(async () => await statusOf('again'), patience).toBeUndefined()
    const object = deployment('again', 'web:1', { replicas: 2 })
    object.spec.selector.matchLabels.app = 'another'
    object.spec.template.metadata.labels.app = 'another'
    await deploy(object)
    await expect.poll(async () => (await podsOf('again')).length, patience).toBe(2)
  })
})
