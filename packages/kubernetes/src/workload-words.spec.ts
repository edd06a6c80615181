import { describe, expect, it } from 'vitest'
import { labelSelectorText, selectorSelects, serviceSelects } from './selectors.ts'
import { deployment } from './workload.fixtures.ts'
import { containerWords, probeWords, workloadWords } from './workload-words.ts'

const factsOf = (object: Parameters<typeof workloadWords>[0]) =>
  Object.fromEntries(workloadWords(object).map(({ name, text }) => [name, text]))

describe('a workload in words', () => {
  it.each<[string, string, object, object]>([
    [
      'argoproj.io/v1alpha1 Rollout',
      'a canary',
      { replicas: 3, strategy: { canary: { steps: [{ setWeight: 20 }, { pause: {} }] } }, paused: true },
      { replicas: '3', strategy: 'Canary in 2 steps', paused: 'Changes are not rolled out' },
    ],
    [
      'argoproj.io/v1alpha1 Rollout',
      'blue-green, with the template of a Deployment',
      { workloadRef: { kind: 'Deployment', name: 'web' }, strategy: { blueGreen: {} } },
      { replicas: '1', strategy: 'Blue-green', template: 'That of Deployment web' },
    ],
    [
      'apps.kruise.io/v1alpha1 CloneSet',
      'in place',
      { replicas: 5, updateStrategy: { type: 'InPlaceIfPossible', maxUnavailable: '20%', partition: 2, paused: true } },
      {
        replicas: '5',
        strategy: 'InPlaceIfPossible, at most 20% unavailable, partition 2',
        paused: 'Changes are not rolled out',
      },
    ],
    [
      'apps.kruise.io/v1beta1 StatefulSet',
      'another one than that of Kubernetes',
      { replicas: 2, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { podUpdatePolicy: 'InPlaceOnly' } } },
      { replicas: '2', strategy: 'RollingUpdate, InPlaceOnly' },
    ],
    [
      'apps.kruise.io/v1alpha1 DaemonSet',
      'another one than that of Kubernetes',
      { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { rollingUpdateType: 'Standard', paused: true } } },
      {
        replicas: 'One pod on every node that matches',
        strategy: 'RollingUpdate, Standard',
        paused: 'Changes are not rolled out',
      },
    ],
    [
      'batch/v1 Job',
      'suspended',
      { completions: 5, parallelism: 2, backoffLimit: 1, activeDeadlineSeconds: 60, suspend: true },
      {
        completions: '5 wanted, at most 2 at the same time',
        deadline: 'Given up after 1 failed pod or 60 s',
        paused: 'Suspended: no new pods',
      },
    ],
  ])('says of a %s what its kind knows: %s', (called, _, spec, facts) => {
    const [apiVersion = '', kind = ''] = called.split(' ')
    const object = { apiVersion, kind, metadata: { name: 'web' }, spec }
    expect(factsOf(object)).toEqual({ ...facts, 'service-account': 'default' })
  })

  it('says how it scales, rolls out and runs', () => {
    const object = deployment([{ name: 'web', image: 'cart:1' }], {
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      progressDeadlineSeconds: 600,
    })
    expect(factsOf(object)).toEqual({
      replicas: '2',
      strategy: 'Rolling, at most 1 more and 0 unavailable',
      deadline: 'A roll-out has 600 s to make progress',
      'service-account': 'default',
    })
  })

  it('says when a CronJob runs and what happens when runs meet', () => {
    const cron = {
      kind: 'CronJob',
      metadata: { name: 'x' },
      spec: {
        schedule: '30 2 * * *',
        timeZone: 'Europe/Berlin',
        concurrencyPolicy: 'Forbid',
        jobTemplate: { spec: { backoffLimit: 1, template: { spec: { restartPolicy: 'Never', containers: [] } } } },
      },
    }
    expect(factsOf(cron)).toMatchObject({
      schedule: '30 2 * * * (Europe/Berlin)',
      concurrency: 'A run is skipped while another one goes on',
      deadline: 'A run is given up after 1 failed pod',
      'restart-policy': 'Never',
    })
  })

  it('says what a container asks for and how it is checked', () => {
    const [web] = containerWords(
      deployment([
        {
          name: 'web',
          image: 'cart:1',
          ports: [
            { name: 'http', containerPort: 80 },
            { containerPort: 53, protocol: 'UDP' },
          ],
          resources: { requests: { cpu: '500m', memory: '512Mi' }, limits: { memory: '1Gi' } },
          readinessProbe: {
            httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' },
            periodSeconds: 5,
            failureThreshold: 1,
          },
        },
      ]),
    )
    expect(web).toMatchObject({
      requests: 'cpu 500m, memory 512Mi',
      limits: 'memory 1Gi',
      ports: ['http 80', '53/UDP'],
      probes: [{ name: 'readiness', text: 'HTTP GET /ready on port http, every 5 s, gives up after 1 failure' }],
    })
    expect(probeWords({ tcpSocket: { port: 5432 }, initialDelaySeconds: 20 })).toBe(
      'connects to port 5432, first after 20 s, every 10 s, gives up after 3 failures',
    )
  })
})

describe('selectors', () => {
  const selector = {
    matchLabels: { app: 'cart' },
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'old', operator: 'DoesNotExist' },
    ],
  }
  it('are written as lists take them', () => {
    expect(labelSelectorText(selector)).toBe('app=cart,tier in (a,b),!old')
    expect(labelSelectorText({})).toBeUndefined()
  })
  it('select by every label and expression', () => {
    expect(selectorSelects(selector, { app: 'cart', tier: 'b' })).toBe(true)
    expect(selectorSelects(selector, { app: 'cart', tier: 'c' })).toBe(false)
    expect(selectorSelects(selector, { app: 'cart', tier: 'a', old: '' })).toBe(false)
    expect(selectorSelects({}, { any: 'label' })).toBe(true)
    expect(selectorSelects(undefined, {})).toBe(false)
    expect(serviceSelects({ spec: { selector: { app: 'cart' } } }, { app: 'cart', tier: 'a' })).toBe(true)
    expect(serviceSelects({ spec: {} }, { app: 'cart' })).toBe(false)
  })
})
