import { listInstances } from '@rancher-hub/contracts'
import { startFleet } from '@rancher-hub/fleet'
import { connectFleet } from '../demo.ts'
import { loadWith } from './http-load.ts'
import { startHubProcess } from './hub-process.ts'

const WORKLOADS = 200
const CONNECTIONS = 10
const WARM_UP_MS = 2_000
const MEASURED_MS = 6_000
/** Full comparisons a second that the predecessor answered on the same work (its own measurement). */
const PREDECESSOR = 13
const BAR = 50

/** Two instances with 200 and more workloads each, compared again and again through the gateway of a standalone hub. */
export const run = async () => {
  await using fleet = await startFleet({ stepMs: 1, workloads: WORKLOADS })
  await using hub = await startHubProcess()
  const { client, cookie } = hub.session
  await connectFleet(client, fleet)
  const { items } = await client.call(listInstances, {})
  const instances = items.filter(({ environment }) => environment.name !== 'Production').map(({ id }) => id)
  const load = {
    origin: hub.origin,
    path: `/api/v1/comparison?${instances.map((id) => `instances=${id}`).join('&')}&limit=500`,
    cookie: cookie(),
    atLeastBytes: WORKLOADS * 100,
  }
  await loadWith({ ...load, connections: CONNECTIONS, ms: WARM_UP_MS })
  const alone = await loadWith({ ...load, connections: 1, ms: MEASURED_MS })
  const { perSecond, p99 } = await loadWith({ ...load, connections: CONNECTIONS, ms: MEASURED_MS })
  return {
    name: 'compare-warm',
    value: Math.round(perSecond),
    unit: `comparisons/s, ${CONNECTIONS} connections, p99 ${p99.toFixed(1)} ms; one after the other p50 ${alone.p50.toFixed(2)} ms; through the gateway`,
    against: { what: 'predecessor, comparisons/s', value: PREDECESSOR },
    ratio: perSecond / PREDECESSOR,
    bar: BAR,
    met: perSecond / PREDECESSOR >= BAR,
  }
}
