import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { headers } from '@nats-io/transport-node'
import { CloudEvent } from '@rancher-hub/contracts'
import type { EventStore } from '@rancher-hub/event-store'
import { type EventSink, encode } from '@rancher-hub/service-kit'

/** JetStream stream of all public events. */
export const EVENTS_STREAM = 'HUB_EVENTS'
const NO_MESSAGE = 10037

interface Opened {
  readonly client: JetStreamClient
  readonly manager: JetStreamManager
}

const open = async (connection: NatsConnection): Promise<Opened> => {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  // An administrator's other settings of the stream stay.
  await manager.streams.info(EVENTS_STREAM).catch(async () => {
    await manager.streams.add({ name: EVENTS_STREAM, subjects: ['hub.evt.>'] })
  })
  return { client: jetstream(connection), manager }
}

const hasCode = (error: unknown, code: number): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code

/**
 * Where an event is in this store. The position that it was published with may be another store's: that of the
 * standalone hub before a migration, or of somebody else's hub on the same server.
 */
const positionOf = async (store: EventStore, { id, subject }: CloudEvent): Promise<number | undefined> => {
  for await (const event of store.readStream(subject)) if (event.id === id) return event.position
  return undefined
}

/**
 * Public events on JetStream: same subjects, same ids as on the hub's own bus. The stream itself tells how far it is,
 * so publishing resumes from its last message; its duplicate window and the event ids make repeats harmless.
 * `connect` may fail while the server is away: publishing waits for it.
 */
export const createJetStreamSink = (connect: () => Promise<NatsConnection>): EventSink => {
  let opening: Promise<Opened> | undefined
  const opened = async (): Promise<Opened> => {
    opening ??= connect()
      .then(open)
      .catch((error: unknown) => {
        opening = undefined
        throw new Error('JetStream cannot be used', { cause: error })
      })
    return await opening
  }
  /** After a failure the stream is looked for, and made, anew: the server may have come back without it. */
  const orAnew = async <T>(work: (opened: Opened) => Promise<T>): Promise<T> => {
    try {
      return await work(await opened())
    } catch (error) {
      opening = undefined
      throw error
    }
  }
  return {
    name: 'jetstream',
    lastPosition: async (service, store) =>
      await orAnew(async ({ manager }) => {
        try {
          const message = await manager.streams.getMessage(EVENTS_STREAM, { last_by_subj: `hub.evt.*.${service}.>` })
          return message === null ? undefined : await positionOf(store, CloudEvent.parse(message.json()))
        } catch (error) {
          if (hasCode(error, NO_MESSAGE) || String(error).includes('no message found')) return undefined
          throw error
        }
      }),
    publish: async (subject, event) =>
      await orAnew(async ({ client }) => {
        const messageHeaders = headers()
        messageHeaders.set('content-type', 'application/cloudevents+json')
        await client.publish(subject, encode(event), { msgID: event.id, headers: messageHeaders, timeout: 5_000 })
      }),
  }
}
