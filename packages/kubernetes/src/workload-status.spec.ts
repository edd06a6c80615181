import { describe, expect, it } from 'vitest'
import { type ClusterEvent, mergeEvents, readEvent, tellsOf } from './cluster-event.ts'
import { jobRun } from './job-run.ts'
import type { JsonObject, KubernetesObject } from './kubernetes-object.ts'
import { podState, podStates, withEarlierReason } from './pod-state.ts'
import { podSummary } from './pod-summary.ts'
import { podTrouble, troubleInWords } from './pod-trouble.ts'
import { podProblem } from './rollout.ts'
import { workloadStatus } from './workload-status.ts'

const object = (kind: string, spec: JsonObject, status: JsonObject, metadata: JsonObject = {}): KubernetesObject => ({
  kind,
  metadata: { name: 'cart', uid: 'w', generation: 2, ...metadata },
  spec,
  status: { observedGeneration: 2, ...status },
})
const condition = (type: string, status: string, reason = '', message = '') => ({ type, status, reason, message })
const rolledOut = condition('Progressing', 'True', 'NewReplicaSetAvailable')
const complete = { replicas: 5, updatedReplicas: 5, readyReplicas: 5, availableReplicas: 5, conditions: [rolledOut] }

let made = 0
const nextNumber = (): number => {
  made += 1
  return made
}
const pod = (containers: JsonObject[], rest: JsonObject = {}, metadata: JsonObject = {}): KubernetesObject => ({
  kind: 'Pod',
  metadata: { name: `cart-6d8f9c7b5-${nextNumber()}`, uid: `p-${made}`, ...metadata },
  spec: { nodeName: 'node-1', containers: containers.map(({ name }) => ({ name: name ?? 'web', image: 'cart:1' })) },
  status: {
    phase: 'Running',
    containerStatuses: containers.map((each) => ({ name: 'web', restartCount: 0, ready: false, ...each })),
    ...rest,
  },
})
const running = () => pod([{ ready: true, state: { running: {} } }], { conditions: [condition('Ready', 'True')] })
const waiting = (reason: string, message = '', extra: JsonObject = {}) =>
  pod([{ state: { waiting: { reason, message } }, ...extra }], { phase: 'Pending' })
const notFound =
  'Back-off pulling image "registry/cart:9": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "registry/cart:9": failed to resolve reference "registry/cart:9": registry/cart:9: not found'

