import { describe, expect, it } from 'vitest'
import { labelSelectorText, selectorSelects, serviceSelects } from './selectors.ts'
import { deployment } from './workload.fixtures.ts'
import { containerWords, probeWords, workloadWords } from './workload-words.ts'

const factsOf = (object: Parameters<typeof workloadWords>[0]) =>
  Object.fromEntries(workloadWords(object).map(({ name, text }) => [name, text]))

describe('a workload in words', () => {
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
