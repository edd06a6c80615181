import { Cluster } from './api/cluster.ts'
import { type RolloutOptions, startRollouts } from './controllers/rollouts.ts'
import type { ProxiedCluster, RancherToken } from './rancher/rancher-options.ts'
import { type RancherServer, startRancher } from './rancher/rancher-server.ts'
import { makeNamespace, seedShop } from './seed/seed-cluster.ts'

export interface FleetOptions {
  /** Ports of both Rancher servers; default: any free ones. */
  readonly ports?: readonly [dev: number, production: number] | undefined
  /** Milliseconds between the steps of a roll-out; default 700. */
  readonly stepMs?: number | undefined
  readonly deadlineMs?: number | undefined
  /** More workloads in each stage, for scale. */
  readonly workloads?: number | undefined
  /** A real cluster to show behind the first Rancher, as `c-m-real0001`. */
  readonly real?: ProxiedCluster | undefined
}

/** One of the fleet's Rancher servers. */
export interface FleetRancher {
  readonly name: string
  readonly url: string
  /** May do everything. */
  readonly token: string
  readonly faults: RancherServer['faults']
  /** Troubles that meet what is going on just then. */
  readonly server: RancherServer
}

/** Where each stage of the shop runs. */
export interface FleetPlace {
  readonly rancher: 'dev' | 'production'
  readonly clusterId: string
  readonly namespace: string
  readonly cluster: Cluster
}

export interface Fleet extends AsyncDisposable {
  readonly ranchers: { readonly dev: FleetRancher; readonly production: FleetRancher }
  readonly places: { readonly dev: FleetPlace; readonly staging: FleetPlace; readonly production: FleetPlace }
}

const DAY_MS = 86_400_000

const tokens = (name: string): RancherToken[] => [
  {
    value: `token-${name}:simulated-administrator-key`,
    user: `u-${name}-admin`,
    rights: 'all',
    // As long as a key lives that was made with Rancher's own settings.
    expiresAt: new Date(Date.now() + 80 * DAY_MS).toISOString(),
  },
  { value: `token-${name}r:simulated-reader-key`, user: `u-${name}-reader`, rights: 'read' },
  { value: `token-${name}n:simulated-no-secrets-key`, user: `u-${name}-no-secrets`, rights: 'no-secrets' },
  {
    value: `token-${name}x:simulated-expired-key`,
    user: `u-${name}-expired`,
    rights: 'all',
    expiresAt: '2026-01-01T00:00:00Z',
  },
]

const systemNamespaces = ['default', 'kube-system', 'cattle-system']

const makeCluster = (name: string, rollouts: RolloutOptions, stack: AsyncDisposableStack): Cluster => {
  const cluster = new Cluster(name)
  stack.use(startRollouts(cluster, rollouts))
  for (const namespace of systemNamespaces) makeNamespace(cluster, namespace)
  return cluster
}

/** Starts two Rancher servers with three clusters and the Lantern shop in three stages, on loopback. */
export const startFleet = async (options: FleetOptions = {}): Promise<Fleet> => {
  const stack = new AsyncDisposableStack()
  const rollouts = { stepMs: options.stepMs ?? 700, deadlineMs: options.deadlineMs ?? 8_000 }
  const [dev, staging, production] = [
    makeCluster('lantern-dev', rollouts, stack),
    makeCluster('lantern-staging', rollouts, stack),
    makeCluster('lantern-prod-eu-central', rollouts, stack),
  ]
  const { workloads } = options
  seedShop(dev, 'shop', 'dev', { projectId: 'c-m-dev00001:p-shop1', workloads })
  seedShop(staging, 'shop-staging', 'staging', { projectId: 'c-m-stg00001:p-shop2', workloads })
  seedShop(production, 'shop', 'production', { projectId: 'c-m-prd00001:p-shop3', workloads })
  try {
    const devRancher = stack.use(
      await startRancher({
        name: 'rancher-dev',
        version: 'v2.15.0',
        port: options.ports?.[0],
        tokens: tokens('devel'),
        clusters: [
          { id: 'c-m-dev00001', name: 'lantern-dev', backend: dev, projects: { 'p-shop1': 'Shop' } },
          { id: 'c-m-stg00001', name: 'lantern-staging', backend: staging, projects: { 'p-shop2': 'Shop' } },
          { id: 'c-m-gone0001', name: 'lantern-lab (switched off)', state: 'unavailable', backend: new Cluster('lab') },
          {
            id: 'c-m-make0001',
            name: 'lantern-edge',
            state: 'provisioning',
            message: 'Waiting for 2 of 3 nodes to register',
            nodeCount: 1,
            backend: new Cluster('edge'),
          },
          ...(options.real === undefined ? [] : [{ id: 'c-m-real0001', name: 'real', backend: options.real }]),
        ],
      }),
    )
    const productionRancher = stack.use(
      await startRancher({
        name: 'rancher-prod',
        version: 'v2.13.8',
        port: options.ports?.[1],
        tokens: tokens('produ'),
        clusters: [
          { id: 'c-m-prd00001', name: 'lantern-prod-eu-central', backend: production, projects: { 'p-shop3': 'Shop' } },
        ],
      }),
    )
    const owned = stack.move()
    return {
      ranchers: {
        dev: {
          name: 'Rancher Development',
          url: devRancher.url,
          token: tokens('devel')[0]?.value ?? '',
          faults: devRancher.faults,
          server: devRancher,
        },
        production: {
          name: 'Rancher Production',
          url: productionRancher.url,
          token: tokens('produ')[0]?.value ?? '',
          faults: productionRancher.faults,
          server: productionRancher,
        },
      },
      places: {
        dev: { rancher: 'dev', clusterId: 'c-m-dev00001', namespace: 'shop', cluster: dev },
        staging: { rancher: 'dev', clusterId: 'c-m-stg00001', namespace: 'shop-staging', cluster: staging },
        production: { rancher: 'production', clusterId: 'c-m-prd00001', namespace: 'shop', cluster: production },
      },
      [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}
