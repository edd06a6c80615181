import type { CallerName } from '@rancher-hub/contracts'
import { createLogger, startTelemetry } from '@rancher-hub/service-kit'
import { toStartRefused } from '../start-refused-error.ts'
import { loadProcessSettings } from './config.ts'
import { type ProcessHealth, startHealthServer } from './health-server.ts'
import {
  checkKeys,
  checkServiceSettings,
  type Environment,
  type Running,
  type StartContext,
  startServiceParts,
} from './service-process.ts'
import type { Missing } from './wait-until-there.ts'

/** A process of the distributed shape, from its first moment on: it tells its health while it waits for its servers. */
export interface HubProcess extends AsyncDisposable {
  /** Resolves when it works; rejects when it cannot. */
  readonly started: Promise<void>
  readonly healthPort: number
}

/** Starts one of the six. @throws ConfigError | StartRefusedError */
export const startProcess = async (name: CallerName, env: Environment): Promise<HubProcess> => {
  const settings = loadProcessSettings(name, env)
  checkKeys(name, settings)
  if (name !== 'gateway') checkServiceSettings(name, env)
  const telemetry = await startTelemetry({
    serviceName: `rancher-hub-${name}`,
    endpoint: env['OTEL_EXPORTER_OTLP_ENDPOINT'],
  })
  const serviceLog = createLogger({ level: settings.hub.logLevel })
  const log = serviceLog.child({ service: name })
  const missing: Missing = new Map()
  const stopped = new AbortController()
  let running: Running | undefined

  const health = async (): Promise<ProcessHealth> =>
    running === undefined ? { ready: false, problems: ['starting', ...missing.values()] } : await running.health()
  const server = await startHealthServer(
    settings.hub.healthHost,
    settings.health.healthPort,
    `HUB_${name.toUpperCase()}_HEALTH_PORT`,
    health,
  )
  log.info({ healthPort: server.port }, 'starting')

  const context: StartContext = { settings, env, log, serviceLog, missing, signal: stopped.signal }
  const start = async (): Promise<void> => {
    try {
      running =
        name === 'gateway'
          ? await (await import('./gateway-process.ts')).startGatewayParts(context)
          : await startServiceParts(name, context)
    } catch (error) {
      throw toStartRefused(error)
    }
    log.info('started')
  }
  const started = start()
  return {
    started,
    healthPort: server.port,
    [Symbol.asyncDispose]: async () => {
      stopped.abort()
      await started.catch((error: unknown) => log.debug({ err: error }, 'stopped while starting'))
      await running?.[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      await telemetry[Symbol.asyncDispose]()
    },
  }
}
