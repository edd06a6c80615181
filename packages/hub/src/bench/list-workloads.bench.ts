import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { listWorkloads } from '@rancher-hub/contracts'
import { loadWith } from './http-load.ts'
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
  const load = { origin: hub.origin, path, cookie: cookie(), connections: CONNECTIONS, atLeastBytes: WORKLOADS * 100 }
  await loadWith({ ...load, ms: WARM_UP_MS })
  const { perSecond, p99 } = await loadWith({ ...load, ms: MEASURED_MS })
  return {
    name: 'list-workloads',
    value: Math.round(perSecond),
    unit: `lists/s of ${WORKLOADS} workloads, ${CONNECTIONS} connections, p99 ${p99.toFixed(1)} ms through the gateway`,
    against: { what: 'predecessor, lists/s', value: PREDECESSOR },
    ratio: perSecond / PREDECESSOR,
    bar: BAR,
    met: perSecond / PREDECESSOR >= BAR,
  }
}
