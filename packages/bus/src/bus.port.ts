/**
 * The message bus port. Payloads are bytes on every adapter, the in-process one too, so that nothing works in one
 * process that would fail in two. Subjects are dot-separated tokens; patterns use NATS wildcards (`*` one token, `>` the rest).
 */

/** Payloads over this many bytes are refused (NATS's default limit is 1 MiB; headers need room). */
export const MAX_MESSAGE_BYTES = 1_000_000

/** Header names are lower-case; values have no line breaks. */
export type Headers = Readonly<Record<string, string>>

export interface BusMessage {
  readonly subject: string
  readonly data: Uint8Array
  readonly headers: Headers
}

export interface RequestOptions {
  readonly headers?: Headers | undefined
  /** Milliseconds until {@link BusTimeoutError}; for streams: until the first chunk, and between two. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** An answer: bytes with headers (the kit puts `status: ok | refused | failed` there). */
export interface Reply {
  readonly data: Uint8Array
  readonly headers?: Headers | undefined
}

export interface Subscription extends AsyncDisposable {
  /** Stops taking messages and waits for those being handled. Streams, which may have no end, are cancelled: their callers get BusUnavailableError. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Closing it waits for handlers and ends streams. A subject or pattern that NATS would refuse is a TypeError. */
export interface Bus extends AsyncDisposable {
  /** One request, one answer, from one of the responders. @throws NoResponderError | BusTimeoutError | MessageTooLargeError (also for the answer) | RemoteError | BusUnavailableError, or the reason of the signal */
  request(subject: string, data: Uint8Array, options: RequestOptions): Promise<BusMessage>
  /** Answers requests; responders with the same `queue` share them. A handler that throws makes the request fail with RemoteError (no detail crosses). */
  respond(
    subject: string,
    queue: string,
    handler: (message: BusMessage, signal: AbortSignal) => Promise<Reply>,
  ): Promise<Subscription>
  /** One request, many answers, in order, until the responder ends. Leaving the loop or aborting cancels the responder. Slow consumers slow the responder down. */
  requestStream(subject: string, data: Uint8Array, options: RequestOptions): AsyncIterable<BusMessage>
  respondStream(
    subject: string,
    queue: string,
    handler: (message: BusMessage, signal: AbortSignal) => AsyncIterable<Reply>,
  ): Promise<Subscription>
  /** Fire and forget, at most once, to every subscriber. @throws MessageTooLargeError | BusUnavailableError */
  publish(subject: string, data: Uint8Array, headers?: Headers): Promise<void>
  /** Messages are handled one after the other, in the order of publishing. A throwing handler is reported to `onError` and does not stop the subscription. */
  subscribe(
    pattern: string,
    handler: (message: BusMessage) => Promise<void> | void,
    onError: (error: unknown) => void,
  ): Promise<Subscription>
}

/** Nobody answers this subject now. */
export class NoResponderError extends Error {
  override name = 'NoResponderError'
  constructor(subject: string) {
    super(`Nobody answers ${subject}`)
  }
}
/** No answer in time; the outcome is unknown. */
export class BusTimeoutError extends Error {
  override name = 'BusTimeoutError'
  constructor(subject: string, timeoutMs: number) {
    super(`No answer from ${subject} within ${timeoutMs} ms`)
  }
}
/** A payload over {@link MAX_MESSAGE_BYTES}. */
export class MessageTooLargeError extends Error {
  override name = 'MessageTooLargeError'
  constructor(subject: string, bytes: number) {
    super(`Message of ${bytes} bytes for ${subject} is over the limit of ${MAX_MESSAGE_BYTES}`)
  }
}
/** The handler on the other side threw. */
export class RemoteError extends Error {
  override name = 'RemoteError'
  constructor(subject: string, options?: ErrorOptions) {
    super(`The answer of ${subject} failed`, options)
  }
}
/** The bus cannot be reached now. */
export class BusUnavailableError extends Error {
  override name = 'BusUnavailableError'
}
/** The bus can be reached, but not used: wrong credentials, or a server too old. Trying again does not help. */
export class BusRefusedError extends Error {
  override name = 'BusRefusedError'
}
