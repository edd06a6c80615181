import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createGateway } from '@rancher-hub/gateway'
import { listen, readTls } from '../listen.ts'
import { assertSafeToListen } from '../listen-address.ts'
import { loadGatewaySettings } from './config.ts'
import { parsePrivateKey } from './internal-keys.ts'
import { openBus, type Running, type StartContext } from './service-process.ts'

/** Starts the gateway: it needs NATS alone, and answers «not available» as long as the services are not there. */
export const startGatewayParts = async (context: StartContext): Promise<Running> => {
  const { settings, env, log } = context
  const { gateway, hub } = loadGatewaySettings(env)
  const { publicUrl } = settings.hub
  assertSafeToListen({ ...hub, publicUrl })
  await using stack = new AsyncDisposableStack()
  const bus = stack.use(await openBus('gateway', context))
  const health = async () => {
    const problem = bus.problem()
    return { ready: problem === undefined, problems: problem === undefined ? [] : [problem] }
  }
  const app = await createGateway(gateway, {
    bus,
    privateKey: parsePrivateKey(settings.hub.internalKey),
    log,
    // Anybody may ask this one: where NATS is, is said on the health port alone.
    health: async () => {
      const { ready } = await health()
      return { ready, parts: [{ name: 'gateway', ready, problems: ready ? [] : ['NATS cannot be reached'] }] }
    },
    webDir: join(import.meta.dirname, '../../../../web/dist'),
    publicUrl,
    trustedProxies: hub.trustedProxies,
    tls: readTls(hub),
  })
  stack.defer(async () => await app.close())
  await listen(app, hub.host, hub.port)
  const { port } = app.server.address() as AddressInfo
  log.info({ host: hub.host, port }, 'listening')
  const owned = stack.move()
  return {
    health: async () => ({ ...(await health()), port }),
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  }
}
