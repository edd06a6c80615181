import { join } from 'node:path'
import { compareInstances, Kind } from '@rancher-hub/contracts'
import { bindFleet, type FleetPlaces, startHubProcess } from './hub-process.ts'
import { startFirstLine } from './start-first-line.ts'

const WORKLOADS = 200
const LATENCY_MS = 20
/** Three instances are stages of one application; two of them are compared, each pair once. */
const STAGES = 3
const PAIRS = 9
/** Code that runs for the first time is slow, here and there. */
const WARM_UPS = 2
const BAR = 1.3

const pathOf: Readonly<Record<Kind, string>> = {
  Deployment: 'apis/apps/v1 deployments',
  StatefulSet: 'apis/apps/v1 statefulsets',
  DaemonSet: 'apis/apps/v1 daemonsets',
  CronJob: 'apis/batch/v1 cronjobs',
  ConfigMap: 'api/v1 configmaps',
  Secret: 'api/v1 secrets',
}

/** All compared kinds of some places with nothing but `fetch`, side by side: milliseconds until all are parsed. */
const listRaw = async ({ url, token }: FleetPlaces, places: FleetPlaces['places']): Promise<number> => {
  const begun = performance.now()
  const lists = places.flatMap(({ clusterId, namespace }) =>
    Kind.options.map(async (kind) => {
      const [root, plural] = pathOf[kind].split(' ')
      const path = `k8s/clusters/${clusterId}/${root}/namespaces/${namespace}/${plural}?limit=500`
      const answer = await fetch(`${url}/${path}`, { headers: { authorization: `Bearer ${token}` } })
      return (await answer.json()) as { readonly items: readonly unknown[] }
    }),
  )
  const found = await Promise.all(lists)
  if (found.reduce((sum, { items }) => sum + items.length, 0) < places.length * WORKLOADS)
    throw new Error('lists are not whole')
  return performance.now() - begun
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/**
 * The first comparison of two instances that nobody has read yet, through the gateway of a standalone hub, against the
 * same two lists read with `fetch`; every call to the cluster takes 20 ms longer than it would.
 */
export const run = async () => {
  const child = join(import.meta.dirname, 'large-fleet-child.ts')
  const args = [PAIRS * STAGES, WORKLOADS, LATENCY_MS].map(String)
  await using fleetProcess = await startFirstLine(child, args, {}, (line) => line)
  const fleet = JSON.parse(fleetProcess.found) as FleetPlaces
  await using hub = await startHubProcess()
  const ids = await bindFleet(hub.session, fleet)
  const raw: number[] = []
  const cold: number[] = []
  for (let first = 0; first < ids.length; first += STAGES) {
    raw.push(await listRaw(fleet, fleet.places.slice(first, first + 2)))
    const begun = performance.now()
    const instances = ids.slice(first, first + 2)
    const { total } = await hub.session.client.call(compareInstances, { instances, limit: 500 })
    cold.push(performance.now() - begun)
    if (total < WORKLOADS) throw new Error(`only ${total} objects were compared`)
  }
  const [value, limit] = [median(cold.slice(WARM_UPS)), median(raw.slice(WARM_UPS))]
  return {
    name: 'compare-cold',
    value,
    unit: `ms for the first comparison of two instances with ${WORKLOADS} workloads each, ${LATENCY_MS} ms of latency`,
    against: { what: 'both lists of all compared kinds with fetch, ms', value: limit },
    ratio: value / limit,
    bar: BAR,
    met: value / limit <= BAR,
  }
}
