import { join } from 'node:path'
import { authConfig, createAdministratorLink, createAuthService, createFirstAdministratorLink } from '@rancher-hub/auth'
import { createMemoryBus } from '@rancher-hub/bus/memory'
import type { CallerName } from '@rancher-hub/contracts'
import type { EventStore } from '@rancher-hub/event-store'
import { NewerDataError, openSqliteEventStore } from '@rancher-hub/event-store/sqlite'
import { createGateway, gatewayConfig } from '@rancher-hub/gateway'
import { openSqliteReadModels } from '@rancher-hub/read-model/sqlite'
import {
  createKeyPair,
  createLogger,
  type EventSink,
  type KeyPair,
  type Logger,
  loadConfig,
  openBusSink,
  type RunningService,
  type Service,
  type ServiceDeps,
  soleLeases,
  startService,
} from '@rancher-hub/service-kit'
import { createSitesService, sitesConfig } from '@rancher-hub/sites'
import { createSyncService } from '@rancher-hub/sync'
import { type HubConfig, hubConfig } from './config.ts'
import { startControl } from './control.ts'
import { type DataFolder, openDataFolder } from './data-folder.ts'
import { listen, readTls } from './listen.ts'
import { assertSafeToListen, isLoopback } from './listen-address.ts'
import { StartRefusedError } from './start-refused-error.ts'

const services = ['auth', 'sites', 'sync'] as const
type RunningName = (typeof services)[number]

/** Everything the hub can be told, from the environment. */
export const hubDeclarations = { hub: hubConfig, auth: authConfig, sites: sitesConfig, gateway: gatewayConfig } as const

export type HubSettings = ReturnType<typeof loadSettings>
/** @throws ConfigError with every problem at once */
export const loadSettings = (env: Readonly<Record<string, string | undefined>>) => loadConfig(hubDeclarations, env)

/** A hub that answers. */
export interface RunningHub extends AsyncDisposable {
  /** Address for browsers on this machine (or the public one). */
  readonly url: string
  readonly store: EventStore
  readonly services: Readonly<Record<RunningName, RunningService>>
  readonly folder: DataFolder
  /** A one-time link that creates the first administrator; undefined once there is one. */
  firstAdministratorLink(): Promise<string | undefined>
}

/** What differs between the ways to start it. */
export interface StartOptions {
  /** Folder of the built web application. */
  readonly webDir?: string | undefined
  readonly log?: Logger | undefined
}

const openStore = (folder: DataFolder): EventStore => {
  try {
    return openSqliteEventStore({ file: folder.eventsFile })
  } catch (error) {
    if (error instanceof NewerDataError)
      throw new StartRefusedError(`${error.message}; start that version of the hub again.`)
    throw error
  }
}

const browserUrl = (settings: HubSettings, port: number): string => {
  const { host, publicUrl, tlsCertFile } = settings.hub
  if (publicUrl !== undefined) return publicUrl.replace(/\/$/, '')
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `${tlsCertFile === undefined ? 'http' : 'https'}://${shown}:${port}`
}

interface Shared {
  readonly store: EventStore
  readonly bus: ReturnType<typeof createMemoryBus>
  readonly log: Logger
  readonly folder: DataFolder
  readonly keys: Readonly<Record<CallerName, KeyPair>>
  readonly sinks: readonly EventSink[]
}

const depsOf = async (name: RunningName, shared: Shared, stack: AsyncDisposableStack): Promise<ServiceDeps> => {
  const models = stack.use(openSqliteReadModels({ file: shared.folder.modelsFile(name) }))
  return {
    store: shared.store,
    models,
    bus: shared.bus,
    privateKey: shared.keys[name].privateKey,
    publicKeys: Object.fromEntries(Object.entries(shared.keys).map(([caller, pair]) => [caller, pair.publicKey])),
    log: shared.log,
    sinks: [await openBusSink(shared.bus, models, async () => await shared.store.head()), ...shared.sinks],
    // The lock on the data folder lets one process run.
    leases: soleLeases(),
  }
}