describe('the status of a Deployment', () => {
  it('is healthy when every pod is new and available, and says that none is wanted', () => {
    expect(workloadStatus(object('Deployment', { replicas: 5 }, complete))).toEqual({
      state: 'healthy',
      message: '5 of 5 pods are available',
    })
    expect(workloadStatus(object('Deployment', { replicas: 0 }, { conditions: [rolledOut] }))).toMatchObject({
      state: 'healthy',
      message: 'Scaled to 0: no pods are wanted',
    })
  })

  it('progresses until the controller has seen the change and the new pods are available', () => {
    expect(workloadStatus(object('Deployment', { replicas: 5 }, { ...complete, observedGeneration: 1 }))).toMatchObject(
      {
        state: 'progressing',
      },
    )
    const rolling = {
      replicas: 6,
      updatedReplicas: 2,
      availableReplicas: 5,
      conditions: [condition('Progressing', 'True', 'ReplicaSetUpdated')],
    }
    expect(workloadStatus(object('Deployment', { replicas: 5 }, rolling))).toMatchObject({
      state: 'progressing',
      message: '2 of 5 pods are new',
    })
  })

  it('is degraded with the reason of its pods, the most frequent first', () => {
    const rolling = {
      replicas: 7,
      updatedReplicas: 2,
      availableReplicas: 5,
      conditions: [condition('Progressing', 'True', 'ReplicaSetUpdated')],
    }
    const pods = [
      running(),
      running(),
      waiting('ImagePullBackOff', notFound),
      waiting('ErrImagePull', notFound),
      waiting('ImagePullBackOff', notFound),
    ]
    expect(workloadStatus(object('Deployment', { replicas: 5 }, rolling), { pods: podStates(pods) })).toMatchObject({
      state: 'degraded',
      message: '2 of 5 pods: ImagePullBackOff, registry says not found; 1: ErrImagePull, registry says not found',
      detail: notFound,
    })
  })

  it('is degraded when it lost pods after its roll-out was over', () => {
    const short = { ...complete, readyReplicas: 3, availableReplicas: 3 }
    expect(workloadStatus(object('Deployment', { replicas: 5 }, short))).toMatchObject({
      state: 'degraded',
      message: '3 of 5 new pods are available',
    })
  })

  it('stalls when the deadline has passed, with what the pods say', () => {
    const late = {
      replicas: 6,
      updatedReplicas: 1,
      availableReplicas: 5,
      conditions: [
        condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'ReplicaSet "cart-1" has timed out progressing.'),
      ],
    }
    const crashing = waiting('CrashLoopBackOff', 'back-off 5m0s', {
      restartCount: 7,
      lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } },
    })
    expect(workloadStatus(object('Deployment', { replicas: 5 }, late), { pods: podStates([crashing]) })).toMatchObject({
      state: 'stalled',
      message: '1 of 5 pods: CrashLoopBackOff, ended with OOMKilled, exit code 137',
    })
    expect(workloadStatus(object('Deployment', { replicas: 5 }, late)).message).toContain('has timed out progressing')
  })

  it('says that pods cannot be made, and that it is paused or being deleted', () => {
    const quota = {
      conditions: [
        condition('ReplicaFailure', 'True', 'FailedCreate', 'pods "cart-1" is forbidden: exceeded quota: small'),
      ],
    }
    expect(workloadStatus(object('Deployment', { replicas: 1 }, quota))).toMatchObject({
      state: 'degraded',
      message: 'Pods cannot be made: pods "cart-1" is forbidden: exceeded quota: small',
    })
    expect(workloadStatus(object('Deployment', { replicas: 5, paused: true }, complete)).state).toBe('suspended')
    expect(workloadStatus(object('Deployment', {}, complete, { deletionTimestamp: '2026-11-24T10:00:00Z' }))).toEqual({
      state: 'progressing',
      message: 'Is being deleted',
    })
  })
})

describe('the status of the other workloads', () => {
  it('of a StatefulSet knows partitions and missing pods', () => {
    const ready = {
      replicas: 3,
      readyReplicas: 3,
      updatedReplicas: 1,
      currentReplicas: 2,
      updateRevision: 'b',
      currentRevision: 'a',
    }
    const held = { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } }
    expect(workloadStatus(object('StatefulSet', held, ready))).toMatchObject({
      state: 'healthy',
      message: '1 pods are new, the rest is held by partition 2',
    })
    const short = { ...ready, readyReplicas: 2, updatedReplicas: 3, currentReplicas: 3, currentRevision: 'b' }
    expect(workloadStatus(object('StatefulSet', { replicas: 3 }, short)).state).toBe('degraded')
    const byHand = { replicas: 3, updateStrategy: { type: 'OnDelete' } }
    expect(workloadStatus(object('StatefulSet', byHand, short)).state).toBe('degraded')
    expect(workloadStatus(object('StatefulSet', byHand, ready)).state).toBe('healthy')
  })

  it('of a DaemonSet counts nodes', () => {
    const status = { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3, numberReady: 3 }
    expect(workloadStatus(object('DaemonSet', {}, status))).toMatchObject({ state: 'healthy' })
    expect(workloadStatus(object('DaemonSet', {}, { ...status, numberAvailable: 2 }))).toMatchObject({
      state: 'progressing',
      message: '2 of 3 pods are available',
    })
    expect(workloadStatus(object('DaemonSet', {}, { ...status, numberMisscheduled: 1 })).message).toContain(
      'should not',
    )
    expect(workloadStatus(object('DaemonSet', {}, { desiredNumberScheduled: 0 })).message).toBe(
      'No node matches: no pods are wanted',
    )
  })

  it('of a CronJob looks at its last run', () => {
    const cron = (spec: JsonObject, status: JsonObject) => object('CronJob', { schedule: '0 3 * * *', ...spec }, status)
    const job = (name: string, startTime: string, conditions: JsonObject[]): KubernetesObject => ({
      kind: 'Job',
      metadata: { name },
      status: { startTime, conditions },
    })
    const good = job('a', '2026-11-23T03:00:00Z', [condition('Complete', 'True')])
    const bad = job('b', '2026-11-24T03:00:00Z', [
      condition('Failed', 'True', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit'),
    ])
    const ran = { lastScheduleTime: '2026-11-24T03:00:00Z', lastSuccessfulTime: '2026-11-24T03:01:00Z' }
    expect(workloadStatus(cron({}, {})).message).toBe('Waits for its first run (0 3 * * *)')
    expect(workloadStatus(cron({}, ran), { jobs: [jobRun(good)] }).state).toBe('healthy')
    expect(workloadStatus(cron({}, ran), { jobs: [good, bad].map(jobRun) })).toMatchObject({
      state: 'degraded',
      message: 'The last run failed: its pods failed too often (Job has reached the specified backoff limit)',
    })
    expect(workloadStatus(cron({}, { ...ran, lastSuccessfulTime: '2026-11-23T03:01:00Z' })).state).toBe('degraded')
    expect(workloadStatus(cron({}, { ...ran, active: [{ name: 'c' }] }), { jobs: [jobRun(bad)] })).toMatchObject({
      state: 'progressing',
    })
    expect(workloadStatus(cron({ suspend: true }, ran), { jobs: [jobRun(bad)] }).state).toBe('suspended')
    // A resumed Job keeps `Suspended=False`; that is no state.
    expect(jobRun(job('c', '2026-11-24T03:00:00Z', [condition('Suspended', 'False')])).state).toBe('running')
  })
})

