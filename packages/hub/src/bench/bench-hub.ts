import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEnvironment } from '@rancher-hub/contracts'
import { type DistributedHub, startDistributedHub } from '../test-bed/distributed-hub.ts'
import { type Servers, serverPrograms, startServers } from '../test-bed/servers.ts'
import { type BenchSession, signIn } from './bench-session.ts'

/** What a benchmark needs that this machine does not have. */
export interface Skipped {
  readonly name: string
  /** Settings that are missing. */
  readonly skipped: string
}

/** The servers of the distributed shape for one benchmark; skipped where the machine has no programs for them. */
export const withServers = async <R>(
  name: string,
  work: (servers: Servers, folder: string) => Promise<R>,
): Promise<R | Skipped> => {
  const programs = serverPrograms()
  if (programs === undefined) return { name, skipped: 'NATS_SERVER and MONGODB_SERVER' }
  const folder = mkdtempSync(join(tmpdir(), 'bench-hub-'))
  using _ = { [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
  await using servers = await startServers(programs, join(folder, 'servers'))
  return await work(servers, folder)
}

/** One process per service, with somebody signed in and as many environments as a team has. */
export interface BenchHub extends BenchSession {
  readonly hub: DistributedHub
  readonly servers: Servers
  readonly environmentIds: readonly string[]
}

/** The distributed hub for one benchmark, on servers of its own. */
export const withDistributedHub = async <R>(name: string, work: (bench: BenchHub) => Promise<R>) =>
  await withServers(name, async (servers, folder) => {
    const env = { HUB_LOG_LEVEL: 'info', HUB_GATEWAY_REQUESTS_PER_MINUTE: '1000000000' }
    await using hub = await startDistributedHub({ servers, folder, env })
    const session = await signIn(hub.url, await hub.firstAdministratorLink())
    const environmentIds: string[] = []
    for (const each of ['Development', 'Test', 'Staging', 'Production'])
      environmentIds.push((await session.client.call(createEnvironment, { name: each, colour: '#1f6feb' })).id)
    return await work({ ...session, hub, servers, environmentIds })
  })
