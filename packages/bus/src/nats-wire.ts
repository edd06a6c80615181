import { headers as createHeaders, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node'
import { type BusMessage, type Headers, MAX_MESSAGE_BYTES, MessageTooLargeError } from './bus.port.ts'

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
  for (const [name, value] of Object.entries(headers ?? {})) wire.set(name, value)
  if (own.signal !== undefined) wire.set(SIGNAL, own.signal)
  if (own.window !== undefined) wire.set(WINDOW, String(own.window))
  return wire
}

export const signalOf = (message: Msg): Signal | undefined => {
  const signal = message.headers?.get(SIGNAL)
  return signal === undefined || signal === '' ? undefined : (signal as Signal)
}

export const windowOf = (message: Msg): number => Number(message.headers?.get(WINDOW) ?? 0)

/** The server's answer that nobody listens to a subject. */
export const isNoResponder = (message: Msg): boolean => message.data.length === 0 && message.headers?.code === 503

/** A message as the port knows it, with bytes of its own. */
export const toBusMessage = (subject: string, message: Msg): BusMessage => {
  const headers: Record<string, string> = {}
  for (const [name, values] of message.headers ?? [])
    if (name !== SIGNAL && name !== WINDOW) headers[name] = values[0] ?? ''
  return { subject, data: Uint8Array.from(message.data), headers }
}

/** @throws MessageTooLargeError */
export const assertSize = (subject: string, data: Uint8Array): void => {
  if (data.byteLength > MAX_MESSAGE_BYTES) throw new MessageTooLargeError(subject, data.byteLength)
}

/** Subject by which callers take a request back: every responder of it hears, the one that works on it stops. */
export const cancelSubject = (subject: string): string => `_cancel.${subject}`

/** Answers to this process under one subscription, each under an id of its own. */
export const createMux = (connection: NatsConnection, inbox: string) => {
  const listeners = new Map<string, (message: Msg) => void>()
  let made = 0
  const subscription = connection.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error === null) listeners.get(message.subject)?.(message)
    },
  })
  return {
    /** A fresh subject and how to give it up. */
    listen: (listener: (message: Msg) => void): { readonly subject: string; readonly close: () => void } => {
      made += 1
      const subject = `${inbox}.${made.toString(36)}`
      listeners.set(subject, listener)
      return { subject, close: () => void listeners.delete(subject) }
    },
    close: (): void => subscription.unsubscribe(),
  }
}
export type Mux = ReturnType<typeof createMux>
