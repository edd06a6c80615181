import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ProblemError } from '@rancher-hub/api-client'
import { listObjects } from '@rancher-hub/contracts'
import type { BenchSession } from './bench-session.ts'
import { bindFleet, type FleetPlaces, startHubProcess } from './hub-process.ts'
import { timePages } from './list-pages.ts'
import { residentMb } from './resident-memory.ts'
import { startFirstLine } from './start-first-line.ts'

const INSTANCES = 20
const WORKLOADS_EACH = 2_500
const BAR_MB = 1_024
const PAGE_BAR_MS = 50
/** Calls to one site at the same time, as the hub is configured by default. */
const CALLS_AT_ONCE = 10
const SETTLE_MS = 10_000
const POLL_MS = 250

/** Everything that the hub lists of an instance. */
const lists = [
  ...['deployments', 'statefulsets', 'daemonsets', 'replicasets'].map((plural) => ['apis/apps/v1', plural] as const),
  ...['configmaps', 'secrets', 'pods'].map((plural) => ['api/v1', plural] as const),
  ...['cronjobs', 'jobs'].map((plural) => ['apis/batch/v1', plural] as const),
  ['apis/autoscaling/v2', 'horizontalpodautoscalers'] as const,
]

/** The same lists with nothing but `fetch`: milliseconds until all of them are parsed. */
const listRaw = async ({ url, token, places }: FleetPlaces): Promise<number> => {
  const begun = performance.now()
  const all = places.flatMap(({ clusterId, namespace }) =>
    lists.map(
      ([root, plural]) => `${url}/k8s/clusters/${clusterId}/${root}/namespaces/${namespace}/${plural}?limit=500`,
    ),
  )
  const worker = async (): Promise<void> => {
    for (let list = all.pop(); list !== undefined; list = all.pop()) {
      let next: string | undefined = ''
      while (next !== undefined) {
        const page: string = next === '' ? list : `${list}&continue=${encodeURIComponent(next)}`
        const answer = await fetch(page, { headers: { authorization: `Bearer ${token}` } })
        next = ((await answer.json()) as { metadata: { continue?: string } }).metadata.continue
      }
    }
  }
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, worker))
  return performance.now() - begun
}

/** Asks until an instance is known completely, pods too; how many workloads it has. A busy hub is asked again. */
const complete = async ({ client }: BenchSession, instanceId: string): Promise<number> => {
  for (;;) {
    const asked = client.call(listObjects, { instanceId, kind: ['Deployment'], limit: 1 })
    const { inventory, total } = await asked.catch((error: unknown) => {
      if (error instanceof ProblemError && error.status === 503) return { inventory: undefined, total: 0 }
      throw error
    })
    const known = [...(inventory?.kinds ?? []), ...(inventory?.surroundings ?? [])]
    if (known.length > 0 && known.every(({ state }) => state === 'complete')) return total
    await wait(POLL_MS)
  }
}

/** Most memory that a process had so far, MB, from the kernel. */
const peakMb = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

/**
 * 50,000 workloads with their ConfigMaps and Secrets over 20 instances, each workload with two pods and a ReplicaSet,
 * in a standalone hub: its memory when all is known, and the time until then against the same lists read with `fetch`.
 */
export const run = async () => {
  await using fleetProcess = await startFirstLine(
    join(import.meta.dirname, 'large-fleet-child.ts'),
    [String(INSTANCES), String(WORKLOADS_EACH)],
    {},
    (line) => line,
  )
  const fleet = JSON.parse(fleetProcess.found) as FleetPlaces
  const raw = await listRaw(fleet)
  await using hub = await startHubProcess()
  const { session } = hub
  const instances = await bindFleet(session, fleet)
  const idle = residentMb(hub.pid)
  const begun = performance.now()
  const totals = await Promise.all(instances.map(async (id) => await complete(session, id)))
  const first = performance.now() - begun
  // What the first lists left behind is cleared away first; memory is measured with the lists over all instances in it.
  await wait(SETTLE_MS)
  const { times, total } = await timePages(session)
  const page = times[Math.floor(times.length * 0.95)] ?? 0
  await wait(SETTLE_MS)
  const settled = residentMb(hub.pid)
  const isWhole = totals.every((total) => total === WORKLOADS_EACH)
  const slower = first / raw
  const memory = `${idle.toFixed(0)} before, ${peakMb(hub.pid).toFixed(0)} at most`
  return [
    {
      name: 'inventory-scale: memory',
      value: settled,
      unit: `MB RSS of the hub with ${totals.reduce((sum, each) => sum + each, 0)} workloads; ${memory}`,
      against: { what: 'bar, MB', value: BAR_MB },
      ratio: settled / BAR_MB,
      bar: 1,
      met: isWhole && settled <= BAR_MB,
    },
    {
      name: 'inventory-scale: first list',
      value: first,
      unit: 'ms until every instance is known',
      against: { what: 'the same lists with fetch, ms', value: raw },
      ratio: slower,
      bar: 3,
      met: isWhole && slower <= 3,
    },
    {
      name: 'inventory-scale: list page',
      value: page,
      unit: `ms p95 for a page out of ${total} workloads through the gateway, p50 ${times[times.length >> 1]?.toFixed(1)}`,
      against: { what: 'bar, ms', value: PAGE_BAR_MS },
      ratio: page / PAGE_BAR_MS,
      bar: 1,
      met: total === INSTANCES * WORKLOADS_EACH && page < PAGE_BAR_MS,
    },
  ]
}
