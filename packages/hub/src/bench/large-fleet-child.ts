import { startLargeFleet } from '@rancher-hub/fleet'

/** A fleet in a process of its own: `large-fleet-child.ts <instances> <workloads each> [ms of latency]`. It ends with its standard input. */
const [instances = '20', workloadsEach = '2500', latencyMs = '0'] = process.argv.slice(2)
const { url, token, places, faults } = await startLargeFleet({
  instances: Number(instances),
  workloadsEach: Number(workloadsEach),
})
if (latencyMs !== '0') faults.add({ kind: 'latency', ms: Number(latencyMs) })
const shown = places.map(({ clusterId, namespace }) => ({ clusterId, namespace }))
process.stdout.write(`${JSON.stringify({ url, token, places: shown })}\n`)
process.stdin.resume().once('end', () => process.exit(0))