describe('the trouble of a pod', () => {
  const warning = (reason: string, message: string): ClusterEvent => ({
    object: { kind: 'Pod', name: 'x', uid: 'x' },
    type: 'Warning',
    reason,
    message,
    count: 1,
  })
  const inWords = (...given: Parameters<typeof podTrouble>): string | undefined => {
    const trouble = podTrouble(...given)
    return trouble === undefined ? undefined : troubleInWords(trouble)
  }

  it.each([
    [
      'pull access denied, repository does not exist or may require authorization',
      'the image does not exist, or needs a pull secret',
    ],
    ['failed to authorize: 401 Unauthorized', 'the registry refuses the credentials'],
    ['dial tcp: lookup registry.example on 10.43.0.10:53: no such host', 'the name of the registry cannot be resolved'],
    [
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
      'the certificate of the registry is not trusted',
    ],
    ['no match for platform in manifest: not found', 'the image has no build for the platform of the node'],
    ['manifest unknown', 'registry says not found'],
    ['toomanyrequests: You have reached your pull rate limit', 'the registry limits pulls'],
    ['dial tcp 10.0.0.9:443: i/o timeout', 'the registry cannot be reached'],
  ])('understands «%s»', (message, words) => {
    expect(inWords(waiting('ErrImagePull', message))).toBe(`ErrImagePull, ${words}`)
  })

  it('takes the reason from an event where the status says none', () => {
    const old = waiting('ImagePullBackOff', 'Back-off pulling image "cart:9"')
    expect(inWords(old)).toBe('ImagePullBackOff')
    expect(inWords(old, [warning('Failed', notFound)])).toBe('ImagePullBackOff, registry says not found')
    const creating = waiting('ContainerCreating')
    expect(inWords(creating)).toBeUndefined()
    expect(inWords(creating, [warning('FailedMount', 'secret "tls" not found')])).toBe(
      'ContainerCreating, secret "tls" not found',
    )
  })

  it('tells what cannot be scheduled, killed, ended and not ready apart', () => {
    const message = '0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available.'
    const pending = pod([], {
      phase: 'Pending',
      conditions: [condition('PodScheduled', 'False', 'Unschedulable', message)],
    })
    expect(inWords(pending)).toBe('Unschedulable, 0/3 nodes are available: 3 Insufficient cpu')
    expect(podProblem(pending)).toBe(`cannot be scheduled: ${message}`)
    const killed = pod([
      { state: { running: {} }, restartCount: 1, lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } },
    ])
    expect(inWords(killed)).toBe('OOMKilled, ended with OOMKilled, exit code 137')
    expect(podProblem(killed)).toBe('web: out of memory (OOMKilled)')
    expect(inWords(pod([{ state: { terminated: { reason: 'Error', exitCode: 2 } } }]))).toBe(
      'Error, ended with exit code 2',
    )
    const two = pod([
      { name: 'proxy', ready: true, state: { running: {} } },
      { state: { terminated: { exitCode: 2 } } },
    ])
    expect(inWords(two)).toBe('Error, container web ended with exit code 2')
    const unready = pod([{ state: { running: {} } }], {
      conditions: [condition('Ready', 'False', 'ContainersNotReady', 'containers with unready status: [web]')],
    })
    expect(podTrouble(unready)).toMatchObject({ reason: 'NotReady', severity: 'waiting' })
    expect(podProblem(unready)).toBeUndefined()
    expect(
      inWords(unready, [warning('Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503')]),
    ).toBe('NotReady, Readiness probe failed: HTTP probe failed with statuscode: 503')
    expect(
      inWords(pod([], { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' })),
    ).toBe('Evicted, The node was low on resource: memory.')
    expect(inWords(running())).toBeUndefined()
  })
})

describe('a pod in the status of its workload', () => {
  it('counts while it lives, with restarts and trouble, and its events say more', () => {
    const crashing = waiting('CrashLoopBackOff', '', { restartCount: 7 })
    expect(podState(crashing)).toMatchObject({
      isOver: false,
      isReady: false,
      restarts: 7,
      trouble: { reason: 'CrashLoopBackOff' },
    })
    expect(podState(running())).toMatchObject({ isOver: false, isReady: true, restarts: 0, trouble: undefined })
    expect(podState(pod([], { phase: 'Failed', reason: 'Evicted' }))).toMatchObject({
      isOver: true,
      trouble: undefined,
    })
    expect(podState(pod([{}], {}, { deletionTimestamp: '2026-11-24T10:00:00Z' })).isOver).toBe(true)
    const [creating, other] = [waiting('ContainerCreating'), waiting('ContainerCreating')]
    const event: ClusterEvent = {
      object: { kind: 'Pod', name: '', uid: creating.metadata.uid ?? '' },
      type: 'Warning',
      reason: 'FailedMount',
      message: 'secret "tls" not found',
      count: 1,
    }
    expect(podStates([creating, other], [event]).map(({ trouble }) => trouble?.words)).toEqual([
      'secret "tls" not found',
      undefined,
    ])
  })
})

describe('a pod whose kubelet gives the reason only now and then', () => {
  const between = podState(waiting('ImagePullBackOff', 'Back-off pulling image "cart:9"'))
  const words = (before: KubernetesObject | undefined, now = between) =>
    withEarlierReason(now, () => (before === undefined ? undefined : podState(before))).trouble?.words

  it('keeps it between two tries, as long as it is the same trouble', () => {
    const trying = waiting('ErrImagePull', notFound)
    expect(words(trying)).toBe('registry says not found')
    expect(words(undefined)).toBeUndefined()
    expect(words(running())).toBeUndefined()
    expect(words(waiting('ErrImagePull', notFound, { name: 'proxy' }))).toBeUndefined()
    expect(words(waiting('CrashLoopBackOff', '', { lastState: { terminated: { exitCode: 1 } } }))).toBeUndefined()
    expect(words(trying, podState(waiting('CrashLoopBackOff')))).toBeUndefined()
    expect(words(trying, podState(waiting('ImagePullBackOff', 'unauthorized')))).toBe(
      'the registry refuses the credentials',
    )
  })
})

describe('a pod in a list', () => {
  it('has the status that kubectl shows', () => {
    expect(podSummary(running()).status).toBe('Running')
    expect(podSummary(waiting('CrashLoopBackOff')).status).toBe('CrashLoopBackOff')
    expect(podSummary(pod([{ state: { terminated: { exitCode: 3 } } }])).status).toBe('ExitCode:3')
    expect(podSummary(pod([], { phase: 'Failed', reason: 'Evicted' })).status).toBe('Evicted')
    expect(podSummary(pod([{ ready: true, state: { running: {} } }], {}, { deletionTimestamp: 'now' })).status).toBe(
      'Terminating',
    )
    const init = (state: JsonObject) => ({
      ...pod([{ state: { waiting: { reason: 'PodInitializing' } } }], {
        phase: 'Pending',
        initContainerStatuses: [{ name: 'migrate', state }],
      }),
      spec: { initContainers: [{ name: 'migrate' }], containers: [{ name: 'web' }] },
    })
    expect(podSummary(init({ running: {} })).status).toBe('Init:0/1')
    expect(podSummary(init({ waiting: { reason: 'ImagePullBackOff' } })).status).toBe('Init:ImagePullBackOff')
    expect(podSummary(init({ terminated: { exitCode: 0 } })).status).toBe('PodInitializing')
  })

  it('counts what is ready, restarts, and how it ended last', () => {
    const ended = { terminated: { reason: 'OOMKilled', exitCode: 137, finishedAt: '2026-11-24T10:00:00Z' } }
    const two = pod([
      { name: 'web', ready: true, state: { running: {} }, restartCount: 2, lastState: ended },
      { name: 'proxy', ready: false, state: { running: {} }, restartCount: 1 },
    ])
    expect(podSummary(two)).toMatchObject({
      ready: 1,
      total: 2,
      restarts: 3,
      lastRestartAt: '2026-11-24T10:00:00Z',
      lastTermination: { container: 'web', reason: 'OOMKilled', exitCode: 137 },
      node: 'node-1',
      containers: [
        { name: 'web', hasPrevious: true },
        { name: 'proxy', hasPrevious: false },
      ],
    })
  })
})

describe('events', () => {
  const event = (name: string, message: string, lastTimestamp: string, count = 1): KubernetesObject => ({
    kind: 'Event',
    metadata: { name: 'e', uid: message },
    involvedObject: { kind: 'Pod', name, uid: name },
    type: 'Warning',
    reason: 'BackOff',
    message,
    count,
    firstTimestamp: lastTimestamp,
    lastTimestamp,
  })

  it('are merged when they say the same, newest first', () => {
    const merged = mergeEvents(
      [
        event('a', 'x', '2026-11-24T10:00:00Z', 3),
        event('b', 'x', '2026-11-24T10:02:00Z'),
        event('a', 'x', '2026-11-24T10:01:00Z', 2),
      ].map(readEvent),
    )
    expect(merged).toMatchObject([
      { object: { name: 'b' }, count: 1 },
      { object: { name: 'a' }, count: 5, firstAt: '2026-11-24T10:00:00Z', lastAt: '2026-11-24T10:01:00Z' },
    ])
  })

  it('are read in their new form', () => {
    const read = readEvent({
      kind: 'Event',
      metadata: { name: 'e' },
      eventTime: '2026-11-24T10:00:00.000000Z',
      lastTimestamp: null,
      count: null,
      series: { count: 4, lastObservedTime: '2026-11-24T10:05:00.000000Z' },
      reportingComponent: 'default-scheduler',
    })
    expect(read).toMatchObject({ count: 4, lastAt: '2026-11-24T10:05:00.000000Z', source: 'default-scheduler' })
  })

  it('tell of a workload, its ReplicaSets and its pods, gone ones too, and of no neighbour', () => {
    const of = (kind: string, name: string, uid = ''): ClusterEvent => ({
      object: { kind, name, uid },
      type: 'Normal',
      reason: '',
      message: '',
      count: 1,
    })
    const tells = tellsOf({ kind: 'Deployment', name: 'cart' }, new Set(['known']))
    expect(tells(of('Deployment', 'cart'))).toBe(true)
    expect(tells(of('ReplicaSet', 'cart-6d8f9c7b5'))).toBe(true)
    expect(tells(of('Pod', 'cart-6d8f9c7b5-x7bqz'))).toBe(true)
    expect(tells(of('Pod', 'anything', 'known'))).toBe(true)
    expect(tells(of('Pod', 'cart-worker-6d8f9c7b5-x7bqz'))).toBe(false)
    expect(tells(of('Deployment', 'cart-worker'))).toBe(false)
    expect(tellsOf({ kind: 'StatefulSet', name: 'db' }, new Set())(of('Pod', 'db-11'))).toBe(true)
    const long = 'recommendation-engine-with-seasonal-ranking-and-more-words-in-it'
    expect(tellsOf({ kind: 'Deployment', name: long }, new Set())(of('Pod', `${long.slice(0, 58)}x7bqz`))).toBe(true)
  })
})
