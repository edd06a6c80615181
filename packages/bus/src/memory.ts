import {
  type Bus,
  type BusMessage,
  BusTimeoutError,
  BusUnavailableError,
  type Headers,
  MAX_MESSAGE_BYTES,
  MessageTooLargeError,
  NoResponderError,
  RemoteError,
  type Reply,
  type RequestOptions,
  type Subscription,
} from './bus.port.ts'
import { subjectMatches } from './subject.ts'

type Unary = (message: BusMessage, signal: AbortSignal) => Promise<Reply>
type Streaming = (message: BusMessage, signal: AbortSignal) => AsyncIterable<Reply>

/** Responders of one subject and queue, taken in turn. */
interface Group<H> {
  readonly handlers: H[]
  next: number
}

const copy = (subject: string, data: Uint8Array, headers: Headers = {}): BusMessage => {
  if (data.byteLength > MAX_MESSAGE_BYTES) throw new MessageTooLargeError(subject, data.byteLength)
  return { subject, data: data.slice(), headers: { ...headers } }
}

class Responders<H> {
  readonly #bySubject = new Map<string, Map<string, Group<H>>>()

  add(subject: string, queue: string, handler: H): () => void {
    const queues = this.#bySubject.get(subject) ?? new Map<string, Group<H>>()
    const group = queues.get(queue) ?? { handlers: [], next: 0 }
    group.handlers.push(handler)
    queues.set(queue, group)
    this.#bySubject.set(subject, queues)
    return () => {
      group.handlers.splice(group.handlers.indexOf(handler), 1)
      if (group.handlers.length === 0) queues.delete(queue)
    }
  }

  pick(subject: string): H {
    const group = this.#bySubject.get(subject)?.values().next().value
    const handler = group?.handlers[group.next % group.handlers.length]
    if (group === undefined || handler === undefined) throw new NoResponderError(subject)
    group.next += 1
    return handler
  }
}

/** Work that a subscription waits for when it is disposed. */
class InFlight {
  readonly #work = new Set<Promise<unknown>>()

  async track<T>(work: Promise<T>): Promise<T> {
    this.#work.add(work)
    try {
      return await work
    } finally {
      this.#work.delete(work)
    }
  }

  async done(): Promise<void> {
    await Promise.allSettled([...this.#work])
  }
}

/** Settles with `work`, or rejects when time is up or the signal aborts; `cancel` then tells the worker. */
const within = async <T>(work: Promise<T>, subject: string, options: RequestOptions, cancel: AbortController): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new BusTimeoutError(subject, options.timeoutMs)), options.timeoutMs)
  const onAbort = (): void => reject(options.signal?.reason)
  options.signal?.addEventListener('abort', onAbort, { once: true })
  try {
    options.signal?.throwIfAborted()
    return await Promise.race([work, promise])
  } catch (error) {
    cancel.abort(error)
    throw error
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
  }
}

/** One subscriber's messages, handled one after the other. */
const createMailbox = (handler: (message: BusMessage) => Promise<void> | void, onError: (error: unknown) => void) => {
  let tail: Promise<void> = Promise.resolve()
  return {
    deliver: (message: BusMessage): void => {
      tail = tail.then(async () => await handler(message)).catch(onError)
    },
    drained: async (): Promise<void> => await tail,
  }
}

/** The bus of one process. Messages are copied bytes, as on a wire. */
export const createMemoryBus = (): Bus => {
  const unary = new Responders<Unary>()
  const streaming = new Responders<Streaming>()
  const subscribers = new Set<{ pattern: string; deliver: (message: BusMessage) => void }>()
  const all = new InFlight()
  let open = true

  const assertOpen = (): void => {
    if (!open) throw new BusUnavailableError('The bus is closed')
  }

  const subscription = (remove: () => void, done: () => Promise<void>): Subscription => ({
    [Symbol.asyncDispose]: async () => {
      remove()
      await done()
    },
  })

  const register = <H>(responders: Responders<H>, subject: string, queue: string, make: (inFlight: InFlight) => H): Subscription => {
    assertOpen()
    const inFlight = new InFlight()
    const remove = responders.add(subject, queue, make(inFlight))
    return subscription(remove, async () => await inFlight.done())
  }

  const streamChunks = async function* (subject: string, handler: Streaming, message: BusMessage, options: RequestOptions): AsyncGenerator<BusMessage> {
    const cancel = new AbortController()
    const chunks = handler(message, cancel.signal)[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = chunks.next().catch((error: unknown) => {
          throw new RemoteError(subject, { cause: error })
        })
        const chunk = await within(next, subject, options, cancel)
        if (chunk.done === true) return
        yield copy(subject, chunk.value.data, chunk.value.headers)
      }
    } finally {
      cancel.abort(new Error('The caller has left'))
      // The responder may be waiting for something; it is told by the signal and ends by itself.
      void Promise.resolve(chunks.return?.()).catch(() => undefined)
    }
  }

  return {
    request: async (subject, data, options) => {
      assertOpen()
      const handler = unary.pick(subject)
      const cancel = new AbortController()
      const message = copy(subject, data, options.headers)
      const work = all.track(handler(message, cancel.signal))
      const reply = await within(
        work.catch((error: unknown) => {
          throw new RemoteError(subject, { cause: error })
        }),
        subject,
        options,
        cancel,
      )
      return copy(subject, reply.data, reply.headers)
    },
    respond: async (subject, queue, handler) =>
      register(unary, subject, queue, (inFlight) => async (message, signal) => await inFlight.track(handler(message, signal))),
    requestStream: async function* (subject, data, options) {
      assertOpen()
      yield* streamChunks(subject, streaming.pick(subject), copy(subject, data, options.headers), options)
    },
    respondStream: async (subject, queue, handler) => register(streaming, subject, queue, () => handler),
    publish: async (subject, data, headers) => {
      assertOpen()
      for (const subscriber of subscribers) {
        if (subjectMatches(subscriber.pattern, subject)) subscriber.deliver(copy(subject, data, headers))
      }
    },
    subscribe: async (pattern, handler, onError) => {
      assertOpen()
      const mailbox = createMailbox(handler, onError)
      const subscriber = { pattern, deliver: mailbox.deliver }
      subscribers.add(subscriber)
      return subscription(() => void subscribers.delete(subscriber), mailbox.drained)
    },
    [Symbol.asyncDispose]: async () => {
      open = false
      subscribers.clear()
      await all.done()
    },
  }
}
