import {
  AckPolicy,
  type ConsumerInfo,
  DeliverPolicy,
  type JetStreamManager,
  jetstreamManager,
} from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { EVENTS_STREAM } from '../jetstream-sink.ts'
import { StartRefusedError } from '../start-refused-error.ts'
import { ADMINISTRATOR } from './nats-permissions.ts'

/** https://github.com/nats-io/nats-server/blob/main/server/errors.json */
const STREAM_NOT_FOUND = 10_059
const CONSUMER_NOT_FOUND = 10_014

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

const existing = async (manager: JetStreamManager, name: string): Promise<ConsumerInfo | undefined> => {
  try {
    return await manager.consumers.info(EVENTS_STREAM, name)
  } catch (error) {
    if (codeOf(error) === CONSUMER_NOT_FOUND) return undefined
    if (codeOf(error) === STREAM_NOT_FOUND)
      throw new StartRefusedError(`The stream ${EVENTS_STREAM} is not there yet; start the hub first.`)
    throw new StartRefusedError(
      `NATS does not let this user see and make consumers of ${EVENTS_STREAM}; connect as «${ADMINISTRATOR}».`,
      { cause: error },
    )
  }
}

/**
 * Makes the durable consumer by which a subscriber outside pulls one organization's events, from the first on. Nothing
 * changes when it is there. @throws StartRefusedError
 */
export const createConsumer = async (
  connection: NatsConnection,
  { user, organization }: { readonly user: string; readonly organization: string },
): Promise<void> => {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  const filter = `hub.evt.${organization}.>`
  const there = await existing(manager, user)
  if (there === undefined) {
    await manager.consumers.add(EVENTS_STREAM, {
      durable_name: user,
      filter_subject: filter,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
    })
  } else if (there.config.filter_subject !== filter || there.config.deliver_subject !== undefined) {
    throw new StartRefusedError(`There is another consumer «${user}»; delete it, or choose another name with --user.`)
  }
}
