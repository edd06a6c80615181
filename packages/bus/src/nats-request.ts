import type { Msg, NatsConnection } from '@nats-io/transport-node'
import {
  type BusMessage,
  BusTimeoutError,
  BusUnavailableError,
  MessageTooLargeError,
  NoResponderError,
  RemoteError,
  type Reply,
  type RequestOptions,
} from './bus.port.ts'
import {
  ALIVE_MS,
  assertSize,
  cancelSubject,
  GONE_MS,
  isNoResponder,
  type Mux,
  signalOf,
  toBusMessage,
  toWireHeaders,
} from './nats-wire.ts'
import { InFlight } from './responders.ts'

/** What both sides of a request need. */
export interface Wire {
  readonly connection: NatsConnection
  readonly mux: Mux
  /** Subject on the wire: with the prefix of this bus. */
  readonly physical: (subject: string) => string
  /** Ends the waiting of everything under way when the connection is lost; returns what forgets it. */
  readonly onLost: (listener: (error: BusUnavailableError) => void) => () => void
}

/** The error that an answer stands for; undefined when it is one. */
export const errorOf = (message: Msg, subject: string): Error | undefined => {
  if (isNoResponder(message)) return new NoResponderError(subject)
  const signal = signalOf(message)
  if (signal === 'failed') return new RemoteError(subject)
  if (signal === 'too-large') return new MessageTooLargeError(subject, Number.POSITIVE_INFINITY)
  if (signal === 'stopped') return new BusUnavailableError(`Who answers ${subject} has stopped`)
  return undefined
}

/** One request, one answer. */
export const request = async (
  wire: Wire,
  subject: string,
  data: Uint8Array,
  options: RequestOptions,
): Promise<BusMessage> => {
  options.signal?.throwIfAborted()
  assertSize(subject, data)
  const { promise, resolve, reject } = Promise.withResolvers<Msg>()
  let heard = Date.now()
  const inbox = wire.mux.listen((message) => {
    if (signalOf(message) === 'alive') heard = Date.now()
    else resolve(message)
  })
  const giveUp = (error: unknown): void => {
    wire.connection.publish(cancelSubject(wire.physical(subject)), inbox.subject)
    reject(error)
  }
  const onAbort = (): void => giveUp(options.signal?.reason)
  const timer = setTimeout(() => giveUp(new BusTimeoutError(subject, options.timeoutMs)), options.timeoutMs)
  options.signal?.addEventListener('abort', onAbort, { once: true })
  const forget = wire.onLost(reject)
  const watch =
    options.timeoutMs <= GONE_MS
      ? undefined
      : setInterval(() => {
          if (Date.now() - heard > GONE_MS) reject(new BusUnavailableError(`Who answers ${subject} is gone`))
        }, ALIVE_MS)
  try {
    const headers = toWireHeaders(options.headers)
    wire.connection.publish(wire.physical(subject), data, {
      reply: inbox.subject,
      ...(headers === undefined ? {} : { headers }),
    })
    const answer = await promise
    const error = errorOf(answer, subject)
    if (error !== undefined) throw error
    return toBusMessage(subject, answer)
  } finally {
    clearTimeout(timer)
    clearInterval(watch)
    options.signal?.removeEventListener('abort', onAbort)
    forget()
    inbox.close()
  }
}

/** Requests under way, by the subject of their answer. */
export const createRunning = (wire: Wire, subject: string) => {
  const running = new Map<string, AbortController>()
  const cancels = wire.connection.subscribe(cancelSubject(wire.physical(subject)), {
    callback: (error, message) => {
      if (error === null) running.get(message.string())?.abort(new Error('The caller has left'))
    },
  })
  return {
    begin: (reply: string): AbortController => {
      const cancel = new AbortController()
      running.set(reply, cancel)
      return cancel
    },
    end: (reply: string): void => void running.delete(reply),
    abortAll: (reason: Error): void => {
      for (const cancel of running.values()) cancel.abort(reason)
    },
    close: (): void => cancels.unsubscribe(),
  }
}

/** Answers requests until it is disposed. */
export const respond = (
  wire: Wire,
  subject: string,
  queue: string,
  handler: (message: BusMessage, signal: AbortSignal) => Promise<Reply>,
): (() => Promise<void>) => {
  const { connection } = wire
  const inFlight = new InFlight()
  const running = createRunning(wire, subject)
  const answer = async (message: Msg, reply: string): Promise<void> => {
    const cancel = running.begin(reply)
    const alive = setInterval(() => {
      const signal = toWireHeaders(undefined, { signal: 'alive' })
      if (signal !== undefined && !connection.isClosed()) connection.publish(reply, undefined, { headers: signal })
    }, ALIVE_MS)
    try {
      const { data, headers } = await handler(toBusMessage(subject, message), cancel.signal)
      assertSize(subject, data)
      const wireHeaders = toWireHeaders(headers)
      connection.publish(reply, data, wireHeaders === undefined ? {} : { headers: wireHeaders })
    } catch (error) {
      // The detail stays on this side.
      const signal = error instanceof MessageTooLargeError ? 'too-large' : 'failed'
      const headers = toWireHeaders(undefined, { signal })
      if (headers !== undefined && !connection.isClosed()) connection.publish(reply, undefined, { headers })
    } finally {
      clearInterval(alive)
      running.end(reply)
    }
  }
  const subscription = connection.subscribe(wire.physical(subject), {
    queue,
    callback: (error, message) => {
      if (error === null && message.reply !== undefined) void inFlight.track(answer(message, message.reply))
    },
  })
  return async () => {
    subscription.unsubscribe()
    await inFlight.done()
    running.close()
  }
}
