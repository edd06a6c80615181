import { childAt, isTree, type KubeObject, type Tree, valueAt } from './kube-object.ts'

const fill = (tree: Tree, defaults: Tree): void => {
  for (const [key, value] of Object.entries(defaults)) if (tree[key] === undefined) tree[key] = structuredClone(value)
}
const trees = (value: unknown): Tree[] => (Array.isArray(value) ? value.filter(isTree) : [])

const fillContainer = (container: Tree): void => {
  const image = String(container['image'] ?? '')
  const tag = /:([^:/@]+)(@|$)/.exec(image)?.[1]
  const pull = image.includes('@') || (tag !== undefined && tag !== 'latest') ? 'IfNotPresent' : 'Always'
  fill(container, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pull,
    resources: {},
  })
  for (const port of trees(container['ports'])) fill(port, { protocol: 'TCP' })
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[name]
    if (!isTree(probe)) continue
    fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 })
    if (isTree(probe['httpGet'])) fill(probe['httpGet'], { path: '/', scheme: 'HTTP' })
    if (isTree(probe['grpc'])) fill(probe['grpc'], { service: '' })
  }
  for (const variable of trees(container['env'])) {
    const ref = valueAt(variable, 'valueFrom', 'fieldRef')
    if (isTree(ref)) fill(ref, { apiVersion: 'v1' })
  }
}

/** Fills in what the real API server fills in for a pod spec. */
export const fillPodSpec = (spec: Tree, restartPolicy = 'Always'): void => {
  fill(spec, {
    restartPolicy,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    terminationGracePeriodSeconds: 30,
    securityContext: {},
  })
  if (typeof spec['serviceAccountName'] === 'string') spec['serviceAccount'] = spec['serviceAccountName']
  for (const list of ['containers', 'initContainers'])
    for (const container of trees(spec[list])) fillContainer(container)
  for (const volume of trees(spec['volumes'])) {
    for (const source of ['configMap', 'secret', 'projected', 'downwardAPI'])
      if (isTree(volume[source])) fill(volume[source], { defaultMode: 420 })
  }
}

const specDefaults: Readonly<Record<string, Tree>> = {
  Deployment: {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
  },
  StatefulSet: {
    replicas: 1,
    revisionHistoryLimit: 10,
    podManagementPolicy: 'OrderedReady',
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
  },
  DaemonSet: {
    revisionHistoryLimit: 10,
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
  },
  CronJob: { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 },
}

/** Fills in defaults, in place. */
export const fillDefaults = (object: KubeObject): void => {
  const defaults = specDefaults[object.kind]
  if (defaults !== undefined) {
    const spec = childAt(object, 'spec')
    fill(spec, defaults)
    const template =
      object.kind === 'CronJob'
        ? childAt(childAt(childAt(spec, 'jobTemplate'), 'spec'), 'template')
        : childAt(spec, 'template')
    fillPodSpec(childAt(template, 'spec'))
  }
  if (object.kind === 'Secret') {
    fill(object, { type: 'Opaque' })
    const texts = object['stringData']
    if (isTree(texts)) {
      const data = childAt(object, 'data')
      for (const [key, value] of Object.entries(texts)) data[key] = Buffer.from(String(value)).toString('base64')
      delete object['stringData']
    }
  }
  if (object.kind === 'Namespace') {
    fill(object, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } })
    object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name }
  }
}
