import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { canonicalImage, defaultPullPolicy } from './image.ts'
import {
  isObject,
  isWorkloadKind,
  type Json,
  type JsonObject,
  type KubernetesObject,
  objectsIn,
  valueAt,
} from './kubernetes-object.ts'
import { canonicalQuantity } from './quantity.ts'
import { elementKey, podSpecOf, templatePath } from './workload-layout.ts'

/** What is compared: no cluster-owned field, defaults dropped, keyed lists as maps. Digests are made of this. */
export type Normalized = JsonObject

export interface NormalizeOptions {
  /** Keyed digest of one Secret value; decoded bytes. Needed for Secrets. */
  readonly secretDigest?: ((key: string, value: Buffer) => string) | undefined
}

type Loose = Readonly<Record<string, unknown>>

/** Annotations that clusters, kubectl, Rancher and delivery tools write; they say nothing about the application. */
const foreignAnnotations =
  /^(kubectl\.kubernetes\.io\/|deployment\.kubernetes\.io\/|deprecated\.daemonset\.template\.generation|control-plane\.alpha\.kubernetes\.io\/|autoscaling\.alpha\.kubernetes\.io\/|field\.cattle\.io\/|cattle\.io\/|lifecycle\.cattle\.io\/|authz\.(cluster|management)\.cattle\.io\/|management\.cattle\.io\/|objectset\.rio\.cattle\.io\/|meta\.helm\.sh\/|argocd\.argoproj\.io\/|kustomize\.toolkit\.fluxcd\.io\/|helm\.toolkit\.fluxcd\.io\/|reconcile\.external-secrets\.io\/)/
const foreignLabels =
  /^(pod-template-hash|controller-revision-hash|controller-uid|job-name|batch\.kubernetes\.io\/(controller-uid|job-name)|objectset\.rio\.cattle\.io\/hash|kustomize\.toolkit\.fluxcd\.io\/.*|helm\.toolkit\.fluxcd\.io\/.*|argocd\.argoproj\.io\/.*|pod-template-generation)$/

const drop = (map: unknown, foreign: RegExp): Loose =>
  isObject(map) ? Object.fromEntries(Object.entries(map).filter(([key]) => !foreign.test(key))) : {}

/** Empty and null mean absent; an empty `emptyDir` means something. */
const prune = (value: unknown, key = ''): Json | undefined => {
  if (value === null || value === undefined) return undefined
  if (Array.isArray(value)) {
    const items = value.map((item) => prune(item) ?? null)
    return items.length === 0 ? undefined : items
  }
  if (!isObject(value)) return value as Json
  const entries: (readonly [string, Json])[] = []
  for (const inner of Object.keys(value)) {
    const pruned = prune(value[inner], inner)
    if (pruned !== undefined) entries.push([inner, pruned])
  }
  if (entries.length === 0 && key !== 'emptyDir') return undefined
  return Object.fromEntries(entries)
}

const isSame = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === 'object' && canonicalize(a) === canonicalize(b))

/** Leaves out fields whose value is the API server's default. */
const without = (object: unknown, defaults: Loose): Loose => {
  if (!isObject(object)) return {}
  const kept: [string, unknown][] = []
  for (const key of Object.keys(object)) {
    const value = object[key]
    if (!(key in defaults && isSame(value, defaults[key]))) kept.push([key, value])
  }
  return Object.fromEntries(kept)
}

const byKey = (list: string, elements: unknown, normalizeOne: (element: Loose) => Loose): Loose =>
  Object.fromEntries(objectsIn(elements).map((element) => [elementKey(list, element), normalizeOne(element)]))

const probeDefaults = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }
const probe = (value: unknown): Loose | undefined => {
  if (!isObject(value)) return undefined
  const trimmed = without(value, probeDefaults)
  const withHttp = isObject(trimmed['httpGet'])
    ? { ...trimmed, httpGet: without(trimmed['httpGet'], { scheme: 'HTTP' }) }
    : trimmed
  return isObject(withHttp['grpc']) ? { ...withHttp, grpc: without(withHttp['grpc'], { service: '' }) } : withHttp
}

const quantities = (value: unknown): Loose =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, canonicalQuantity(String(each))]))
    : {}