/** Public events on NATS as well. The driver is loaded only here; the server may be away for now. */
const openJetStreamSink = async (hub: HubConfig, url: string, stack: AsyncDisposableStack): Promise<EventSink> => {
  const [{ connectNats }, { createJetStreamSink }] = await Promise.all([
    import('@rancher-hub/bus/nats'),
    import('./jetstream-sink.ts'),
  ])
  let connection: Awaited<ReturnType<typeof connectNats>> | undefined
  stack.defer(async () => await connection?.close())
  return createJetStreamSink(async () => {
    connection ??= await connectNats({
      url,
      user: hub.natsUser,
      password: hub.natsPassword,
      token: hub.natsToken,
      credentialsFile: hub.natsCredentialsFile,
    })
    return connection
  })
}

const createServices = async (
  settings: HubSettings,
  deps: Readonly<Record<RunningName, ServiceDeps>>,
  folder: DataFolder,
  publicUrl: () => string,
) => {
  const allowLoopbackSites = settings.hub.allowLoopbackSites ?? isLoopback(settings.hub.host)
  return {
    auth: createAuthService(settings.auth, { ...deps.auth, publicUrl }),
    sites: createSitesService({ ...settings.sites, masterKey: folder.masterKey, allowLoopbackSites }, deps.sites),
    sync: await createSyncService(deps.sync),
  } satisfies Record<RunningName, Service>
}

const readiness = async (running: Readonly<Record<RunningName, RunningService>>) => {
  const parts = await Promise.all(services.map(async (name) => await running[name].health()))
  return {
    ready: parts.every(({ ready }) => ready),
    parts: parts.map(({ name, ready, problems }) => ({ name, ready, problems })),
  }
}

/** Starts every service in this process, on SQLite. @throws StartRefusedError with one clear sentence */
export const startHub = async (settings: HubSettings, options: StartOptions = {}): Promise<RunningHub> => {
  const { hub } = settings
  assertSafeToListen(hub)
  const tls = readTls(hub)
  const stack = new AsyncDisposableStack()
  try {
    const log = options.log ?? createLogger({ level: hub.logLevel })
    const folder = stack.use(openDataFolder(hub.dataDir, hub.masterKey))
    const store = stack.use(openStore(folder))
    const bus = stack.use(createMemoryBus())
    const keys = Object.fromEntries(
      (['gateway', 'auth', 'sites', 'sync', 'registry', 'monitor'] as const).map((name) => [name, createKeyPair()]),
    ) as Record<CallerName, KeyPair>
    const sinks = hub.natsUrl === undefined ? [] : [await openJetStreamSink(hub, hub.natsUrl, stack)]
    const shared: Shared = { store, bus, log, folder, keys, sinks }
    let url = hub.publicUrl ?? ''
    const publicUrl = (): string => url

    const deps = {
      auth: await depsOf('auth', shared, stack),
      sites: await depsOf('sites', shared, stack),
      sync: await depsOf('sync', shared, stack),
    }
    const created = await createServices(settings, deps, folder, publicUrl)
    const started: Partial<Record<RunningName, RunningService>> = {}
    for (const name of services) started[name] = stack.use(await startService(created[name], deps[name]))
    const running = started as Record<RunningName, RunningService>

    const app = await createGateway(settings.gateway, {
      bus,
      privateKey: keys.gateway.privateKey,
      log: log.child({ service: 'gateway' }),
      health: async () => await readiness(running),
      webDir: options.webDir ?? join(import.meta.dirname, '../../../web/dist'),
      publicUrl: hub.publicUrl,
      trustedProxies: hub.trustedProxies,
      tls,
    })
    stack.defer(async () => await app.close())
    url = browserUrl(settings, await listen(app, hub.host, hub.port))

    const control = async ({ command }: { readonly command: 'administrator-link' | 'rebuild' }): Promise<string> => {
      if (command === 'administrator-link') return (await createAdministratorLink({ store, publicUrl: url })).url
      for (const name of services) await running[name].rebuild()
      return 'All read models were rebuilt.'
    }
    stack.use(await startControl(folder.controlSocket, control))

    const owned = stack.move()
    return {
      url,
      store,
      services: running,
      folder,
      firstAdministratorLink: async () => (await createFirstAdministratorLink({ store, publicUrl: url }))?.url,
      [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}
