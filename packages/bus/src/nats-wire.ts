import { headers as createHeaders, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node'
import {
  type BusMessage,
  type BusUnavailableError,
  type Headers,
  MAX_MESSAGE_BYTES,
  MessageTooLargeError,
} from './bus.port.ts'
import type { Mux } from './nats-mux.ts'
import type { Pulse } from './nats-pulse.ts'
import type { Subscriptions } from './nats-subscriptions.ts'

/** Header by which two adapters talk to each other; callers and handlers never see it. */
const SIGNAL = 'hub-signal'
/** Header with the number of chunks that a stream's caller takes in advance. */
const WINDOW = 'hub-window'

/** Who works on a request says that often that it is there, and so does a stream's caller. */
export const ALIVE_MS = 3_000
/** Without a word for that long, the other side counts as gone: nobody tells when a process dies. */
export const GONE_MS = 10_000

/** What a message is besides its data. */
export type Signal = 'failed' | 'too-large' | 'end' | 'stopped' | 'alive'

/** Headers of a message, with the adapter's own ones. */
export const toWireHeaders = (
  headers: Headers | undefined,
  own: { readonly signal?: Signal; readonly window?: number } = {},
): MsgHdrs | undefined => {
  if (headers === undefined && own.signal === undefined && own.window === undefined) return undefined
  const wire = createHeaders()
  // Names are there once each: `append` does not look for earlier ones, as `set` does.
  for (const [name, value] of Object.entries(headers ?? {})) wire.append(name, value)
  if (own.signal !== undefined) wire.append(SIGNAL, own.signal)
  if (own.window !== undefined) wire.append(WINDOW, String(own.window))
  return wire
}

/** The client's own `get` makes two lists for every look. */
const headerOf = (message: Msg, wanted: string): string | undefined => {
  for (const [name, values] of message.headers ?? []) if (name === wanted) return values[0]
  return undefined
}

export const signalOf = (message: Msg): Signal | undefined => {
  const signal = headerOf(message, SIGNAL)
  return signal === undefined || signal === '' ? undefined : (signal as Signal)
}

export const windowOf = (message: Msg): number => Number(headerOf(message, WINDOW) ?? 0)

/** The server's answer that nobody listens to a subject. */
export const isNoResponder = (message: Msg): boolean => message.headers?.code === 503 && message.data.length === 0

/** A message as the port knows it, with bytes of its own. */
export const toBusMessage = (subject: string, message: Msg): BusMessage => {
  const headers: Record<string, string> = {}
  for (const [name, values] of message.headers ?? [])
    if (name !== SIGNAL && name !== WINDOW) headers[name] = values[0] ?? ''
  return { subject, data: new Uint8Array(message.data), headers }
}

/** @throws MessageTooLargeError */
export const assertSize = (subject: string, data: Uint8Array): void => {
  if (data.byteLength > MAX_MESSAGE_BYTES) throw new MessageTooLargeError(subject, data.byteLength)
}

/** Subject by which callers take a request back: every responder of it hears, the one that works on it stops. */
export const cancelSubject = (subject: string): string => `_cancel.${subject}`

/** What both sides of a request need. */
export interface Wire {
  readonly connection: NatsConnection
  readonly subscriptions: Subscriptions
  readonly mux: Mux
  /** Beats every {@link ALIVE_MS}. */
  readonly pulse: Pulse
  /** Subject on the wire: with the prefix of this bus. */
  readonly physical: (subject: string) => string
  /** Ends the waiting of everything under way when the connection is lost; returns what forgets it. */
  readonly onLost: (listener: (error: BusUnavailableError) => void) => () => void
  /** Resolves when a connection that is lost is there again; never where that does not happen. */
  readonly again: () => Promise<void>
}

/** Says something that is of no use to anybody once the connection is closed: timers and handlers may come late. */
export const say = (
  { connection }: Wire,
  subject: string,
  what: { readonly data?: string; readonly signal?: Signal },
): void => {
  if (connection.isClosed()) return
  const headers = toWireHeaders(undefined, what.signal === undefined ? {} : { signal: what.signal })
  connection.publish(subject, what.data, headers === undefined ? {} : { headers })
}
