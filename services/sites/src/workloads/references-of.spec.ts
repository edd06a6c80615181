import type { KubernetesObject } from '@rancher-hub/kubernetes'
import { describe, expect, it } from 'vitest'
import {
  accountFound,
  autoscalersFound,
  budgetsFound,
  claimsFound,
  configFound,
  ingressesFound,
  servicesFound,
} from './references-of.ts'

const workload = (pod: object, extra: object = {}): KubernetesObject => ({
  kind: 'Deployment',
  metadata: { name: 'cart' },
  spec: { template: { metadata: { labels: { app: 'cart' } }, spec: pod }, ...extra },
})
const named = (kind: string, name: string, rest: object = {}): KubernetesObject => ({
  kind,
  metadata: { name },
  ...rest,
})
const knows = (there: Record<string, string[]>, otherwise: 'missing' | 'forbidden' = 'missing') => ({
  exists: (_: string, name: string) => (name in there ? ('present' as const) : otherwise),
  keys: (_: string, name: string) => there[name],
})

describe('references of a workload', () => {
  const pod = {
    containers: [
      {
        name: 'web',
        env: [
          { name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'a' } } },
          { name: 'B', valueFrom: { configMapKeyRef: { name: 'settings', key: 'b' } } },
          { name: 'C', valueFrom: { configMapKeyRef: { name: 'extras', key: 'c', optional: true } } },
        ],
        envFrom: [{ secretRef: { name: 'db' } }],
      },
    ],
  }

  it('say what of its configuration is missing, down to the key', () => {
    expect(configFound(workload(pod), knows({ settings: ['a'], extras: [] }))).toMatchObject([
      {
        kind: 'ConfigMap',
        name: 'settings',
        state: 'present',
        missingKeys: ['b'],
        attention: true,
        via: ['containers[web].env[A]', 'containers[web].env[B]'],
      },
      { kind: 'ConfigMap', name: 'extras', state: 'present', missingKeys: [], optional: true, attention: false },
      { kind: 'Secret', name: 'db', state: 'missing', attention: true },
    ])
    expect(configFound(workload(pod), knows({}, 'forbidden'))).toMatchObject([
      { state: 'forbidden', attention: false },
      {},
      {},
    ])
  })

  it('know the claims of a CloneSet by the pods that mount them', () => {
    const set = { ...workload({}, { volumeClaimTemplates: [{ metadata: { name: 'data' } }] }), kind: 'CloneSet' }
    const mounting = (...claims: string[]) =>
      named('Pod', 'any', { spec: { volumes: claims.map((claimName) => ({ persistentVolumeClaim: { claimName } })) } })
    const pods = [mounting('data-cart-x7bqz', 'shared'), mounting('data-cart-b9k2d'), named('Pod', 'none')]
    const claims = [named('PersistentVolumeClaim', 'data-cart-x7bqz', { status: { phase: 'Bound' } })]
    expect(claimsFound(set, claims, 'unknown', pods)).toMatchObject([
      { name: 'data-cart-x7bqz', state: 'present', via: ['volumeClaimTemplates[data]'] },
      { name: 'data-cart-b9k2d', state: 'missing' },
    ])
  })
  it('know the claims of a StatefulSet’s pods, and what may not be seen', () => {
    const set = {
      ...workload({}, { replicas: 2, volumeClaimTemplates: [{ metadata: { name: 'data' } }] }),
      kind: 'StatefulSet',
      metadata: { name: 'db' },
    }
    const claims = [
      named('PersistentVolumeClaim', 'data-db-0', { status: { phase: 'Bound', capacity: { storage: '10Gi' } } }),
    ]
    expect(claimsFound(set, claims, 'unknown')).toMatchObject([
      { name: 'data-db-0', state: 'present', note: 'Bound, 10Gi' },
      { name: 'data-db-1', state: 'missing', attention: true },
    ])
    expect(claimsFound(set, undefined, 'forbidden').map(({ state }) => state)).toEqual(['forbidden', 'forbidden'])
    expect(
      accountFound(workload({ serviceAccountName: 'robot' }), [named('ServiceAccount', 'default')], 'unknown'),
    ).toMatchObject({ name: 'robot', state: 'missing' })
    expect(accountFound(workload({}), undefined, 'forbidden')).toMatchObject({
      name: 'default',
      state: 'forbidden',
      attention: false,
    })
  })

  it('find what points to it', () => {
    const services = [
      named('Service', 'cart', { spec: { selector: { app: 'cart' }, ports: [{ port: 80, targetPort: 'http' }] } }),
      named('Service', 'other', { spec: { selector: { app: 'other' } } }),
      named('Service', 'external', { spec: {} }),
    ]
    expect(servicesFound(workload({}), services)).toMatchObject([{ name: 'cart', note: 'ClusterIP, port 80 → http' }])
    const ingress = named('Ingress', 'shop', {
      spec: { rules: [{ host: 'shop.example', http: { paths: [{ backend: { service: { name: 'cart' } } }] } }] },
    })
    expect(ingressesFound(['cart'], [ingress])).toMatchObject([
      { name: 'shop', via: ['Service cart'], note: 'shop.example' },
    ])
    expect(ingressesFound(['other'], [ingress])).toEqual([])
  })

  it('tell of autoscalers that do not scale, and of budgets that let nothing go', () => {
    const autoscaler = named('HorizontalPodAutoscaler', 'cart', {
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'cart' }, minReplicas: 2, maxReplicas: 5 },
      // The first condition says yes; the one that matters says no.
      status: {
        currentReplicas: 2,
        conditions: [
          { type: 'AbleToScale', status: 'True' },
          { type: 'ScalingActive', status: 'False', message: 'no metrics' },
        ],
      },
    })
    expect(autoscalersFound(workload({}), [autoscaler])).toMatchObject([
      { note: '2 to 5 pods, 2 now; does not scale: no metrics', attention: true },
    ])
    const budget = named('PodDisruptionBudget', 'cart', {
      spec: { minAvailable: 2, selector: { matchLabels: { app: 'cart' } } },
      status: { disruptionsAllowed: 0 },
    })
    expect(budgetsFound(workload({}), [budget])).toMatchObject([
      { note: 'at least 2 available; 0 may be evicted now', attention: true },
    ])
  })
})
