import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect, headers, type NatsConnection } from '@nats-io/transport-node'
import { CloudEvent } from '@rancher-hub/contracts'
import { type EventSink, encode, type Logger } from '@rancher-hub/service-kit'

/** JetStream stream of all public events. */
export const EVENTS_STREAM = 'HUB_EVENTS'
const NO_MESSAGE = 10037

interface Connected {
  readonly connection: NatsConnection
  readonly client: JetStreamClient
  readonly manager: JetStreamManager
}

const open = async (options: { readonly url: string; readonly token?: string | undefined }): Promise<Connected> => {
  const connection = await connect({
    servers: options.url,
    name: 'rancher-hub',
    maxReconnectAttempts: -1,
    ...(options.token === undefined ? {} : { token: options.token }),
  })
  const manager = await jetstreamManager(connection)
  const subjects = ['hub.evt.>']
  await manager.streams.add({ name: EVENTS_STREAM, subjects }).catch(async (error: unknown) => {
    // The stream is there with other settings: an administrator's choice that stays.
    await manager.streams.info(EVENTS_STREAM).catch(() => Promise.reject(error))
  })
  return { connection, client: jetstream(connection), manager }
}

const hasCode = (error: unknown, code: number): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code

/**
 * Public events on JetStream: same subjects, same ids as on the hub's own bus. The stream itself tells how far it is,
 * so publishing resumes from its last message; its duplicate window and the event ids make repeats harmless.
 * The server may be away at start: publishing waits for it.
 */
export const createJetStreamSink = (
  options: { readonly url: string; readonly token?: string | undefined },
  log: Logger,
): EventSink & AsyncDisposable => {
  let opening: Promise<Connected> | undefined
  const connected = async (): Promise<Connected> => {
    opening ??= open(options).catch((error: unknown) => {
      opening = undefined
      throw new Error(`NATS at ${options.url} cannot be used`, { cause: error })
    })
    return await opening
  }
  return {
    name: 'jetstream',
    lastPosition: async (service) => {
      const { manager } = await connected()
      try {
        const message = await manager.streams.getMessage(EVENTS_STREAM, { last_by_subj: `hub.evt.*.${service}.>` })
        if (message === null) return undefined
        return CloudEvent.parse(message.json()).position
      } catch (error) {
        if (hasCode(error, NO_MESSAGE) || String(error).includes('no message found')) return undefined
        throw error
      }
    },
    publish: async (subject, event) => {
      const { client } = await connected()
      const messageHeaders = headers()
      messageHeaders.set('content-type', 'application/cloudevents+json')
      await client.publish(subject, encode(event), { msgID: event.id, headers: messageHeaders, timeout: 5_000 })
    },
    [Symbol.asyncDispose]: async () => {
      if (opening === undefined) return
      try {
        await (await opening).connection.drain()
      } catch (error) {
        log.warn({ err: error }, 'NATS connection did not close cleanly')
      }
    },
  }
}
