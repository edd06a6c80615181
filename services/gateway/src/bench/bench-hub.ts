import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { authConfig, createAuthService, createFirstAdministratorLink } from '@rancher-hub/auth'
import { createMemoryBus } from '@rancher-hub/bus/memory'
import { openSqliteEventStore } from '@rancher-hub/event-store/sqlite'
import { openSqliteReadModels } from '@rancher-hub/read-model/sqlite'
import { createKeyPair, createLogger, type ServiceDeps, soleLeases, startService } from '@rancher-hub/service-kit'
import { createSitesService, sitesConfig } from '@rancher-hub/sites'
import fastify from 'fastify'
import { createGateway, gatewayConfig } from '../service.ts'

/** What the measuring process needs to know: where the hub listens, and the cookie of somebody signed in. */
export interface BenchServer {
  readonly port: number
  readonly cookie: string
}

/** Environments that the measured list has: as many as a team has. */
const ENVIRONMENTS = ['Development', 'Test', 'Staging', 'Production']

const startServices = async (folder: string) => {
  const bus = createMemoryBus()
  const store = openSqliteEventStore({ file: join(folder, 'events.db') })
  const keys = { gateway: createKeyPair(), auth: createKeyPair(), sites: createKeyPair() }
  const publicKeys = { gateway: keys.gateway.publicKey, auth: keys.auth.publicKey, sites: keys.sites.publicKey }
  const log = createLogger({ level: 'error' })
  const depsOf = (name: 'auth' | 'sites'): ServiceDeps => ({
    ...{ store, bus, log, publicKeys, privateKey: keys[name].privateKey },
    models: openSqliteReadModels({ file: join(folder, `models-${name}.db`) }),
    leases: soleLeases(),
  })
  const authDeps = { ...depsOf('auth'), publicUrl: () => 'http://127.0.0.1' }
  await startService(createAuthService(authConfig.schema.parse({}), authDeps), authDeps)
  const sitesDeps = depsOf('sites')
  const sites = { ...sitesConfig.schema.parse({}), masterKey: randomBytes(32), allowLoopbackSites: false }
  await startService(createSitesService(sites, sitesDeps), sitesDeps)
  return { bus, store, log, privateKey: keys.gateway.privateKey }
}

/** Gateway, auth and sites on SQLite, with somebody signed in and a few environments. */
export const startBenchHub = async (folder: string): Promise<BenchServer> => {
  const { bus, store, log, privateKey } = await startServices(folder)
  const config = gatewayConfig.schema.parse({ requestsPerMinute: 1_000_000_000 })
  const health = async () => ({ ready: true, parts: [] })
  const app = await createGateway(config, { bus, privateKey, log, health, webDir: join(folder, 'web') })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const link = await createFirstAdministratorLink({ store, publicUrl: '' })
  const post = async (path: string, body: object, cookie = '') =>
    await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify(body),
    })
  const redeemed = await post('/links/redeem', {
    token: link?.url.split('#')[1],
    name: 'Ada',
    username: 'ada',
    password: 'correct horse battery',
  })
  const cookie = redeemed.headers.get('set-cookie')?.split(';')[0] ?? ''
  for (const name of ENVIRONMENTS) await post('/environments', { name, colour: '#1f6feb' }, cookie)
  return { port, cookie }
}

/** The same answer from a bare Fastify route. */
export const startBareServer = async (answer: string): Promise<BenchServer> => {
  const app = fastify()
  const body: unknown = JSON.parse(answer)
  app.get('/api/v1/environments', async () => body)
  await app.listen({ host: '127.0.0.1', port: 0 })
  return { port: (app.server.address() as AddressInfo).port, cookie: '' }
}
