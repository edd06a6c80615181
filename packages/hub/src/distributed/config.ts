import { authConfig } from '@rancher-hub/auth/config'
import type { CallerName } from '@rancher-hub/contracts'
import { gatewayConfig } from '@rancher-hub/gateway/config'
import { defineConfig, defineSharedConfig, loadConfig, secret } from '@rancher-hub/service-kit'
import { sitesConfig } from '@rancher-hub/sites/config'
import { z } from 'zod'
import { hubConfig, natsSettings } from '../config.ts'
import { eventStoreAddress, mongodbAddress, natsAddress } from '../server-address.ts'

/** Default port of each process's health answers. */
export const healthPorts = {
  gateway: 8081,
  auth: 8082,
  sites: 8083,
  sync: 8084,
  registry: 8085,
  monitor: 8086,
} as const satisfies Record<CallerName, number>

const eventStoreUrl = eventStoreAddress.describe(
  'EventStoreDB: esdb://host:2113?tls=false, or esdb+discover:// for a cluster; not for the gateway',
)

/** Where the event store is. */
export const eventStoreConfig = defineSharedConfig(
  z.object({
    eventstoredbUrl: eventStoreUrl.optional(),
    eventstoredbPrefix: z
      .string()
      .regex(/^[a-z0-9.]*$/u)
      .default('')
      .describe('Stands before every stream name, so that several hubs can share one EventStoreDB'),
  }),
)

/** Settings that every process of the distributed shape takes. */
export const distributedConfig = defineSharedConfig(
  z.object({
    ...natsSettings,
    natsUrl: natsAddress.describe('NATS servers, comma-separated: nats://host:4222'),
    eventstoredbUrl: eventStoreUrl,
    eventstoredbPrefix: eventStoreConfig.schema.shape.eventstoredbPrefix,
    mongodbUrl: mongodbAddress.describe('MongoDB: mongodb://host:27017; not for the gateway'),
    mongodbPrefix: z
      .string()
      .regex(/^[A-Za-z0-9_-]*$/u)
      .default('hub_')
      .describe('Stands before the name of each service’s database'),
    internalKey: secret(z.string()).describe('Private key (PEM, Ed25519) by which this service signs internal tokens'),
    internalKeysFile: z.string().describe('File (JSON) with the public keys of all services'),
    healthHost: z.string().default('127.0.0.1').describe('Address on which every process answers /health/*'),
    publicUrl: hubConfig.schema.shape.publicUrl,
    logLevel: hubConfig.schema.shape.logLevel,
  }),
)

/** What only `sites` is given. */
export const sitesProcessConfig = defineSharedConfig(
  z.object({
    masterKey: secret(z.string()).describe('Master key, base64, 32 bytes: wraps the keys of all stored credentials'),
    allowLoopbackSites: hubConfig.schema.shape.allowLoopbackSites,
  }),
)

/** Where the gateway listens. */
export const gatewayProcessConfig = defineSharedConfig(
  hubConfig.schema.pick({ host: true, port: true, tlsCertFile: true, tlsKeyFile: true, trustedProxies: true }),
)

/** The health port of one process. */
export const healthConfig = (name: CallerName) =>
  defineConfig(
    name,
    z.object({
      healthPort: z.coerce
        .number()
        .int()
        .min(0)
        .max(65_535)
        .default(healthPorts[name])
        .describe('Port on which the process answers /health/live and /health/ready; 0: any free one'),
    }),
  )

type Environment = Readonly<Record<string, string | undefined>>

/** @throws ConfigError with every problem at once */
export const loadProcessSettings = (name: CallerName, env: Environment) => ({
  ...loadConfig({ hub: name === 'gateway' ? withoutStores : distributedConfig, health: healthConfig(name) }, env),
})

/** The gateway has no state: it is given no database. */
const withoutStores = defineSharedConfig(
  distributedConfig.schema.extend({
    eventstoredbUrl: secret(z.string().default('')),
    mongodbUrl: secret(z.string().default('')),
  }),
)

export type ProcessSettings = ReturnType<typeof loadProcessSettings>
export const loadAuthSettings = (env: Environment) =>
  loadConfig({ auth: authConfig, gateway: gatewayProcessConfig }, env)
export const loadSitesSettings = (env: Environment) => loadConfig({ sites: sitesConfig, hub: sitesProcessConfig }, env)
export const loadGatewaySettings = (env: Environment) =>
  loadConfig({ gateway: gatewayConfig, hub: gatewayProcessConfig }, env)
