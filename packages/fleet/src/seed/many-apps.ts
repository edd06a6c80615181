import { randomUUID } from 'node:crypto'
import { Cluster } from '../api/cluster.ts'
import type { KubeMeta, KubeObject, Tree } from '../api/kube-object.ts'
import { resourceOfKind } from '../api/resources.ts'
import { podStatus } from '../controllers/pods.ts'
import { generatedName } from '../controllers/safe-names.ts'
import { makeNamespace } from './seed-cluster.ts'

/** What one namespace is filled with. */
export interface ManyApps {
  readonly namespace: string
  /** Names of workloads begin with it; the same one in several clusters is the same application. */
  readonly application: string
  readonly workloads: number
  /** Pods of each workload. */
  readonly pods: number
  /** Every tenth workload has the next version. */
  readonly isAhead: boolean
}

const variables = ['LOG_LEVEL', 'HTTP_PORT', 'DATABASE_URL', 'CACHE_URL', 'QUEUE_URL', 'TRACE_URL', 'REGION', 'ZONE']

const podSpec = (name: string, image: string): Tree => ({
  containers: [
    {
      name: 'app',
      image,
      env: [
        ...variables.map((each) => ({ name: each, value: `${each.toLowerCase()}-of-${name}` })),
        { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: `${name}-secret`, key: 'password' } } },
      ],
      envFrom: [{ configMapRef: { name: `${name}-config` } }],
      ports: [{ name: 'http', containerPort: 8080 }],
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
      readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
      livenessProbe: { httpGet: { path: '/live', port: 'http' }, initialDelaySeconds: 20 },
      volumeMounts: [{ name: 'config', mountPath: '/etc/app' }],
    },
  ],
  volumes: [{ name: 'config', configMap: { name: `${name}-config` } }],
  serviceAccountName: name,
})

const head = (apiVersion: string, kind: string, metadata: KubeMeta): KubeObject => ({ apiVersion, kind, metadata })
const done = (type: string, reason: string): Tree => ({
  type,
  status: 'True',
  reason,
  message: `${reason} of the seed`,
})

/** A Deployment that is rolled out, with its ReplicaSet, pods, ConfigMap and Secret. */
const appOf = (name: string, image: string, pods: number): KubeObject[] => {
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'seed', app: name }
  const spec = podSpec(name, image)
  const counts = { replicas: pods, readyReplicas: pods, availableReplicas: pods, observedGeneration: 1 }
  const uids = { deployment: randomUUID(), set: randomUUID() }
  const hash = 'a1b2c3d4e5'
  const podLabels = { ...labels, 'pod-template-hash': hash }
  const owner = (kind: string, of: string, uid: string) => ({
    ownerReferences: [{ apiVersion: 'apps/v1', kind, name: of, uid, controller: true }],
  })
  const annotations = { 'deployment.kubernetes.io/revision': '1' }
  const deployment = {
    ...head('apps/v1', 'Deployment', { name, labels, annotations, uid: uids.deployment }),
    spec: { replicas: pods, selector: { matchLabels: { app: name } }, template: { metadata: { labels }, spec } },
    status: {
      ...counts,
      updatedReplicas: pods,
      conditions: [done('Available', 'MinimumReplicasAvailable'), done('Progressing', 'NewReplicaSetAvailable')],
    },
  }
  const set = `${name}-${hash}`
  const replicaSet = {
    ...head('apps/v1', 'ReplicaSet', {
      name: set,
      labels: podLabels,
      annotations,
      uid: uids.set,
      ...owner('Deployment', name, uids.deployment),
    }),
    spec: { replicas: pods, selector: { matchLabels: podLabels }, template: { metadata: { labels: podLabels }, spec } },
    status: counts,
  }
  const made = Array.from({ length: pods }, (): KubeObject => {
    const metadata = { name: generatedName(set), labels: podLabels, ...owner('ReplicaSet', set, uids.set) }
    const pod = { ...head('v1', 'Pod', metadata), spec: { ...spec, nodeName: 'node-1' } }
    return { ...pod, status: podStatus(pod, true) }
  })
  const settings = Object.fromEntries(variables.map((each) => [`${each.toLowerCase()}.conf`, `${each} = ${name}`]))
  return [
    deployment,
    replicaSet,
    ...made,
    { ...head('v1', 'ConfigMap', { name: `${name}-config`, labels }), data: settings },
    {
      ...head('v1', 'Secret', { name: `${name}-secret`, labels }),
      type: 'Opaque',
      data: { password: Buffer.from(`password-of-${name}`).toString('base64') },
    },
  ]
}

/** Objects as the API server would hold them; who owns which field is taken from one that really was made. */
const stored = (objects: readonly KubeObject[], namespace: string, patterns: ReadonlyMap<string, KubeObject>) =>
  objects.map(
    (object): KubeObject => ({
      ...object,
      metadata: {
        uid: randomUUID(),
        ...object.metadata,
        namespace,
        generation: 1,
        creationTimestamp: '2026-01-01T00:00:00Z',
        managedFields: patterns.get(object.kind)?.metadata.managedFields ?? [],
      },
    }),
  )

/** Fills a namespace with applications that run well, without the time that making each of them takes. */
export const seedManyApps = (cluster: Cluster, apps: ManyApps): void => {
  const { namespace, application, workloads, pods, isAhead } = apps
  makeNamespace(cluster, namespace)
  // One of each is really made, elsewhere: with defaults, and with everything that stands in its metadata.
  const workshop = new Cluster('workshop')
  makeNamespace(workshop, namespace)
  const patterns = new Map<string, KubeObject>()
  for (const object of appOf('pattern', 'registry.example/pattern:1', 1))
    patterns.set(object.kind, workshop.create(resourceOfKind(object.kind), namespace, object, { manager: 'helm' }))
  for (let index = 0; index < workloads; index += 1) {
    const name = `${application}-${String(index).padStart(5, '0')}`
    const version = isAhead && index % 10 === 0 ? '1.5.0' : '1.4.2'
    cluster.put(stored(appOf(name, `registry.example/${application}/${name}:${version}`, pods), namespace, patterns))
  }
}
