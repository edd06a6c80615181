import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import type { WatchedKind } from '../connection/kube-api.ts'
import { createKeyring } from '../credentials/keyring.ts'
import { startInstanceInventory } from '../inventory/instance-inventory.ts'
import type { WatchSink } from '../inventory/watch-sink.ts'

const FEW = 100
const MANY = 50_000
const CHANGES = 5_000
const ROUNDS = 7
const BAR = 1.2

/** As large as the one that a controller and a kubelet leave behind; nobody looks at it, and everybody reads it. */
const managedFields = ['kube-controller-manager', 'kubelet'].map((manager) => ({
  manager,
  operation: 'Update',
  apiVersion: 'v1',
  time: '2026-01-01T00:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1: {
    'f:spec': Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`f:field-of-${manager}-${index}`, {}])),
  },
}))

const owner = (kind: string, uid: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name: uid, uid, controller: true }],
})
const nameOf = (index: number): string => `service-${String(index).padStart(6, '0')}`

/** A container as most are: with variables, probes, mounts and limits. */
const containerOf = (name: string, image: string) => ({
  name: 'app',
  image,
  env: Array.from({ length: 10 }, (_, each) => ({ name: `VARIABLE_${each}`, value: `${name}-${each}` })),
  ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
  readinessProbe: { httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' }, periodSeconds: 5, timeoutSeconds: 1 },
  livenessProbe: { httpGet: { path: '/live', port: 'http', scheme: 'HTTP' }, periodSeconds: 10, timeoutSeconds: 1 },
  volumeMounts: [{ name: 'config', mountPath: '/etc/app' }],
})
const condition = (type: string) => ({ type, status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' })

const deployment = (index: number, image: string): KubernetesObject => {
  const name = nameOf(index)
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, uid: `d-${index}`, generation: 1, labels: { app: name }, managedFields },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [containerOf(name, image)] } },
    },
    status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
  }
}
const replicaSet = (index: number): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: `${nameOf(index)}-1`, uid: `s-${index}`, ...owner('Deployment', `d-${index}`) },
})
const pod = (index: number, number: number, restartCount: number): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `${nameOf(index)}-${number}`,
    uid: `p-${index}-${number}`,
    managedFields,
    ...owner('ReplicaSet', `s-${index}`),
  },
  spec: {
    nodeName: 'node-1',
    containers: [containerOf(nameOf(index), 'app:1')],
    volumes: [{ name: 'config', configMap: { name: 'config', defaultMode: 420 } }],
  },
  status: {
    phase: 'Running',
    conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(condition),
    containerStatuses: [{ name: 'app', ready: true, restartCount, state: { running: {} } }],
  },
})

/** An inventory with so many workloads, two pods each, that somebody observes. */
const fill = async (workloads: number) => {
  const keyring = createKeyring({ masterKey: new Uint8Array(32), store: openMemoryEventStore(), now: () => new Date() })
  const sinks = new Map<WatchedKind, WatchSink>()
  const inventory = startInstanceInventory({
    watch: async (kind, sink) => void sinks.set(kind, sink),
    keys: await keyring.of('bench'),
    now: Date.now,
    runId: 'bench',
    onChanged: () => {},
    onDefect: (error) => {
      throw error
    },
  })
  const sinkOf = (kind: WatchedKind): WatchSink => {
    const sink = sinks.get(kind)
    if (sink === undefined) throw new Error(`Nobody watches ${kind}`)
    return sink
  }
  const all = Array.from({ length: workloads }, (_, index) => index)
  sinkOf('Deployment').replace(all.map((index) => deployment(index, 'app:1')))
  sinkOf('ReplicaSet').replace(all.map(replicaSet))
  sinkOf('Job').replace([])
  sinkOf('Pod').replace(all.flatMap((index) => [pod(index, 0, 0), pod(index, 1, 0)]))
  let told = 0
  inventory.observe(() => {
    told += 1
  })
  return { inventory, workloads: sinkOf('Deployment'), pods: sinkOf('Pod'), size: workloads, told: () => told }
}
type Filled = Awaited<ReturnType<typeof fill>>

/** Microseconds for one change of a workload or of a pod, from the line of its watch until observers are told. */
const costOf = (of: 'workload' | 'pod', { workloads, pods, size, told }: Filled, round: number): number => {
  const changes = Array.from({ length: CHANGES }, (_, each) => {
    const index = (each * 7919) % size
    const changed =
      of === 'workload' ? deployment(index, `app:${round}.${each}`) : pod(index, each % 2, round * CHANGES + each)
    return JSON.stringify(changed)
  })
  const sink = of === 'workload' ? workloads : pods
  const before = told()
  const begun = performance.now()
  for (const change of changes) sink.upsert(JSON.parse(change) as KubernetesObject)
  const cost = ((performance.now() - begun) * 1000) / CHANGES
  if (told() - before !== CHANGES) throw new Error(`${told() - before} of ${CHANGES} changes were told`)
  return cost
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/**
 * One change, from the line of its watch through the sink of an inventory, at 100 and at 50,000 workloads with two pods
 * each: a workload with another image, and a pod that was restarted. Both sizes take turns; the median of the rounds counts.
 */
export const run = async () => {
  const [few, many] = [await fill(FEW), await fill(MANY)]
  const results = (['workload', 'pod'] as const).map((of) => {
    const times = { few: [] as number[], many: [] as number[] }
    for (let round = 0; round <= ROUNDS; round += 1) {
      const [a, b] = [costOf(of, few, round + 1), costOf(of, many, round + 1)]
      // The first round warms up.
      if (round > 0) times.few.push(a)
      if (round > 0) times.many.push(b)
    }
    const [small, large] = [median(times.few), median(times.many)]
    const ratio = large / small
    return {
      name: `cost-of-one-change: ${of}`,
      value: large,
      unit: `µs at ${MANY} workloads`,
      against: { what: `the same at ${FEW}, µs`, value: small },
      ratio,
      bar: BAR,
      met: ratio <= BAR,
    }
  })
  await few.inventory[Symbol.asyncDispose]()
  await many.inventory[Symbol.asyncDispose]()
  return results
}
