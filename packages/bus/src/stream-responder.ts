import { type BusMessage, BusUnavailableError, RemoteError, type Reply, type RequestOptions } from './bus.port.ts'
import { within } from './deadline.ts'
import { copyMessage } from './message.ts'
import { InFlight } from './responders.ts'

/** Answers one request with many messages. */
export type StreamHandler = (message: BusMessage, signal: AbortSignal) => AsyncIterable<Reply>

/** A registered handler and the streams that it is answering. */
export class StreamResponder {
  readonly #handler: StreamHandler
  readonly #running = new Set<AbortController>()
  readonly #ending = new InFlight()

  constructor(handler: StreamHandler) {
    this.#handler = handler
  }

  /** Streams may have no end of their own: those under way are told to stop, and waited for. */
  async stop(subject: string): Promise<void> {
    for (const cancel of this.#running) cancel.abort(new BusUnavailableError(`Who answers ${subject} has stopped`))
    await this.#ending.done()
  }

  /** Chunks are taken from the handler one at a time, when the caller asks: it is never ahead of the caller. */
  async *stream(message: BusMessage, options: RequestOptions): AsyncGenerator<BusMessage> {
    const { subject } = message
    const cancel = new AbortController()
    const ended = Promise.withResolvers<void>()
    void this.#ending.track(ended.promise)
    this.#running.add(cancel)
    const chunks = this.#start(message, cancel.signal)
    // The end of the stream must not hang on a consumer that has stopped asking.
    const finish = (): void =>
      void chunks.return(undefined).then(
        () => ended.resolve(),
        () => ended.resolve(),
      )
    cancel.signal.addEventListener('abort', finish, { once: true })
    try {
      for (;;) {
        cancel.signal.throwIfAborted()
        const chunk = await within(this.#next(chunks, subject, cancel.signal), subject, options, cancel)
        if (chunk.done === true) return
        yield copyMessage(subject, chunk.value.data, chunk.value.headers)
      }
    } finally {
      this.#running.delete(cancel)
      cancel.abort(new Error('The caller has left'))
    }
  }

  async *#start(message: BusMessage, signal: AbortSignal): AsyncGenerator<Reply> {
    yield* this.#handler(message, signal)
  }

  async #next(chunks: AsyncIterator<Reply>, subject: string, signal: AbortSignal): Promise<IteratorResult<Reply>> {
    try {
      const chunk = await chunks.next()
      // An end that we asked for is not the end of what there was to say.
      if (chunk.done === true) signal.throwIfAborted()
      return chunk
    } catch {
      signal.throwIfAborted()
      // The detail stays on the responder's side, as it would on a wire.
      throw new RemoteError(subject)
    }
  }
}
