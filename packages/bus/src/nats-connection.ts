import { readFileSync } from 'node:fs'
import {
  AuthorizationError,
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
  UserAuthenticationExpiredError,
} from '@nats-io/transport-node'
import { BusRefusedError, BusUnavailableError } from './bus.port.ts'

/** Oldest server whose permissions and JetStream behave as the hub expects. */
const MINIMUM_VERSION = [2, 10] as const
/** A frozen server is noticed after two pings without an answer. */
const PING_MS = 5_000

/** Where NATS is and who we are there. */
export interface NatsOptions {
  /** One server or several, comma-separated: `nats://host:4222`. */
  readonly url: string
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly token?: string | undefined
  /** File with a user's JWT and seed, as `nsc` makes it. */
  readonly credentialsFile?: string | undefined
  /** Name of the connection, for operators. */
  readonly name?: string | undefined
  /** First token of answer subjects; permissions can be limited to it. */
  readonly inboxPrefix?: string | undefined
}

/** Servers of a URL without credentials, for messages. */
export const natsHost = (url: string): string => url.replaceAll(/\/\/[^@/,]*@/g, '//')

const toConnectionOptions = (options: NatsOptions): ConnectionOptions => ({
  servers: options.url.split(',').map((each) => each.trim()),
  name: options.name ?? 'rancher-hub',
  maxReconnectAttempts: -1,
  reconnectTimeWait: 250,
  pingInterval: PING_MS,
  maxPingOut: 2,
  timeout: 5_000,
  ignoreAuthErrorAbort: true,
  ...(options.user === undefined ? {} : { user: options.user }),
  ...(options.password === undefined ? {} : { pass: options.password }),
  ...(options.token === undefined ? {} : { token: options.token }),
  ...(options.inboxPrefix === undefined ? {} : { inboxPrefix: options.inboxPrefix }),
  ...(options.credentialsFile === undefined
    ? {}
    : { authenticator: credsAuthenticator(readFileSync(options.credentialsFile)) }),
})

const assertNewEnough = (connection: NatsConnection, where: string): void => {
  const version = connection.info?.version ?? ''
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > MINIMUM_VERSION[0] || (major === MINIMUM_VERSION[0] && minor >= MINIMUM_VERSION[1])) return
  throw new BusRefusedError(
    `NATS at ${where} is version ${version}; the hub needs ${MINIMUM_VERSION.join('.')} or newer.`,
  )
}

/** Connects, and then reconnects for as long as it takes. @throws BusUnavailableError | BusRefusedError */
export const connectNats = async (options: NatsOptions): Promise<NatsConnection> => {
  const where = natsHost(options.url)
  let connection: NatsConnection
  try {
    connection = await connect(toConnectionOptions(options))
  } catch (error) {
    if (error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError) {
      throw new BusRefusedError(
        `NATS at ${where} refuses these credentials; check HUB_NATS_USER and HUB_NATS_PASSWORD.`,
        { cause: error },
      )
    }
    throw new BusUnavailableError(`NATS at ${where} cannot be reached: ${(error as Error).message}`, { cause: error })
  }
  try {
    assertNewEnough(connection, where)
    return connection
  } catch (error) {
    await connection.close()
    throw error
  }
}
