import type { Msg } from '@nats-io/transport-node'
import {
  type BusMessage,
  BusTimeoutError,
  BusUnavailableError,
  MessageTooLargeError,
  type Reply,
  type RequestOptions,
} from './bus.port.ts'
import { createRunning, errorOf, type Wire } from './nats-request.ts'
import {
  ALIVE_MS,
  assertSize,
  cancelSubject,
  GONE_MS,
  type Signal,
  signalOf,
  toBusMessage,
  toWireHeaders,
  windowOf,
} from './nats-wire.ts'
import { InFlight } from './responders.ts'

/** Chunks that a responder may send before its caller has asked for more. */
export const STREAM_WINDOW = 32
/** Chunks as they arrive, and a way to wait for the next one. */
const createInbox = () => {
  const queue: Msg[] = []
  let failure: { readonly error: unknown } | undefined
  let wake: () => void = () => undefined
  return {
    push: (message: Msg): void => {
      queue.push(message)
      wake()
    },
    fail: (error: unknown): void => {
      failure ??= { error }
      wake()
    },
    /** @throws what `fail` was given, at once; BusTimeoutError when nothing comes in time */
    next: async (timeoutMs: number, subject: string): Promise<Msg> => {
      for (;;) {
        if (failure !== undefined) throw failure.error
        const message = queue.shift()
        if (message !== undefined) return message
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        const timer = setTimeout(() => {
          failure ??= { error: new BusTimeoutError(subject, timeoutMs) }
          resolve()
        }, timeoutMs)
        await promise
        clearTimeout(timer)
      }
    },
  }
}

/** One request, many answers; the responder is never more than {@link STREAM_WINDOW} chunks ahead. */
export const requestStream = async function* (
  wire: Wire,
  subject: string,
  data: Uint8Array,
  options: RequestOptions,
): AsyncGenerator<BusMessage> {
  options.signal?.throwIfAborted()
  assertSize(subject, data)
  const { connection } = wire
  const chunks = createInbox()
  let heard = Date.now()
  const inbox = wire.mux.listen((message) => {
    heard = Date.now()
    if (signalOf(message) !== 'alive') chunks.push(message)
  })
  const onAbort = (): void => chunks.fail(options.signal?.reason)
  options.signal?.addEventListener('abort', onAbort, { once: true })
  const forget = wire.onLost(chunks.fail)
  let control: string | undefined
  const alive = setInterval(() => {
    if (Date.now() - heard > GONE_MS) chunks.fail(new BusUnavailableError(`Who answers ${subject} is gone`))
    else if (control !== undefined) connection.publish(control, '0')
  }, ALIVE_MS)
  let ended = false
  try {
    const headers = toWireHeaders(options.headers, { window: STREAM_WINDOW })
    connection.publish(wire.physical(subject), data, {
      reply: inbox.subject,
      ...(headers === undefined ? {} : { headers }),
    })
    for (let taken = 1; ; taken += 1) {
      const message = await chunks.next(options.timeoutMs, subject)
      ended = signalOf(message) !== undefined
      const error = errorOf(message, subject)
      if (error !== undefined) throw error
      if (ended) return
      control = message.reply
      yield toBusMessage(subject, message)
      if (control !== undefined && taken % (STREAM_WINDOW / 2) === 0)
        connection.publish(control, String(STREAM_WINDOW / 2))
    }
  } finally {
    clearInterval(alive)
    options.signal?.removeEventListener('abort', onAbort)
    forget()
    inbox.close()
    if (!ended && !connection.isClosed()) connection.publish(cancelSubject(wire.physical(subject)), inbox.subject)
  }
}

/** What the caller of one stream allows: chunks in advance, and for how long silence is fine. */
const createCredit = (first: number, onGone: () => void) => {
  let left = first
  let heard = Date.now()
  let wake: () => void = () => undefined
  const watch = setInterval(() => {
    if (Date.now() - heard > GONE_MS) onGone()
  }, ALIVE_MS)
  return {
    grant: (message: Msg): void => {
      heard = Date.now()
      left += Number(message.string())
      wake()
    },
    /** Waits until a chunk may be sent, or the stream is cancelled. */
    take: async (signal: AbortSignal): Promise<void> => {
      while (left <= 0 && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
      }
      left -= 1
    },
    close: (): void => clearInterval(watch),
  }
}

/** Answers requests with many chunks until it is disposed; streams under way are cancelled then. */
export const respondStream = (
  wire: Wire,
  subject: string,
  queue: string,
  handler: (message: BusMessage, signal: AbortSignal) => AsyncIterable<Reply>,
): (() => Promise<void>) => {
  const { connection } = wire
  const inFlight = new InFlight()
  const running = createRunning(wire, subject)

  const answer = async (message: Msg, reply: string): Promise<void> => {
    const cancel = running.begin(reply)
    const { signal } = cancel
    const say = (what: Signal): void => {
      const headers = toWireHeaders(undefined, { signal: what })
      if (headers !== undefined && !connection.isClosed()) connection.publish(reply, undefined, { headers })
    }
    const credit = createCredit(windowOf(message), () => cancel.abort(new Error('The caller is gone')))
    const control = wire.mux.listen(credit.grant)
    const alive = setInterval(() => say('alive'), ALIVE_MS)
    const chunks = handler(toBusMessage(subject, message), signal)[Symbol.asyncIterator]()
    // The end of the stream must not hang on a handler that waits for something else.
    signal.addEventListener('abort', () => void Promise.resolve(chunks.return?.()).catch(() => say('stopped')), {
      once: true,
    })
    try {
      for (;;) {
        await credit.take(signal)
        signal.throwIfAborted()
        const chunk = await chunks.next()
        signal.throwIfAborted()
        if (chunk.done === true) break
        assertSize(subject, chunk.value.data)
        const headers = toWireHeaders(chunk.value.headers)
        const options = { reply: control.subject, ...(headers === undefined ? {} : { headers }) }
        connection.publish(reply, chunk.value.data, options)
      }
      say('end')
    } catch (error) {
      // Details stay on this side.
      say(signal.aborted ? 'stopped' : error instanceof MessageTooLargeError ? 'too-large' : 'failed')
    } finally {
      clearInterval(alive)
      credit.close()
      control.close()
      running.end(reply)
      if (!signal.aborted) cancel.abort(new Error('The stream has ended'))
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
    running.abortAll(new BusUnavailableError(`Who answers ${subject} has stopped`))
    await inFlight.done()
    running.close()
  }
}
