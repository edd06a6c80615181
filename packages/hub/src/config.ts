import { defineSharedConfig, secret } from '@rancher-hub/service-kit'
import { z } from 'zod'
import { natsAddress } from './server-address.ts'

const flag = (description: string) => z.stringbool().optional().describe(description)

/** Who the hub is on NATS. */
export const natsSettings = {
  natsUser: z.string().optional().describe('User on NATS; in the distributed shape one for each service'),
  natsPassword: secret(z.string().optional()).describe('Password of that user'),
  natsToken: secret(z.string().optional()).describe('Token for NATS, instead of user and password'),
  natsCredentialsFile: z.string().optional().describe('Credentials file for NATS (JWT and seed), instead of both'),
} as const

/** Settings of the standalone hub. */
export const hubConfig = defineSharedConfig(
  z.object({
    host: z.string().default('127.0.0.1').describe('Address to listen on'),
    port: z.coerce.number().int().min(0).max(65_535).default(8080).describe('Port to listen on; 0: any free one'),
    dataDir: z.string().default('./data').describe('Folder of events.db, the read models and keys/master.key'),
    publicUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Address under which browsers reach the hub, when it differs from the listen address'),
    tlsCertFile: z.string().optional().describe('Certificate (PEM) to serve HTTPS with'),
    tlsKeyFile: z.string().optional().describe('Private key (PEM) of that certificate'),
    trustedProxies: z
      .string()
      .optional()
      .transform((text) => (text === undefined ? [] : text.split(',').map((each) => each.trim())))
      .describe('Addresses or networks of proxies whose X-Forwarded-* headers count, comma-separated'),
    allowLoopbackSites: flag(
      'Whether sites on loopback addresses may be connected; default: yes while the hub itself listens on loopback',
    ),
    natsUrl: natsAddress.optional().describe('NATS server (JetStream) to publish public events to, stream HUB_EVENTS'),
    ...natsSettings,
    masterKey: secret(z.string().optional()).describe(
      'Master key, base64, 32 bytes; default: keys/master.key in the data folder',
    ),
    logLevel: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('info')
      .describe('Least level that is logged'),
  }),
)

export type HubConfig = z.output<typeof hubConfig.schema>