const environment = (element: Loose): Loose => {
  const { name: _, value, valueFrom } = element
  if (!isObject(valueFrom)) return { value: value ?? '' }
  const field = valueFrom['fieldRef']
  return { valueFrom: isObject(field) ? { ...valueFrom, fieldRef: without(field, { apiVersion: 'v1' }) } : valueFrom }
}

/** Order of variables matters only where one refers to another: `$(NAME)`. */
const environmentOrder = (list: unknown): Json | undefined => {
  const elements = objectsIn(list)
  const refers = elements.some(({ value }) => typeof value === 'string' && value.includes('$('))
  return refers ? elements.map(({ name }) => String(name)) : undefined
}

const container = (element: Loose): Loose => {
  const image = String(element['image'] ?? '')
  const {
    name: _,
    env,
    ports,
    volumeMounts,
    volumeDevices,
    resources,
    ...rest
  } = without(element, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: defaultPullPolicy(image),
  })
  return {
    ...rest,
    image: canonicalImage(image),
    env: byKey('env', env, environment),
    envOrder: environmentOrder(env),
    ports: byKey('ports', ports, (port) => without(port, { protocol: 'TCP' })),
    volumeMounts: byKey('volumeMounts', volumeMounts, (mount) =>
      without(mount, { readOnly: false, recursiveReadOnly: 'Disabled' }),
    ),
    volumeDevices: byKey('volumeDevices', volumeDevices, (device) => device),
    resources: {
      limits: quantities(valueAt(resources, 'limits')),
      requests: quantities(valueAt(resources, 'requests')),
      claims: valueAt(resources, 'claims'),
    },
    livenessProbe: probe(rest['livenessProbe']),
    readinessProbe: probe(rest['readinessProbe']),
    startupProbe: probe(rest['startupProbe']),
  }
}

const volume = ({ name: _, ...rest }: Loose): Loose =>
  Object.fromEntries(
    Object.entries(rest).map(([source, value]) => [
      source,
      isObject(value) ? without(value, { defaultMode: 420, ...(source === 'hostPath' ? { type: '' } : {}) }) : value,
    ]),
  )

const podDefaults = {
  restartPolicy: 'Always',
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
  terminationGracePeriodSeconds: 30,
  enableServiceLinks: true,
  serviceAccountName: 'default',
  hostNetwork: false,
  hostPID: false,
  hostIPC: false,
  automountServiceAccountToken: true,
}

const pod = (spec: Loose): { readonly containers: Loose; readonly initContainers: Loose; readonly pod: Loose } => {
  // `serviceAccount` is the old name of `serviceAccountName`, filled in by the server.
  const {
    containers,
    initContainers,
    volumes,
    imagePullSecrets,
    serviceAccount: _,
    ...rest
  } = without(spec, podDefaults)
  const order = objectsIn(initContainers).map(({ name }) => String(name))
  return {
    containers: byKey('containers', containers, container),
    initContainers: byKey('initContainers', initContainers, container),
    pod: {
      ...rest,
      volumes: byKey('volumes', volumes, volume),
      imagePullSecrets: byKey('imagePullSecrets', imagePullSecrets, () => ({ use: true })),
      initContainerOrder: order.length > 1 ? order : undefined,
    },
  }
}

const specDefaults: Readonly<Record<string, Loose>> = {
  Deployment: {
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    paused: false,
    minReadySeconds: 0,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
  },
  StatefulSet: {
    revisionHistoryLimit: 10,
    podManagementPolicy: 'OrderedReady',
    minReadySeconds: 0,
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    serviceName: '',
  },
  DaemonSet: {
    revisionHistoryLimit: 10,
    minReadySeconds: 0,
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
  },
  CronJob: { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 },
}

const claimTemplate = (claim: Loose): Loose => ({
  name: valueAt(claim, 'metadata', 'name'),
  spec: without(valueAt(claim, 'spec'), { volumeMode: 'Filesystem' }),
})

