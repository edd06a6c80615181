import { startFleet } from '@rancher-hub/fleet'
import { openSite } from '../connection/connected-site.ts'
import { createNetworkPolicy } from '../egress/network-policy.ts'

const PER_SECOND = 10
const READS = 300

/**
 * Reads of 300 objects through a Rancher that takes ten requests a second (429 with `Retry-After` above that, as many at
 * once as a quiet second saves up), set against what that server would take in the same time. A read that is lost
 * counts against it.
 */
export const run = async () => {
  await using fleet = await startFleet({ stepMs: 1 })
  const { ranchers, places } = fleet
  const { url, token, faults } = ranchers.dev
  await using site = openSite(
    { kind: 'rancher', url, secret: { token } },
    { policy: createNetworkPolicy({ allowLoopback: true }), concurrency: 10 },
  )
  const { clusterId, namespace } = places.dev
  const api = site.cluster(clusterId, 'background')
  const names = Array.from({ length: READS }, (_, index) => `settings-${index}`)
  for (const name of names) {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: {} }
    await api.create('ConfigMap', namespace, object, { dryRun: false })
  }

  faults.add({ kind: 'rate-limit', perSecond: PER_SECOND })
  const begun = performance.now()
  const ends = await Promise.allSettled(names.map(async (name) => await api.get('ConfigMap', namespace, name)))
  const seconds = (performance.now() - begun) / 1000
  const done = ends.filter((end) => end.status === 'fulfilled' && end.value !== undefined).length
  const value = done / seconds
  const offered = PER_SECOND + PER_SECOND / seconds
  const lost = READS - done
  return {
    name: 'throttle',
    value,
    unit: 'reads/s',
    against: {
      what: `what the server takes; ${site.throttle.pace.calls.count('refused')} refusals, ${lost} lost`,
      value: offered,
    },
    ratio: value / offered,
    bar: 0.95,
    met: value / offered >= 0.95 && lost === 0,
  }
}
