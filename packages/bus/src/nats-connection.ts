import { readFileSync } from 'node:fs'
import {
  AuthorizationError,
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
  NatsConnectionImpl,
  UserAuthenticationExpiredError,
} from '@nats-io/transport-node'
import { parseAddress } from '@rancher-hub/domain'
import { BusRefusedError, BusUnavailableError } from './bus.port.ts'

/** Oldest server whose permissions and JetStream behave as the hub expects. */
const MINIMUM_VERSION = [2, 10] as const
const SCHEMES = ['nats', 'tls']

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
  /** Milliseconds between two pings; a server that leaves two without an answer counts as gone. Default: 5,000. */
  readonly pingMs?: number | undefined
  /** First token of answer subjects; permissions can be limited to it. */
  readonly inboxPrefix?: string | undefined
}

/**
 * Servers, and who we are there, as the client takes them: it knows nothing of users in addresses.
 * @throws BusRefusedError
 */
const parseServers = (url: string) => {
  const addresses = url.split(',').map((each) => parseAddress(each.trim()))
  const known = addresses.filter((address) => address !== undefined && SCHEMES.includes(address.scheme))
  const [first] = known
  if (first === undefined || known.length < addresses.length) {
    throw new BusRefusedError(
      `The address of NATS cannot be read; it has the form nats://host:4222, with special characters of a password percent-encoded.`,
    )
  }
  const servers = known.map((address) => address?.hosts ?? '')
  return { servers, where: servers.join(','), user: first.user, password: first.password }
}

/** @throws BusRefusedError, before anything is tried: the client would try for ever */
const readCredentials = (file: string) => {
  try {
    const content = readFileSync(file)
    const authenticator = credsAuthenticator(content)
    // It reads the content only when it is asked to sign something.
    authenticator('nonce')
    return authenticator
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'it is no credentials file'
    throw new BusRefusedError(`HUB_NATS_CREDENTIALS_FILE names ${file}, which cannot be used: ${reason}.`)
  }
}

/** A user of an address stands back behind one that is named apart. `nats://token@host` is how NATS writes a token. */
const identityOf = (options: NatsOptions, inAddress: ReturnType<typeof parseServers>) => {
  if (options.credentialsFile !== undefined) return { authenticator: readCredentials(options.credentialsFile) }
  if (options.token !== undefined) return { token: options.token }
  const user = options.user ?? inAddress.user
  const password = options.password ?? inAddress.password
  if (user === undefined) return {}
  return options.user === undefined && password === undefined
    ? { token: user }
    : { user, ...(password === undefined ? {} : { pass: password }) }
}

const toConnectionOptions = (options: NatsOptions, parsed: ReturnType<typeof parseServers>): ConnectionOptions => ({
  servers: parsed.servers,
  name: options.name ?? 'rancher-hub',
  maxReconnectAttempts: -1,
  reconnectTimeWait: 250,
  pingInterval: options.pingMs ?? 5_000,
  maxPingOut: 2,
  timeout: 5_000,
  ignoreAuthErrorAbort: true,
  ...(options.inboxPrefix === undefined ? {} : { inboxPrefix: options.inboxPrefix }),
  ...identityOf(options, parsed),
})

const assertNewEnough = (connection: NatsConnection, where: string): void => {
  const version = connection.info?.version ?? ''
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > MINIMUM_VERSION[0] || (major === MINIMUM_VERSION[0] && minor >= MINIMUM_VERSION[1])) return
  throw new BusRefusedError(
    `NATS at ${where} is version ${version}; the hub needs ${MINIMUM_VERSION.join('.')} or newer.`,
  )
}

/**
 * Leaves a connection that is stale at once. The client would first wait until all that it has to say is sent, which has
 * no end where the server takes no more.
 */
const leaveWhenStale = async (connection: NatsConnection): Promise<void> => {
  // Its interface has no other way than the client's own, which waits.
  if (!(connection instanceof NatsConnectionImpl)) throw new TypeError('The client of NATS is made in another way now')
  for await (const { type } of connection.status())
    if (type === 'staleConnection') await connection.protocol.transport.close(new Error('The server does not answer'))
}

/** Connects, and then reconnects for as long as it takes. @throws BusUnavailableError | BusRefusedError */
export const connectNats = async (options: NatsOptions): Promise<NatsConnection> => {
  const parsed = parseServers(options.url)
  const { where } = parsed
  const connectionOptions = toConnectionOptions(options, parsed)
  let connection: NatsConnection
  try {
    connection = await connect(connectionOptions)
  } catch (error) {
    if (error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError) {
      throw new BusRefusedError(
        `NATS at ${where} refuses these credentials; check HUB_NATS_USER and HUB_NATS_PASSWORD, or what you use instead.`,
        { cause: error },
      )
    }
    throw new BusUnavailableError(`NATS at ${where} cannot be reached: ${(error as Error).message}`, { cause: error })
  }
  try {
    assertNewEnough(connection, where)
    void leaveWhenStale(connection)
    return connection
  } catch (error) {
    await connection.close()
    throw error
  }
}
