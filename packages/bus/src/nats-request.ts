import type { Msg } from '@nats-io/transport-node'
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
import { talkSubject } from './nats-mux.ts'
import {
  assertSize,
  cancelSubject,
  GONE_MS,
  isNoResponder,
  say,
  signalOf,
  toBusMessage,
  toWireHeaders,
  type Wire,
} from './nats-wire.ts'
import { InFlight } from './responders.ts'

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
  const inbox = wire.mux.listen((message, isAnswer) => {
    if (isAnswer) resolve(message)
    else heard = Date.now()
  })
  const giveUp = (error: unknown): void => {
    say(wire, cancelSubject(wire.physical(subject)), { data: inbox.answer })
    reject(error)
  }
  const onAbort = (): void => giveUp(options.signal?.reason)
  const timer = setTimeout(() => giveUp(new BusTimeoutError(subject, options.timeoutMs)), options.timeoutMs)
  options.signal?.addEventListener('abort', onAbort, { once: true })
  const forget = wire.onLost(reject)
  const unwatch = wire.pulse.onBeat(() => {
    if (Date.now() - heard > GONE_MS) reject(new BusUnavailableError(`Who answers ${subject} is gone`))
  })
  try {
    const headers = toWireHeaders(options.headers)
    wire.connection.publish(wire.physical(subject), data, {
      reply: inbox.answer,
      ...(headers === undefined ? {} : { headers }),
    })
    const answer = await promise
    const error = errorOf(answer, subject)
    if (error !== undefined) throw error
    return toBusMessage(subject, answer)
  } finally {
    clearTimeout(timer)
    unwatch()
    options.signal?.removeEventListener('abort', onAbort)
    forget()
    inbox.close()
  }
}

/** Requests under way, by the subject of their answer. */
export const createRunning = (wire: Wire, subject: string) => {
  const running = new Map<string, AbortController>()
  const cancels = wire.subscriptions.hold(cancelSubject(wire.physical(subject)), (message) => {
    running.get(message.string())?.abort(new Error('The caller has left'))
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
    close: cancels.close,
  }
}

/** Answers requests until it is disposed. */
export const respond = (
  wire: Wire,
  subject: string,
  queue: string,
  handler: (message: BusMessage, signal: AbortSignal) => Promise<Reply>,
): (() => Promise<void>) => {
  const inFlight = new InFlight()
  const running = createRunning(wire, subject)
  const answer = async (message: Msg, reply: string): Promise<void> => {
    const cancel = running.begin(reply)
    const talk = talkSubject(reply)
    const quiet = wire.pulse.onBeat(() => {
      if (talk !== undefined) say(wire, talk, { signal: 'alive' })
    })
    try {
      const { data, headers } = await handler(toBusMessage(subject, message), cancel.signal)
      assertSize(subject, data)
      const wireHeaders = toWireHeaders(headers)
      wire.connection.publish(reply, data, wireHeaders === undefined ? {} : { headers: wireHeaders })
    } catch (error) {
      // The detail stays on this side.
      say(wire, reply, { signal: error instanceof MessageTooLargeError ? 'too-large' : 'failed' })
    } finally {
      quiet()
      running.end(reply)
    }
  }
  const listener = (message: Msg): void => {
    if (message.reply !== undefined && message.reply !== '') void inFlight.track(answer(message, message.reply))
  }
  const held = wire.subscriptions.hold(wire.physical(subject), listener, queue)
  return async () => {
    held.close()
    await inFlight.done()
    running.close()
  }
}
