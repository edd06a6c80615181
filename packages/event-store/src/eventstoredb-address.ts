import { EventStoreDBClient } from '@eventstore/db-client'
import { parseAddress } from '@rancher-hub/domain'
import { EventStoreRefusedError } from './event-store.port.ts'

/** Where EventStoreDB is, and as whom the hub comes. */
export interface OpenAddress {
  /** Hosts and ports, for messages. */
  readonly where: string
  readonly credentials: { readonly username: string; readonly password: string } | undefined
  /** Whether the leader is looked for among several servers. */
  readonly isCluster: boolean
  /** Connects with the first call; knows neither user nor password. */
  readonly client: EventStoreDBClient
}

const refused = (reason: string): EventStoreRefusedError =>
  new EventStoreRefusedError(`HUB_EVENTSTOREDB_URL cannot be used: ${reason}`)

/** The client quotes what it cannot read: it is not shown the user and the password. */
const createClient = (urlWithoutUser: string): EventStoreDBClient => {
  try {
    const client = EventStoreDBClient.connectionString(urlWithoutUser)
    // It looks for another server whenever a call fails, and nobody hears when it finds none: that would end the process.
    const handle = client['handleError']
    client['handleError'] = async (...failed) => await handle(...failed).catch(() => undefined)
    return client
  } catch (error) {
    throw refused((error as Error).message)
  }
}

/** Takes a connection string apart and makes its client. @throws EventStoreRefusedError in one sentence, without the password */
export const openAddress = (url: string): OpenAddress => {
  const address = parseAddress(url)
  if (address === undefined) {
    throw refused(
      'esdb://user:password@host:2113?tls=true is expected; the characters / ? # @ of a password are written %2F %3F %23 %40.',
    )
  }
  const { scheme, hosts, user, password } = address
  if (scheme !== 'esdb' && scheme !== 'esdb+discover')
    throw refused(`it begins with ${scheme}://, but must begin with esdb:// or esdb+discover://.`)
  const rest = url.slice(user === undefined ? url.indexOf('://') + 3 : url.indexOf('@') + 1)
  return {
    where: hosts,
    credentials: user === undefined ? undefined : { username: user, password: password ?? '' },
    isCluster: scheme === 'esdb+discover' || hosts.includes(','),
    client: createClient(`${scheme}://${rest}`),
  }
}
