import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { listWorkloads } from '@rancher-hub/contracts'
import { Pool } from 'undici'
import { bindFleet, type FleetPlaces, startHubProcess } from './hub-process.ts'
import { startFirstLine } from './start-first-line.ts'

const WORKLOADS = 200
const CONNECTIONS = 10
const WARM_UP_MS = 2_000
const MEASURED_MS = 6_000
const POLL_MS = 100
/** Lists a second that the predecessor answered on the same work (its own measurement). */
const PREDECESSOR = 17
const BAR = 100

/** Requests one after the other over each connection; how many a second were answered, and how long they took. */
const load = async (pool: Pool, path: string, cookie: string, ms: number) => {
  const times: number[] = []
  const begun = performance.now()
  const until = begun + ms
  const worker = async (): Promise<void> => {
    while (performance.now() < until) {
      const sent = performance.now()
      const { statusCode, body } = await pool.request({ method: 'GET', path, headers: { cookie } })
      const bytes = (await body.arrayBuffer()).byteLength
      if (statusCode !== 200 || bytes < WORKLOADS * 100)
        throw new Error(`${path} answered ${statusCode}, ${bytes} bytes`)
      times.push(performance.now() - sent)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, worker))
  return {
    perSecond: (times.length / (performance.now() - begun)) * 1000,
    p99: times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0,
  }
}

/** All 200 workloads of one instance in one answer, again and again through the gateway of a standalone hub. */
export const run = async () => {
  await using fleet = await startFirstLine(
    join(import.meta.dirname, 'large-fleet-child.ts'),
    ['1', String(WORKLOADS)],
    {},
    (line) => line,
  )
  await using hub = await startHubProcess()
  const { client, cookie } = hub.session
  const [instanceId] = await bindFleet(hub.session, JSON.parse(fleet.found) as FleetPlaces)
  while ((await client.call(listWorkloads, { limit: 1 })).total < WORKLOADS) await wait(POLL_MS)
  const path = `/api/v1/workloads?instance=${instanceId}&limit=${WORKLOADS}`
  const pool = new Pool(hub.origin, { connections: CONNECTIONS })
  try {
    await load(pool, path, cookie(), WARM_UP_MS)
    const { perSecond, p99 } = await load(pool, path, cookie(), MEASURED_MS)
    return {
      name: 'list-workloads',
      value: Math.round(perSecond),
      unit: `lists/s of ${WORKLOADS} workloads, ${CONNECTIONS} connections, p99 ${p99.toFixed(1)} ms through the gateway`,
      against: { what: 'predecessor, lists/s', value: PREDECESSOR },
      ratio: perSecond / PREDECESSOR,
      bar: BAR,
      met: perSecond / PREDECESSOR >= BAR,
    }
  } finally {
    await pool.destroy()
  }
}
