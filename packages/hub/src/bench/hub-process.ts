import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bindInstance, connectSite, createEnvironment } from '@rancher-hub/contracts'
import { type BenchSession, signIn } from './bench-session.ts'
import { startFirstLine } from './start-first-line.ts'

/** A standalone hub in a process of its own, with a new data folder, and its administrator. */
export interface HubProcess extends AsyncDisposable {
  readonly pid: number
  readonly origin: string
  readonly session: BenchSession
}

/** Starts a hub without a limit of requests, and signs its first administrator in. */
export const startHubProcess = async (): Promise<HubProcess> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-bench-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  const env = { HUB_DATA_DIR: dataDir, PORT: '0', HUB_LOG_LEVEL: 'silent' }
  const hub = stack.use(
    await startFirstLine(
      join(import.meta.dirname, '../main.ts'),
      ['start'],
      { ...env, HUB_GATEWAY_REQUESTS_PER_MINUTE: '1000000000' },
      (line) => /(http\S+#\S+)/.exec(line)?.[1],
    ),
  )
  const { origin } = new URL(hub.found)
  const session = await signIn(origin, hub.found)
  const owned = stack.move()
  return {
    pid: hub.pid,
    origin,
    session,
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  }
}

/** A fleet as it is told by the process that has it. */
export interface FleetPlaces {
  readonly url: string
  readonly token: string
  readonly places: readonly { readonly clusterId: string; readonly namespace: string }[]
}

/** Connects a fleet, all of it to one environment; ids of its instances. */
export const bindFleet = async ({ client }: BenchSession, { url, token, places }: FleetPlaces): Promise<string[]> => {
  const { id: siteId } = await client.call(connectSite, { name: 'large', connection: { kind: 'rancher', url, token } })
  const { id: environmentId } = await client.call(createEnvironment, { name: 'Large', colour: '#1f6feb' })
  const ids: string[] = []
  for (const [index, { clusterId, namespace }] of places.entries()) {
    const input = { name: `large ${index}`, environmentId, siteId, clusterId, namespace }
    ids.push((await client.call(bindInstance, input)).id)
  }
  return ids
}
