import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  authConfig,
  createAuthService,
  createFirstAdministratorLink,
  createPasswordHasher,
  type PasswordHasher,
} from '@rancher-hub/auth'
import type { Bus } from '@rancher-hub/bus'
import { createMemoryBus } from '@rancher-hub/bus/memory'
import type { Contract, RoleName } from '@rancher-hub/contracts'
import type { EventStore } from '@rancher-hub/event-store'
import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import type { ReadModels } from '@rancher-hub/read-model'
import { openMemoryReadModels } from '@rancher-hub/read-model/memory'
import {
  createKeyPair,
  createLogger,
  type KeyPair,
  type RunningService,
  type Service,
  type ServiceDeps,
  soleLeases,
  startService,
} from '@rancher-hub/service-kit'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { createGateway, type GatewayDeps, gatewayConfig } from '../src/service.ts'

export const PASSWORD = 'correct horse battery'
const HOST = 'hub.example'

/** More services to run beside auth, made from what every service gets. */
export type MoreServices = (depsOf: (name: 'sites' | 'sync') => ServiceDeps) => readonly (Service | Promise<Service>)[]

export interface HubOptions {
  readonly gateway?: Partial<GatewayDeps> | undefined
  readonly settings?: Readonly<Record<string, string>> | undefined
  readonly services?: MoreServices | undefined
  readonly passwords?: PasswordHasher | undefined
  /** Adapters of the event store and read models; default: memory. */
  readonly store?: EventStore | undefined
  readonly models?: (() => ReadModels) | undefined
}

/** One browser: keeps its cookie, speaks from the hub's own origin. */
export interface Browser {
  cookie: string | undefined
  request(options: InjectOptions & { readonly url: string }): Promise<LightMyRequestResponse>
}

const keysOf = (pairs: Readonly<Record<string, KeyPair>>) =>
  Object.fromEntries(Object.entries(pairs).map(([name, pair]) => [name, pair.publicKey]))

/** Gateway and services in one process, on memory adapters. */
export const startHub = async (options: HubOptions = {}) => {
  const bus: Bus = createMemoryBus()
  const store = options.store ?? openMemoryEventStore()
  const keys = { gateway: createKeyPair(), auth: createKeyPair(), sites: createKeyPair(), sync: createKeyPair() }
  const log = createLogger({ level: 'silent' })
  const openModels = options.models ?? openMemoryReadModels
  const models = { auth: openModels(), sites: openModels(), sync: openModels() }
  const depsOf = (name: 'auth' | 'sites' | 'sync'): ServiceDeps => ({
    store,
    models: models[name],
    bus,
    privateKey: keys[name].privateKey,
    publicKeys: keysOf(keys),
    log,
    leases: soleLeases(),
  })
  const passwords = options.passwords ?? createPasswordHasher({ memoryKib: 64 })
  const authDeps = { ...depsOf('auth'), publicUrl: () => `https://${HOST}`, passwords }
  const running: RunningService[] = []
  const services = await Promise.all([
    createAuthService(authConfig.schema.parse({}), authDeps),
    ...(options.services?.(depsOf) ?? []),
  ])
  for (const service of services) {
    running.push(
      await startService(service, service.name === 'auth' ? authDeps : depsOf(service.name as 'sites' | 'sync')),
    )
  }
  const app = await createGateway(gatewayConfig.schema.parse(options.settings ?? {}), {
    bus,
    privateKey: keys.gateway.privateKey,
    log,
    health: async () => ({ ready: true, parts: [] }),
    webDir: mkdtempSync(join(tmpdir(), 'hub-web-')),
    publicUrl: `https://${HOST}`,
    ...options.gateway,
  })

  const browser = (cookie?: string): Browser => {
    const self: Browser = {
      cookie,
      request: async (request) => {
        const all = { host: HOST, origin: `https://${HOST}`, cookie: self.cookie, ...request.headers }
        const headers = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
        const response = await app.inject({ ...request, headers })
        const set = response.headers['set-cookie']
        if (typeof set === 'string')
          self.cookie = set.includes('Max-Age=0') ? undefined : set.slice(0, set.indexOf(';'))
        return response
      },
    }
    return self
  }

  const redeem = async (url: string, payload: Record<string, string>): Promise<Browser> => {
    const person = browser()
    const token = url.slice(url.indexOf('#') + 1)
    const response = await person.request({
      method: 'POST',
      url: '/api/v1/links/redeem',
      payload: { token, password: PASSWORD, ...payload },
    })
    if (response.statusCode !== 200) throw new Error(`The link was not redeemed: ${response.body}`)
    return person
  }
  const administrator = async (): Promise<Browser> => {
    const link = await createFirstAdministratorLink({ store, publicUrl: `https://${HOST}` })
    if (link === undefined) throw new Error('There is an administrator already')
    return await redeem(link.url, { name: 'Ada', username: 'ada' })
  }
  const person = async (by: Browser, username: string, role: RoleName): Promise<Browser & { id: string }> => {
    const added = await by.request({
      method: 'POST',
      url: '/api/v1/people',
      payload: { name: username, username, role },
    })
    const { id, link } = added.json<{ id: string; link: { url: string } }>()
    return Object.assign(await redeem(link.url, {}), { id })
  }

  return {
    app,
    bus,
    keys,
    store,
    browser,
    administrator,
    person,
    running,
    [Symbol.asyncDispose]: async () => {
      await app.close()
      for (const service of running) await service[Symbol.asyncDispose]()
      await bus[Symbol.asyncDispose]()
    },
  }
}
export type Hub = Awaited<ReturnType<typeof startHub>>

/** Path of a contract with its parameters filled from an input; the rest in query or body. */
export const requestOf = (
  contract: Contract,
  input: Readonly<Record<string, unknown>>,
): InjectOptions & { url: string } => {
  const { method, path } = contract.http ?? { method: 'GET' as const, path: '/' as const }
  const rest = { ...input }
  const filled = path.replaceAll(/:(\w+)/g, (_match, name: string) => {
    const value = rest[name]
    delete rest[name]
    return encodeURIComponent(String(value ?? '').toWellFormed())
  })
  const url = `/api/v1${filled}`
  if (method !== 'GET' && method !== 'DELETE')
    return { method, url, headers: { 'content-type': 'application/json' }, payload: JSON.stringify(rest) }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(rest))
    for (const item of Array.isArray(value) ? value : [value]) if (item !== undefined) query.append(name, String(item))
  return { method, url: `${url}?${query.toString()}` }
}
