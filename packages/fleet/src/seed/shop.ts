import type { KubeObject } from '../api/kube-object.ts'

export type Stage = 'dev' | 'staging' | 'production'

interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'CronJob'
  readonly name: string
  /** Image tag by stage: releases arrive in dev first. */
  readonly tags: readonly [dev: string, staging: string, production: string]
  readonly port?: number
  readonly replicas?: readonly [number, number, number]
  readonly env?: Readonly<Record<string, string>>
  readonly config?: string
  readonly secret?: string
  readonly sidecar?: string
}

/** The Lantern shop: what runs, and how far each release has come. */
const workloads: readonly Workload[] = [
  {
    kind: 'Deployment',
    name: 'storefront',
    tags: ['2026.11.3', '2026.11.1', '2026.11.1'],
    port: 8080,
    replicas: [1, 2, 6],
    env: { LOG_LEVEL: 'info', CATALOG_URL: 'http://catalog:8080' },
    config: 'storefront-settings',
  },
  {
    kind: 'Deployment',
    name: 'catalog',
    tags: ['4.8.0', '4.8.0', '4.7.2'],
    port: 8080,
    replicas: [1, 2, 4],
    env: { SEARCH_URL: 'http://search:9200' },
    config: 'catalog-settings',
  },
  {
    kind: 'Deployment',
    name: 'cart',
    tags: ['1.15.0', '1.14.2', '1.14.2'],
    port: 7070,
    replicas: [1, 2, 4],
    env: { SESSION_TTL: '3600' },
    secret: 'cart-redis',
  },
  {
    kind: 'Deployment',
    name: 'checkout',
    tags: ['3.2.1', '3.2.0', '3.1.9'],
    port: 5050,
    replicas: [1, 2, 3],
    env: { CURRENCY: 'EUR', PAYMENTS_URL: 'http://payments:6060' },
    config: 'checkout-settings',
    sidecar: 'lantern/audit-forwarder:0.9.4',
  },
  {
    kind: 'Deployment',
    name: 'payments',
    tags: ['2.0.7', '2.0.7', '2.0.7'],
    port: 6060,
    replicas: [1, 2, 3],
    env: { PROVIDER: 'sandbox' },
    secret: 'payments-provider',
  },
  {
    kind: 'Deployment',
    name: 'recommendation-engine-with-seasonal-ranking',
    tags: ['0.42.0', '0.41.3', '0.40.0'],
    port: 8090,
    replicas: [1, 1, 3],
    env: { MODEL: 'winter' },
  },
  {
    kind: 'Deployment',
    name: 'mailer',
    tags: ['1.3.3', '1.3.3', '1.3.3'],
    replicas: [1, 1, 2],
    env: { SENDER: 'hello@lantern.example' },
    config: 'mail-templates',
    secret: 'mail-account',
  },
  {
    kind: 'Deployment',
    name: 'pricing',
    tags: ['5.0.0', '4.9.4', '4.9.4'],
    port: 8060,
    replicas: [1, 2, 4],
    config: 'pricing-rules',
  },
  { kind: 'Deployment', name: 'reviews', tags: ['2.2.0', '2.2.0', '2.1.8'], port: 8070, replicas: [1, 1, 2] },
  { kind: 'Deployment', name: 'image-resizer', tags: ['1.0.12', '1.0.12', '1.0.12'], port: 8085, replicas: [1, 1, 2] },
  { kind: 'StatefulSet', name: 'search', tags: ['9.1.2', '9.1.2', '9.1.1'], port: 9200, replicas: [1, 1, 3] },
  { kind: 'StatefulSet', name: 'order-queue', tags: ['3.13.7', '3.13.7', '3.13.7'], port: 5672, replicas: [1, 1, 3] },
  { kind: 'DaemonSet', name: 'log-shipper', tags: ['3.4.1', '3.4.1', '3.4.0'] },
  { kind: 'CronJob', name: 'nightly-reindex', tags: ['9.1.2', '9.1.2', '9.1.1'], env: { TARGET: 'search' } },
]

const configs: Readonly<
  Record<string, readonly [Record<string, string>, Record<string, string>, Record<string, string>]>
> = {
  'storefront-settings': [
    { theme: 'winter', banner: 'Free shipping until Sunday', 'features.json': '{"wishlist":true,"compare":true}' },
    { theme: 'autumn', banner: 'Free shipping until Sunday', 'features.json': '{"wishlist":true,"compare":false}' },
    { theme: 'autumn', banner: '', 'features.json': '{"wishlist":false,"compare":false}' },
  ],
  'catalog-settings': [
    { 'page-size': '48', cache: '60s' },
    { 'page-size': '48', cache: '60s' },
    { 'page-size': '48', cache: '300s' },
  ],
  'checkout-settings': [
    { 'terms-version': '12', 'guest-checkout': 'true' },
    { 'terms-version': '12', 'guest-checkout': 'true' },
    { 'terms-version': '11', 'guest-checkout': 'true' },
  ],
  'mail-templates': [
    { 'order.txt': 'Thank you for your order.', 'reset.txt': 'Reset your password.' },
    { 'order.txt': 'Thank you for your order.', 'reset.txt': 'Reset your password.' },
    { 'order.txt': 'Thank you for your order.', 'reset.txt': 'Reset your password.' },
  ],
  'pricing-rules': [
    { 'rules.yaml': 'rounding: 0.05\nvat: 20\n' },
    { 'rules.yaml': 'rounding: 0.01\nvat: 20\n' },
    { 'rules.yaml': 'rounding: 0.01\nvat: 20\n' },
  ],
}

