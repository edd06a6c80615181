import { readFileSync } from 'node:fs'
import { listConfig, listWorkloads } from '@rancher-hub/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configMap, deployment, type Kubectl, openKubectl, secret } from '../cluster.fixtures.ts'
import { PLAIN_CLUSTER_ID } from '../connection/connected-site.ts'
import { bindNamespaces, everythingOf, kubeconfigConnection, type RunningSites, startSites } from '../sites.fixtures.ts'

const file = process.env['KUBECONFIG_REAL'] ?? ''
const patience = { timeout: 30_000, interval: 100 }
const canary = 'canary-4be1'

describe.skipIf(file === '')('lists over two namespaces [real Kubernetes]', () => {
  let kubectl: Kubectl
  let sites: RunningSites
  let namespaces: readonly [string, string]
  let ids: readonly string[]

  beforeAll(async () => {
    kubectl = openKubectl(readFileSync(file, 'utf8'))
    namespaces = [await kubectl.namespace('lists-dev'), await kubectl.namespace('lists-prod')]
    for (const [at, namespace] of namespaces.entries()) {
      const env = [{ name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'settings', key: 'level' } } }]
      const apps = `/apis/apps/v1/namespaces/${namespace}/deployments`
      await kubectl.create(apps, deployment('web', `registry.example/web:1.${at}`, { replicas: 2, env }))
      await kubectl.create(apps, deployment('same', 'registry.example/same:1'))
      await kubectl.create(`/api/v1/namespaces/${namespace}/configmaps`, configMap('settings', { level: 'debug' }))
      await kubectl.create(
        `/api/v1/namespaces/${namespace}/secrets`,
        secret('token', { token: canary, user: 'ada' }, 'example.com/login'),
      )
    }
    await kubectl.create(
      `/apis/apps/v1/namespaces/${namespaces[1]}/deployments`,
      deployment('extra', 'registry.example/extra:1', { replicas: 0 }),
    )
    sites = await startSites()
    // In environments of their own, the first before the second: the only ones there, so they belong together.
    ids = (await bindNamespaces(sites, kubeconfigConnection(file), PLAIN_CLUSTER_ID, namespaces)).instanceIds
  })
  afterAll(async () => {
    if (sites !== undefined) expect(await everythingOf(sites)).not.toContain(canary)
    await sites?.[Symbol.asyncDispose]()
    await kubectl?.[Symbol.asyncDispose]()
  })
  const list = async (input: Parameters<typeof listWorkloads.input.parse>[0] = {}) =>
    await sites.call(listWorkloads, input as object)

  it('hold the workloads of both, how they do and how they differ', async () => {
    await expect.poll(async () => (await list({ status: ['healthy'] })).total, patience).toBe(5)
    const { items } = await list({ sort: 'environment' })
    expect(items.map(({ instanceId, name, drift }) => [ids.indexOf(instanceId), name, drift])).toEqual([
      [0, 'same', 'not-compared'],
      [0, 'web', 'not-compared'],
      [1, 'extra', 'only-here'],
      [1, 'same', 'same'],
      [1, 'web', 'images-differ'],
    ])
    expect(items.find(({ name }) => name === 'web')).toMatchObject({ ready: 2, desired: 2, restarts: 0 })
  })

  it('hold ConfigMaps and Secrets, and who reads them', async () => {
    const { items } = await sites.call(listConfig, { sort: 'kind', instance: [ids[0] ?? ''] })
    expect(items).toMatchObject([
      { kind: 'ConfigMap', name: 'settings', keyCount: 1, bytes: 10, usedBy: 1 },
      { kind: 'Secret', name: 'token', type: 'example.com/login', keyCount: 2, usedBy: 0 },
    ])
  })

  it('hold Jobs that nobody runs on a schedule, which are only shown', async () => {
    const template = {
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.example/job:1' }] },
    }
    await kubectl.create(`/apis/batch/v1/namespaces/${namespaces[1]}/jobs`, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'migrate' },
      spec: { template },
    })
    const jobs = async () => (await list({ kind: ['Job'] })).items
    await expect.poll(async () => (await jobs()).length, patience).toBe(1)
    const [job] = await jobs()
    expect(job).toMatchObject({ apiVersion: 'batch/v1', name: 'migrate', drift: 'not-compared' })
    expect(job?.digest).toBeUndefined()
  })

  it('follow what happens in the cluster', async () => {
    const path = `/apis/apps/v1/namespaces/${namespaces[0]}/deployments`
    await kubectl.create(path, deployment('late', 'registry.example/late:7'))
    await expect.poll(async () => (await list({ image: 'late:7' })).total, patience).toBe(1)
    await kubectl.remove(`${path}/late`)
    await expect.poll(async () => (await list({ image: 'late:7' })).total, patience).toBe(0)
  })
})
