import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createFirstAdministratorLink } from '@rancher-hub/auth'
import type { CallerName } from '@rancher-hub/contracts'
import { openEventStoreDb } from '@rancher-hub/event-store/eventstoredb'
import { createInternalKeys } from '../distributed/internal-keys.ts'
import { processNames } from '../process-names.ts'
import { freePort, ServerProcess } from './server-process.ts'
import type { Servers } from './servers.ts'

const main = join(import.meta.dirname, '../main.ts')

/** One process of the hub. */
export interface HubMember {
  readonly name: CallerName
  readonly process: ServerProcess
  /** What `/health/ready` says; undefined while nothing answers. */
  health(): Promise<{ readonly ready: boolean; readonly problems: readonly string[] } | undefined>
  /** Waits until it is ready. @throws Error when it has ended */
  ready(): Promise<void>
}

export interface DistributedHubOptions {
  readonly servers: Servers
  readonly folder: string
  /** Processes of each name. Default: one. */
  readonly replicas?: number | undefined
  /** Address under which browsers reach it; default: the first gateway. */
  readonly publicUrl?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Settings of one process, its own user on NATS for instance. */
  readonly envOf?: ((name: CallerName) => Readonly<Record<string, string>>) | undefined
}

/** The hub as processes of their own on real servers, each of which can be killed. */
export interface DistributedHub extends AsyncDisposable {
  readonly url: string
  /** HTTP addresses of the gateways. */
  readonly gateways: readonly string[]
  readonly members: readonly HubMember[]
  readonly masterKey: string
  /** The key by which a process signs, to try what a thief of it could. */
  privateKey(name: CallerName): KeyObject
  of(name: CallerName): HubMember[]
  firstAdministratorLink(): Promise<string | undefined>
  /** Everything that was logged by any of them. */
  logged(): string
}

const createMember = async (name: CallerName, env: Readonly<Record<string, string>>): Promise<HubMember> => {
  const port = await freePort()
  const process = new ServerProcess({
    port,
    env: { PATH: globalThis.process.env['PATH'], [`HUB_${name.toUpperCase()}_HEALTH_PORT`]: String(port), ...env },
    command: () => [globalThis.process.execPath, main, 'service', name],
  })
  const health: HubMember['health'] = async () => {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(10_000) })
      return (await response.json()) as { readonly ready: boolean; readonly problems: readonly string[] }
    } catch (error) {
      if (error instanceof Error) return undefined
      throw error
    }
  }
  return {
    name,
    process,
    health,
    ready: async () => {
      while ((await health())?.ready !== true) {
        if (process.exitCode !== null) throw new Error(`${name} ended: ${process.logged().slice(-1_000)}`)
        await pause(20)
      }
    },
  }
}

/** Starts all processes and waits until every one is ready. */
export const startDistributedHub = async (options: DistributedHubOptions): Promise<DistributedHub> => {
  const { servers, folder, replicas = 1 } = options
  mkdirSync(folder, { recursive: true })
  const { privatePems, publicKeysJson } = createInternalKeys()
  const keysFile = join(folder, 'public-keys.json')
  writeFileSync(keysFile, publicKeysJson)
  const masterKey = options.env?.['HUB_MASTER_KEY'] ?? randomBytes(32).toString('base64')
  const ports = await Promise.all(Array.from({ length: replicas }, freePort))
  const url = options.publicUrl ?? `http://127.0.0.1:${ports[0]}`
  const envFor = (name: CallerName, replica: number): Record<string, string> => ({
    HUB_NATS_URL: servers.urls.nats,
    HUB_PUBLIC_URL: url,
    HUB_INTERNAL_KEYS_FILE: keysFile,
    HUB_INTERNAL_KEY: privatePems[name],
    HUB_LOG_LEVEL: 'debug',
    ...(name === 'gateway'
      ? { PORT: String(ports[replica]) }
      : { HUB_EVENTSTOREDB_URL: servers.urls.eventStore, HUB_MONGODB_URL: servers.urls.mongodb }),
    ...(name === 'sites' ? { HUB_MASTER_KEY: masterKey, HUB_ALLOW_LOOPBACK_SITES: 'true' } : {}),
    ...options.env,
    ...options.envOf?.(name),
  })
  await using stack = new AsyncDisposableStack()
  const members: HubMember[] = []
  for (let replica = 0; replica < replicas; replica += 1)
    for (const name of processNames) members.push(await createMember(name, envFor(name, replica)))
  for (const { process } of members) stack.use(process)
  await Promise.all(members.map(async ({ process }) => await process.launch()))
  await Promise.all(members.map(async (member) => await member.ready()))
  const owned = stack.move()
  return {
    url,
    gateways: ports.map((port) => `http://127.0.0.1:${port}`),
    members,
    masterKey,
    privateKey: (name) => createPrivateKey(privatePems[name]),
    of: (name) => members.filter((member) => member.name === name),
    firstAdministratorLink: async () => {
      await using store = openEventStoreDb({ url: servers.urls.eventStore })
      return (await createFirstAdministratorLink({ store, publicUrl: url }))?.url
    },
    logged: () => members.map(({ process }) => process.logged()).join(''),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(members.map(async ({ process }) => await process.stop()))
      await owned.disposeAsync()
    },
  }
}
