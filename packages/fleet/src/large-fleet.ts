import { Cluster } from './api/cluster.ts'
import { type RancherServer, startRancher } from './rancher/rancher-server.ts'
import { seedManyApps } from './seed/many-apps.ts'

export interface LargeFleetOptions {
  /** Each in a cluster of its own; three of them, one after the other, are stages of the same application. */
  readonly instances: number
  readonly workloadsEach: number
  /** Pods of each workload; default 2. */
  readonly pods?: number | undefined
}

/** One Rancher server with many clusters, each full of workloads that run well. Nothing in them moves by itself. */
export interface LargeFleet extends AsyncDisposable {
  readonly url: string
  readonly token: string
  readonly faults: RancherServer['faults']
  readonly places: readonly { readonly clusterId: string; readonly namespace: string; readonly cluster: Cluster }[]
}

const STAGES = 3
const namespace = 'apps'
const token = 'token-large:simulated-administrator-key'

/** Starts a fleet for measurements, on loopback. */
export const startLargeFleet = async ({
  instances,
  workloadsEach,
  pods = 2,
}: LargeFleetOptions): Promise<LargeFleet> => {
  const places = Array.from({ length: instances }, (_, index) => {
    const number = String(index).padStart(5, '0')
    const cluster = new Cluster(`large-${number}`)
    const application = `app${Math.floor(index / STAGES)}`
    seedManyApps(cluster, { namespace, application, workloads: workloadsEach, pods, isAhead: index % STAGES === 0 })
    return { clusterId: `c-m-lrg${number}`, namespace, cluster }
  })
  const rancher = await startRancher({
    name: 'rancher-large',
    version: 'v2.13.8',
    tokens: [{ value: token, user: 'u-large-admin', rights: 'all' }],
    clusters: places.map(({ clusterId, cluster }) => ({ id: clusterId, name: cluster.name, backend: cluster })),
  })
  return {
    url: rancher.url,
    token,
    faults: rancher.faults,
    places,
    [Symbol.asyncDispose]: async () => await rancher[Symbol.asyncDispose](),
  }
}
