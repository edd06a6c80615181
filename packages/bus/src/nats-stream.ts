import type { Msg } from '@nats-io/transport-node'
import {
  type BusMessage,
  BusTimeoutError,
  BusUnavailableError,
  MessageTooLargeError,
  type Reply,
  type RequestOptions,
} from './bus.port.ts'
import { createRunning, errorOf } from './nats-request.ts'
import {
  assertSize,
  cancelSubject,
  GONE_MS,
  type Signal,
  say,
  signalOf,
  toBusMessage,
  toWireHeaders,
  type Wire,
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
  const quiet = wire.pulse.onBeat(() => {
    if (Date.now() - heard > GONE_MS) chunks.fail(new BusUnavailableError(`Who answers ${subject} is gone`))
    else if (control !== undefined) say(wire, control, { data: '0' })
  })
  let ended = false
  try {
    const headers = toWireHeaders(options.headers, { window: STREAM_WINDOW })
    wire.connection.publish(wire.physical(subject), data, {
      reply: inbox.talk,
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
        say(wire, control, { data: String(STREAM_WINDOW / 2) })
    }
  } finally {
    quiet()
    options.signal?.removeEventListener('abort', onAbort)
    forget()
    inbox.close()
    if (!ended) say(wire, cancelSubject(wire.physical(subject)), { data: inbox.talk })
  }
}

/** What the caller of one stream allows: chunks in advance, and for how long silence is fine. */
const createCredit = (wire: Wire, first: number, signal: AbortSignal, onGone: () => void) => {
  let left = first
  let heard = Date.now()
  let wake: () => void = () => undefined
  const unwatch = wire.pulse.onBeat(() => {
    if (Date.now() - heard > GONE_MS) onGone()
  })
  // Once for the whole stream: it may have millions of chunks.
  signal.addEventListener('abort', () => wake(), { once: true })
  return {
    grant: (message: Msg): void => {
      heard = Date.now()
      left += Number(message.string())
      wake()
    },
    /** Waits until a chunk may be sent, or the stream is cancelled. */
    take: async (): Promise<void> => {
      while (left <= 0 && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      left -= 1
    },
    close: unwatch,
  }
}

/** Answers requests with many chunks until it is disposed; streams under way are cancelled then. */
export const respondStream = (
  wire: Wire,
  subject: string,
  queue: string,
  handler: (message: BusMessage, signal: AbortSignal) => AsyncIterable<Reply>,
): (() => Promise<void>) => {
  const inFlight = new InFlight()
  const running = createRunning(wire, subject)

  const answer = async (message: Msg, reply: string): Promise<void> => {
    const cancel = running.begin(reply)
    const { signal } = cancel
    const tell = (what: Signal): void => say(wire, reply, { signal: what })
    const credit = createCredit(wire, windowOf(message), signal, () => cancel.abort(new Error('The caller is gone')))
    const control = wire.mux.listen(credit.grant)
    const quiet = wire.pulse.onBeat(() => tell('alive'))
    // Chunks and credit that were under way are gone: going on would leave a gap that the caller cannot see.
    const forget = wire.onLost((error) => {
      cancel.abort(error)
      void wire.again().then(() => tell('stopped'))
    })
    const chunks = handler(toBusMessage(subject, message), signal)[Symbol.asyncIterator]()
    // The end of the stream must not hang on a handler that waits for something else.
    signal.addEventListener('abort', () => void Promise.resolve(chunks.return?.()).catch(() => tell('stopped')), {
      once: true,
    })
    try {
      for (;;) {
        await credit.take()
        signal.throwIfAborted()
        const chunk = await chunks.next()
        signal.throwIfAborted()
        if (chunk.done === true) break
        assertSize(subject, chunk.value.data)
        const headers = toWireHeaders(chunk.value.headers)
        const options = { reply: control.talk, ...(headers === undefined ? {} : { headers }) }
        wire.connection.publish(reply, chunk.value.data, options)
      }
      tell('end')
    } catch (error) {
      // Details stay on this side.
      tell(signal.aborted ? 'stopped' : error instanceof MessageTooLargeError ? 'too-large' : 'failed')
    } finally {
      quiet()
      forget()
      credit.close()
      control.close()
      running.end(reply)
      if (!signal.aborted) cancel.abort(new Error('The stream has ended'))
    }
  }

  const listener = (message: Msg): void => {
    if (message.reply !== undefined && message.reply !== '') void inFlight.track(answer(message, message.reply))
  }
  const held = wire.subscriptions.hold(wire.physical(subject), listener, queue)
  return async () => {
    held.close()
    running.abortAll(new BusUnavailableError(`Who answers ${subject} has stopped`))
    await inFlight.done()
    running.close()
  }
}
