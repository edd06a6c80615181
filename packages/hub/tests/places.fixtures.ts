import type { ApiClient } from '@rancher-hub/api-client'
import { connectSite, listClusters } from '@rancher-hub/contracts'
import { startFleet } from '@rancher-hub/fleet'
import { openRealCluster, openSimulatedCluster, type TestCluster } from './cluster.fixtures.ts'

const kubeconfigFile = process.env['KUBECONFIG_REAL']

/** A cluster that a hub can be connected to, and that a test can change beside the hub. */
export interface TestPlace extends AsyncDisposable {
  readonly cluster: Pick<TestCluster, 'call' | 'apply'>
  /** Makes a namespace that is removed at the end. */
  namespace(prefix: string): Promise<string>
  connect(administrator: ApiClient): Promise<{ readonly siteId: string; readonly clusterId: string }>
}

const withNamespaces = (
  cluster: TestPlace['cluster'],
  connect: TestPlace['connect'],
  close: () => Promise<void>,
): TestPlace => {
  const made: string[] = []
  return {
    cluster,
    connect,
    namespace: async (prefix) => {
      const name = `${prefix}-${Date.now().toString(36)}${made.length}`
      await cluster.call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      made.push(name)
      return name
    },
    [Symbol.asyncDispose]: async () => {
      for (const name of made) await cluster.call('DELETE', `/api/v1/namespaces/${name}`)
      await close()
    },
  }
}

const openReal = (): TestPlace => {
  const cluster = openRealCluster(kubeconfigFile ?? '')
  const connect: TestPlace['connect'] = async (administrator) => {
    const { id: siteId } = await administrator.call(connectSite, {
      name: 'Real cluster',
      connection: { kind: 'kubernetes', kubeconfig: cluster.kubeconfig },
    })
    const { items } = await administrator.call(listClusters, { siteId })
    return { siteId, clusterId: items[0]?.id ?? '' }
  }
  return withNamespaces(cluster, connect, async () => {})
}

const openSimulated = async (): Promise<TestPlace> => {
  const fleet = await startFleet({ stepMs: 20, workloads: 1 })
  const rancher = fleet.ranchers.dev
  const { clusterId } = fleet.places.dev
  const connect: TestPlace['connect'] = async (administrator) => {
    const { name, url, token } = rancher
    const connection = { kind: 'rancher' as const, url, token }
    return { siteId: (await administrator.call(connectSite, { name, connection })).id, clusterId }
  }
  return withNamespaces(
    openSimulatedCluster(rancher, clusterId),
    connect,
    async () => await fleet[Symbol.asyncDispose](),
  )
}

/** Where tests of both kinds of clusters run: whether this machine has it, and how it is opened. */
export const testPlaces: readonly (readonly [string, boolean, () => Promise<TestPlace>])[] = [
  ['simulated Rancher', true, openSimulated],
  ['real Kubernetes', kubeconfigFile !== undefined, async () => openReal()],
]
