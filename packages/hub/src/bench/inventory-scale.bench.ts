import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ProblemError } from '@rancher-hub/api-client'
import { bindInstance, connectSite, createEnvironment, listObjects } from '@rancher-hub/contracts'
import { type BenchSession, signIn } from './bench-session.ts'
import { residentMb } from './resident-memory.ts'
import { startFirstLine } from './start-first-line.ts'

const INSTANCES = 20
const WORKLOADS_EACH = 2_500
const BAR_MB = 1_024
/** Calls to one site at the same time, as the hub is configured by default. */
const CALLS_AT_ONCE = 10
const SETTLE_MS = 10_000
const POLL_MS = 250

interface FleetLine {
  readonly url: string
  readonly token: string
  readonly places: readonly { readonly clusterId: string; readonly namespace: string }[]
}

/** Everything that the hub lists of an instance. */
const lists = [
  ...['deployments', 'statefulsets', 'daemonsets', 'replicasets'].map((plural) => ['apis/apps/v1', plural] as const),
  ...['configmaps', 'secrets', 'pods'].map((plural) => ['api/v1', plural] as const),
  ...['cronjobs', 'jobs'].map((plural) => ['apis/batch/v1', plural] as const),
  ['apis/autoscaling/v2', 'horizontalpodautoscalers'] as const,
]

/** The same lists with nothing but `fetch`: milliseconds until all of them are parsed. */
const listRaw = async ({ url, token, places }: FleetLine): Promise<number> => {
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

/** Connects the fleet; ids of its instances. */
const bindAll = async ({ client }: BenchSession, { url, token, places }: FleetLine): Promise<string[]> => {
  const { id: siteId } = await client.call(connectSite, { name: 'large', connection: { kind: 'rancher', url, token } })
  const { id: environmentId } = await client.call(createEnvironment, { name: 'Large', colour: '#1f6feb' })
  const ids: string[] = []
  for (const [index, place] of places.entries())
    ids.push((await client.call(bindInstance, { name: `large ${index}`, environmentId, siteId, ...place })).id)
  return ids
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
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-bench-'))
  using _ = { [Symbol.dispose]: () => rmSync(dataDir, { recursive: true, force: true }) }
  await using fleetProcess = await startFirstLine(
    join(import.meta.dirname, 'large-fleet-child.ts'),
    [String(INSTANCES), String(WORKLOADS_EACH)],
    {},
    (line) => line,
  )
  const fleet = JSON.parse(fleetProcess.found) as FleetLine
  const raw = await listRaw(fleet)
  const env = { HUB_DATA_DIR: dataDir, PORT: '0', HUB_LOG_LEVEL: 'silent' }
  await using hub = await startFirstLine(
    join(import.meta.dirname, '../main.ts'),
    ['start'],
    { ...env, HUB_GATEWAY_REQUESTS_PER_MINUTE: '1000000000' },
    (line) => /(http\S+#\S+)/.exec(line)?.[1],
  )
  const session = await signIn(new URL(hub.found).origin, hub.found)
  const instances = await bindAll(session, fleet)
  const idle = residentMb(hub.pid)
  const begun = performance.now()
  const totals = await Promise.all(instances.map(async (id) => await complete(session, id)))
  const first = performance.now() - begun
  // The list page of the whole organization is measured here, with everything known.
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
  ]
}