const secrets: Readonly<Record<string, readonly string[]>> = {
  'cart-redis': ['password'],
  'payments-provider': ['api-key', 'webhook-secret'],
  'mail-account': ['user', 'password'],
}
const indexOf = (stage: Stage): 0 | 1 | 2 => ({ dev: 0, staging: 1, production: 2 })[stage] as 0 | 1 | 2
const base64 = (text: string): string => Buffer.from(text).toString('base64')

const podSpec = (workload: Workload, stage: Stage) => {
  const { name, port, env, config, secret, sidecar, tags } = workload
  const isDev = stage === 'dev'
  const variables = Object.entries({
    ...env,
    ...(name === 'checkout' && isDev ? { FAST_LANE: 'on' } : {}),
    ...(name === 'payments' && stage === 'production' ? { PROVIDER: 'live' } : {}),
  })
  const main = {
    name,
    image: `registry.lantern.example/shop/${name}:${tags[indexOf(stage)]}`,
    ...(port === undefined
      ? {}
      : {
          ports: [{ name: 'http', containerPort: port }],
          readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
        }),
    env: [
      ...variables.map(([key, value]) => ({ name: key, value })),
      ...(secret === undefined
        ? []
        : [{ name: 'CREDENTIAL', valueFrom: { secretKeyRef: { name: secret, key: secrets[secret]?.at(-1) ?? '' } } }]),
    ],
    ...(config === undefined ? {} : { envFrom: [{ configMapRef: { name: config } }] }),
    resources:
      stage === 'production'
        ? { requests: { cpu: '500m', memory: '512Mi' }, limits: { memory: '1Gi' } }
        : { requests: { cpu: '100m', memory: '128Mi' } },
  }
  return {
    containers: [
      main,
      ...(sidecar === undefined ? [] : [{ name: 'audit-forwarder', image: `registry.lantern.example/${sidecar}` }]),
    ],
  }
}

const toObject = (workload: Workload, stage: Stage): KubeObject => {
  const { kind, name } = workload
  const labels = { app: name, 'app.kubernetes.io/part-of': 'lantern-shop' }
  const template = { metadata: { labels }, spec: podSpec(workload, stage) }
  const metadata = { name, labels }
  const selector = { matchLabels: { app: name } }
  const replicas = workload.replicas?.[indexOf(stage)] ?? 1
  if (kind === 'CronJob') {
    const jobSpec = { template: { ...template, spec: { ...template.spec, restartPolicy: 'OnFailure' } } }
    return { apiVersion: 'batch/v1', kind, metadata, spec: { schedule: '30 2 * * *', jobTemplate: { spec: jobSpec } } }
  }
  if (kind === 'DaemonSet') return { apiVersion: 'apps/v1', kind, metadata, spec: { selector, template } }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata,
    spec: { replicas, selector, template, ...(kind === 'StatefulSet' ? { serviceName: name } : {}) },
  }
}

const service = ({ name, port }: Workload): KubeObject[] =>
  port === undefined
    ? []
    : [
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name },
          spec: { selector: { app: name }, ports: [{ port, targetPort: 'http' }] },
        },
      ]

const furniture = (): KubeObject[] => [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kube-root-ca.crt' },
    data: { 'ca.crt': '-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n' },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'sh.helm.release.v1.lantern.v7', labels: { owner: 'helm' } },
    type: 'helm.sh/release.v1',
    data: { release: base64('packed release') },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'default-token-x7f2k', annotations: { 'kubernetes.io/service-account.name': 'default' } },
    type: 'kubernetes.io/service-account-token',
    data: { token: base64('service account token') },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'storefront' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'storefront' },
      minReplicas: 2,
      maxReplicas: 10,
    },
  },
]

/** What stands around the storefront: how it is reached, what may be evicted. */
const surroundings = (stage: Stage): KubeObject[] => [
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'storefront' },
    spec: {
      ingressClassName: 'nginx',
      rules: [
        {
          host: stage === 'production' ? 'shop.lantern.example' : `${stage}.shop.lantern.example`,
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: 'storefront', port: { number: 8080 } } } },
            ],
          },
        },
      ],
    },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'storefront' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'storefront' } } },
  },
]

/** Everything of the shop in one stage. */
export const shopObjects = (stage: Stage): KubeObject[] => [
  ...furniture(),
  ...surroundings(stage),
  ...Object.entries(configs).map(
    ([name, data]): KubeObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      data: data[indexOf(stage)],
    }),
  ),
  ...(stage === 'dev'
    ? [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'gift-wrapping' },
          data: { papers: 'kraft,star,snow' },
        },
      ]
    : []),
  ...Object.entries(secrets).map(
    ([name, keys]): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      type: 'Opaque',
      data: Object.fromEntries(keys.map((key) => [key, base64(`${stage}-${name}-${key}`)])),
    }),
  ),
  ...workloads.flatMap((workload) => [toObject(workload, stage), ...service(workload)]),
]

/** As many plain Deployments as asked for, every tenth with a newer image in dev. */
export const manyWorkloads = (count: number, stage: Stage): KubeObject[] =>
  Array.from({ length: count }, (_, index) => {
    const tag = stage === 'dev' && index % 10 === 0 ? '1.1.0' : '1.0.0'
    return toObject(
      { kind: 'Deployment', name: `service-${String(index).padStart(5, '0')}`, tags: [tag, tag, tag], port: 8080 },
      stage,
    )
  })
