import { createPublicKey } from 'node:crypto'
import { type NatsBus, openNatsBus } from '@rancher-hub/bus/nats'
import type { CallerName, ServiceName } from '@rancher-hub/contracts'
import { type EventStoreDb, openEventStoreDb } from '@rancher-hub/event-store/eventstoredb'
import { type MongoReadModels, openMongoReadModels } from '@rancher-hub/read-model/mongodb'
import {
  hideDeleted,
  type Logger,
  newId,
  openLeases,
  type RunningService,
  type Service,
  type ServiceDeps,
  startService,
} from '@rancher-hub/service-kit'
import { createJetStreamSink } from '../jetstream-sink.ts'
import { StartRefusedError } from '../start-refused-error.ts'
import { loadAuthSettings, loadSitesSettings, type ProcessSettings } from './config.ts'
import type { ProcessHealth } from './health-server.ts'
import { parseMasterKey, parsePrivateKey, readPublicKeys } from './internal-keys.ts'
import { type Missing, waitUntilThere } from './wait-until-there.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What a process works with while it starts. */
export interface StartContext {
  readonly settings: ProcessSettings
  readonly env: Environment
  /** Of the process. */
  readonly log: Logger
  /** For a service, which names itself. */
  readonly serviceLog: Logger
  readonly missing: Missing
  readonly signal: AbortSignal
}

/** A part of a process that runs, and how it is. */
export interface Running extends AsyncDisposable {
  health(): Promise<ProcessHealth>
}

/** The bus as one service sees it: its own user, its own inbox. */
export const openBus = async (name: CallerName, { settings, log, missing, signal }: StartContext): Promise<NatsBus> => {
  const { natsUrl, natsUser, natsPassword, natsToken, natsCredentialsFile } = settings.hub
  const open = async (): Promise<NatsBus> =>
    await openNatsBus({
      url: natsUrl,
      user: natsUser,
      password: natsPassword,
      token: natsToken,
      credentialsFile: natsCredentialsFile,
      name: `rancher-hub-${name}`,
      inboxPrefix: `_INBOX_${name}`,
      onProblem: (problem) => log.warn({ problem }, 'NATS'),
    })
  return await waitUntilThere('NATS', open, { missing, log, signal })
}

/** Makes the service that a name stands for; only that one is loaded. */
const createService = async (
  name: ServiceName,
  { env, settings }: StartContext,
  deps: ServiceDeps,
): Promise<Service> => {
  switch (name) {
    case 'auth': {
      const { createAuthService } = await import('@rancher-hub/auth')
      const { auth, gateway } = loadAuthSettings(env)
      const publicUrl = settings.hub.publicUrl ?? `http://${gateway.host}:${gateway.port}`
      return createAuthService(auth, { ...deps, publicUrl: () => publicUrl })
    }
    case 'sites': {
      const { createSitesService } = await import('@rancher-hub/sites')
      const { sites, hub } = loadSitesSettings(env)
      const masterKey = parseMasterKey(hub.masterKey)
      return createSitesService({ ...sites, masterKey, allowLoopbackSites: hub.allowLoopbackSites ?? false }, deps)
    }
    case 'sync':
      return await (await import('@rancher-hub/sync')).createSyncService(deps)
    case 'registry':
      return (await import('@rancher-hub/registry')).createRegistryService()
    case 'monitor':
      return (await import('@rancher-hub/monitor')).createMonitorService()
  }
}

/** Whether a process has its own key, and of the hub that the others belong to. @throws StartRefusedError */
export const checkKeys = (name: CallerName, { hub }: ProcessSettings): void => {
  const own = createPublicKey(parsePrivateKey(hub.internalKey))
  if (readPublicKeys(hub.internalKeysFile)[name]?.equals(own) === true) return
  throw new StartRefusedError(
    `HUB_INTERNAL_KEY is not the key of ${name} in ${hub.internalKeysFile}; give each service the key of its own name, all of one «hub keys create».`,
  )
}

/** Fails early on what needs no server. @throws ConfigError | StartRefusedError */
export const checkServiceSettings = (name: ServiceName, env: Environment): void => {
  if (name === 'sites') parseMasterKey(loadSitesSettings(env).hub.masterKey)
  if (name === 'auth') loadAuthSettings(env)
}

const healthOf = (
  service: RunningService,
  parts: { readonly bus: NatsBus; readonly store: EventStoreDb; readonly models: MongoReadModels },
): (() => Promise<ProcessHealth>) => {
  return async () => {
    const away = [parts.bus.problem(), parts.store.problem(), parts.models.problem()].filter(
      (problem) => problem !== undefined,
    )
    // Asking a database that is away for dead letters would only take its time.
    if (away.length > 0) return { ready: false, problems: away }
    const { ready, problems, projections, deadLetters } = await service.health()
    return { ready, problems, projections, deadLetters }
  }
}

/** Starts a service on NATS, EventStoreDB and MongoDB, as soon as they are there. */
export const startServiceParts = async (name: ServiceName, context: StartContext): Promise<Running> => {
  const { settings, log, missing, signal } = context
  const { hub } = settings
  const waiting = { missing, log, signal }
  await using stack = new AsyncDisposableStack()
  const store = stack.use(openEventStoreDb({ url: hub.eventstoredbUrl, prefix: hub.eventstoredbPrefix }))
  const models = stack.use(
    openMongoReadModels({
      url: hub.mongodbUrl,
      database: `${hub.mongodbPrefix}${name}`,
      appName: `rancher-hub-${name}`,
    }),
  )
  // What was opened while something else failed is closed, or it would keep the process alive.
  const opening = openBus(name, context).then(async (opened) => {
    if (!stack.disposed) return stack.use(opened)
    await opened[Symbol.asyncDispose]()
    throw signal.reason
  })
  const [bus] = await Promise.all([
    opening,
    waitUntilThere('EventStoreDB', async () => await store.check(), waiting),
    waitUntilThere('MongoDB', async () => await models.check(), waiting),
  ])
  const parts = {
    store,
    models: hideDeleted(models),
    bus,
    privateKey: parsePrivateKey(hub.internalKey),
    publicKeys: readPublicKeys(hub.internalKeysFile),
    log: context.serviceLog,
    sinks: [createJetStreamSink(async () => bus.connection)],
  }
  const start = async (): Promise<RunningService> => {
    const deps: ServiceDeps = { ...parts, leases: await openLeases(models, newId(), () => new Date()) }
    return await startService(await createService(name, context, deps), deps)
  }
  const service = stack.use(await waitUntilThere('its servers', start, waiting))
  const owned = stack.move()
  return {
    health: healthOf(service, { bus, store, models }),
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  }
}