const workload = (object: KubernetesObject): Loose => {
  const spec = isObject(object['spec']) ? object['spec'] : {}
  const {
    template: _,
    jobTemplate,
    volumeClaimTemplates,
    replicas,
    ...rest
  } = without(spec, specDefaults[object.kind] ?? {})
  const template = valueAt(object, ...templatePath(object.kind))
  const job = valueAt(jobTemplate, 'spec')
  const { template: __, ...jobRest } = isObject(job) ? job : {}
  return {
    ...rest,
    ...(object.kind === 'Deployment' || object.kind === 'StatefulSet' ? { replicas: replicas ?? 1 } : {}),
    volumeClaimTemplates: objectsIn(volumeClaimTemplates).map(claimTemplate),
    job: without(jobRest, {
      backoffLimit: 6,
      completions: 1,
      parallelism: 1,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
    }),
    template: {
      labels: drop(valueAt(template, 'metadata', 'labels'), foreignLabels),
      annotations: drop(valueAt(template, 'metadata', 'annotations'), foreignAnnotations),
    },
    ...pod(podSpecOf(object)),
  }
}

const secret = (object: KubernetesObject, options: NormalizeOptions): Loose => {
  const digest = options.secretDigest
  if (digest === undefined) throw new Error('A Secret cannot be normalized without a keyed digest')
  const data = isObject(object['data']) ? object['data'] : {}
  return {
    type: object['type'] === 'Opaque' ? undefined : object['type'],
    immutable: object['immutable'] === true ? true : undefined,
    data: Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, digest(key, Buffer.from(String(value), 'base64'))]),
    ),
  }
}

const configMap = (object: KubernetesObject): Loose => ({
  data: object['data'],
  binaryData: object['binaryData'],
  immutable: object['immutable'] === true ? true : undefined,
})

/** Text maps keep empty values: a key with an empty value is a key. */
const keepEmpty = (value: unknown): Json | undefined =>
  isObject(value) && Object.keys(value).length > 0
    ? (Object.fromEntries(Object.entries(value)) as JsonObject)
    : undefined

/** Canonical form of an object: what is compared, and what digests are made of. Secret values are not in it. */
export const normalize = (object: KubernetesObject, options: NormalizeOptions = {}): Normalized => {
  const content = isWorkloadKind(object.kind)
    ? workload(object)
    : object.kind === 'Secret'
      ? secret(object, options)
      : configMap(object)
  const pruned = prune({
    kind: object.kind,
    ...content,
    labels: drop(object.metadata.labels, foreignLabels),
    annotations: drop(object.metadata.annotations, foreignAnnotations),
  })
  const base = isObject(pruned) ? (pruned as JsonObject) : {}
  const data = isWorkloadKind(object.kind) ? undefined : keepEmpty(content['data'])
  return data === undefined ? base : { ...base, data }
}

/** Digest of normalized content: SHA-256 over its RFC 8785 form. */
export const digestOf = (normalized: Normalized): string =>
  `sha256:${hash('sha256', canonicalize(normalized) ?? '', 'hex')}`

/** Digest of one ConfigMap or Secret value, for lists of keys. Secret values are keyed digests already. */
const keyDigest = (value: Json): string => hash('sha256', String(value), 'buffer').toString('hex', 0, 16)

export interface ObjectContentSummary {
  readonly images: Record<string, string>
  readonly replicas?: number | undefined
  readonly keys: Record<string, string>
}

/** What lists show of an object. `images` are as written in the object, not canonical. */
export const summaryOf = (object: KubernetesObject, normalized: Normalized): ObjectContentSummary => {
  const spec = podSpecOf(object)
  const imagesOf = (list: string, prefix: string) =>
    objectsIn(spec[list]).map(({ name, image }) => [`${prefix}${String(name)}`, String(image ?? '')] as const)
  const replicas = normalized['replicas']
  const entries = (field: string) =>
    Object.entries(isObject(normalized[field]) ? (normalized[field] as JsonObject) : {})
  const keys = isWorkloadKind(object.kind)
    ? []
    : [...entries('data'), ...entries('binaryData')].map(([key, value]) => [key, keyDigest(value)] as const)
  return {
    images: Object.fromEntries([...imagesOf('containers', ''), ...imagesOf('initContainers', 'init:')]),
    ...(typeof replicas === 'number' ? { replicas } : {}),
    keys: Object.fromEntries(keys),
  }
}
