import {
  type Bus,
  type BusMessage,
  BusUnavailableError,
  RemoteError,
  type Reply,
  type RequestOptions,
  type Subscription,
} from './bus.port.ts'
import { within } from './deadline.ts'
import { copyMessage, createMailbox } from './message.ts'
import { InFlight, Responders } from './responders.ts'
import { type StreamHandler, StreamResponder } from './stream-responder.ts'
import { assertPattern, assertSubject, subjectMatches } from './subject.ts'

type Unary = (message: BusMessage, signal: AbortSignal) => Promise<Reply>

interface Subscriber {
  readonly pattern: string
  readonly deliver: (message: BusMessage) => void
}

const createSubscription = (remove: () => void, done: () => Promise<void>): Subscription => ({
  [Symbol.asyncDispose]: async () => {
    remove()
    await done()
  },
})

/** Asks one responder and waits for its answer, no longer than the caller wants to. */
const ask = async (handler: Unary, message: BusMessage, options: RequestOptions): Promise<BusMessage> => {
  const { subject } = message
  const cancel = new AbortController()
  const work = (async () => {
    try {
      return await handler(message, cancel.signal)
    } catch {
      // The detail stays on the responder's side, as it would on a wire.
      throw new RemoteError(subject)
    }
  })()
  const reply = await within(work, subject, options, cancel)
  return copyMessage(subject, reply.data, reply.headers)
}

/** Who is there to hear and to answer. */
const createRegistry = () => {
  const unary = new Responders<Unary>()
  const streaming = new Responders<StreamResponder>()
  const subscribers = new Set<Subscriber>()
  const stops = new Set<() => Promise<void>>()
  const lasting = (remove: () => void, done: () => Promise<void>): Subscription => {
    stops.add(done)
    return createSubscription(remove, async () => {
      await done()
      stops.delete(done)
    })
  }
  return {
    unary,
    streaming,
    subscribers,
    stopAll: async () => void (await Promise.all([...stops].map(async (stop) => await stop()))),
    respond: (subject: string, queue: string, handler: Unary): Subscription => {
      const inFlight = new InFlight()
      const remove = unary.add(
        subject,
        queue,
        async (message, signal) => await inFlight.track(handler(message, signal)),
      )
      return lasting(remove, async () => await inFlight.done())
    },
    respondStream: (subject: string, queue: string, handler: StreamHandler): Subscription => {
      const responder = new StreamResponder(handler)
      const remove = streaming.add(subject, queue, responder)
      return lasting(remove, async () => await responder.stop(subject))
    },
    subscribe: (
      pattern: string,
      handler: (message: BusMessage) => Promise<void> | void,
      onError: (error: unknown) => void,
    ): Subscription => {
      const { deliver, drained } = createMailbox(handler, onError)
      const subscriber = { pattern, deliver }
      subscribers.add(subscriber)
      return lasting(() => void subscribers.delete(subscriber), drained)
    },
  }
}

/** The bus of one process. Messages are copied bytes, as on a wire. Closing it waits for handlers and ends streams. */
export const createMemoryBus = (): Bus => {
  const registry = createRegistry()
  let open = true

  const check = (subject: string, assert: (subject: string) => void): void => {
    assert(subject)
    if (!open) throw new BusUnavailableError('The bus is closed')
  }

  return {
    request: async (subject, data, options) => {
      check(subject, assertSubject)
      options.signal?.throwIfAborted()
      const message = copyMessage(subject, data, options.headers)
      return await ask(registry.unary.pick(subject), message, options)
    },
    respond: async (subject, queue, handler) => {
      check(subject, assertSubject)
      return registry.respond(subject, queue, handler)
    },
    requestStream: async function* (subject, data, options) {
      check(subject, assertSubject)
      options.signal?.throwIfAborted()
      const message = copyMessage(subject, data, options.headers)
      yield* registry.streaming.pick(subject).stream(message, options)
    },
    respondStream: async (subject, queue, handler) => {
      check(subject, assertSubject)
      return registry.respondStream(subject, queue, handler)
    },
    publish: async (subject, data, headers) => {
      check(subject, assertSubject)
      const message = copyMessage(subject, data, headers)
      for (const { pattern, deliver } of registry.subscribers) {
        if (subjectMatches(pattern, subject)) deliver(copyMessage(subject, message.data, message.headers))
      }
    },
    subscribe: async (pattern, handler, onError) => {
      check(pattern, assertPattern)
      return registry.subscribe(pattern, handler, onError)
    },
    [Symbol.asyncDispose]: async () => {
      open = false
      registry.subscribers.clear()
      await registry.stopAll()
    },
  }
}
