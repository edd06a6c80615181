/**
 * The event store port. An adapter keeps streams of immutable events and one order over all of them.
 *
 * Positions are plain numbers: SQLite's row ids and EventStoreDB's commit positions both stay below 2^53
 * (9 PB of log). They grow, but are not dense; compare them, never count with them.
 */

/** Appends whose serialized events exceed this many bytes are refused (EventStoreDB's own limit is 1,048,576). */
export const MAX_APPEND_BYTES = 1_000_000

/** What travels with every event. Never a secret value. */
export interface EventMetadata {
  /** Organization that owns the stream. */
  readonly organization: string
  /** One per user action; every event that follows from it carries the same. */
  readonly correlationId: string
  /** Id of the message (command, event, timer) that caused this event. */
  readonly causationId: string
  /** Who did it: `user:<id>`, `service:<name>`. */
  readonly actor: string
  /** RFC 3339 time at which it was decided. */
  readonly time: string
  /** W3C trace context, when tracing is on. */
  readonly traceparent?: string | undefined
}

/** An event to be appended. `id` is a UUID and makes a repeated append idempotent. */
export interface NewEvent {
  readonly id: string
  readonly type: string
  readonly data: unknown
  readonly metadata: EventMetadata
}

/** An event as it was stored. */
export interface RecordedEvent extends NewEvent {
  readonly stream: string
  /** Place in its stream, from 0, without gaps. */
  readonly revision: number
  /** Place in the store, growing, with gaps. */
  readonly position: number
}

/** `'none'`: the stream must not exist yet; a number: its last revision must be this one. */
export type ExpectedRevision = 'none' | number

/** Revision and position of the last event written (or, for a repeated append, of the events that are there already). */
export interface AppendResult {
  readonly revision: number
  readonly position: number
}

/** Where a read or subscription starts and which streams it wants. */
export interface ReadAllOptions {
  /** Events after this position; absent: from the beginning. */
  readonly after?: number | undefined
  /** Stream categories (the part of the stream name before the first `-`); absent: all. */
  readonly categories?: readonly string[] | undefined
}

/** `caught-up` is delivered once each time the subscription has reached the end of what is stored. */
export type SubscriptionMessage =
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  | { readonly kind: 'caught-up'; readonly position: number }

export interface EventStore extends AsyncDisposable {
  /**
   * Appends all events atomically, in order.
   *
   * Repeating an append whose event ids already sit right after the expected revision is a success that writes nothing.
   * An id that is anywhere else already is a defect of the caller: SQLite refuses it, EventStoreDB cannot see it.
   * @throws WrongExpectedRevisionError | AppendTooLargeError | InvalidEventError | EventStoreUnavailableError
   */
  append(
    stream: string,
    events: readonly NewEvent[],
    options: { readonly expected: ExpectedRevision },
  ): Promise<AppendResult>
  /** Events of one stream from `from` (default 0), oldest first. A stream that does not exist yields nothing. */
  readStream(
    stream: string,
    options?: { readonly from?: number | undefined; readonly limit?: number | undefined },
  ): AsyncIterable<RecordedEvent>
  /** Events of all streams in their order, and ends at what was stored when it got there. */
  readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent>
  /**
   * Like {@link readAll}, then goes on with what is appended later, until `signal` aborts.
   *
   * A reader that has been further than the store is refused, when it comes and, where the store can be replaced while
   * it is open, also later: it would wait in silence for positions that belong to other events now.
   * @throws PositionBeyondHeadError | EventStoreUnavailableError
   */
  subscribe(options: ReadAllOptions & { readonly signal: AbortSignal }): AsyncIterable<SubscriptionMessage>
  /** Position of the last stored event; -1 when there is none. */
  head(): Promise<number>
}

/** The stream is not where the writer thought; read it again and decide anew. */
export class WrongExpectedRevisionError extends Error {
  override name = 'WrongExpectedRevisionError'
  readonly stream: string
  readonly expected: ExpectedRevision
  /** Last revision of the stream; -1 when it does not exist. */
  readonly actual: number
  constructor(stream: string, expected: ExpectedRevision, actual: number) {
    super(`Stream ${stream} is at revision ${actual}, not ${expected}`)
    this.stream = stream
    this.expected = expected
    this.actual = actual
  }
}

/**
 * A reader comes with a position that this store does not have: it was restored from an older backup, emptied or
 * replaced since the reader was there. What the reader has made of events after {@link head} must be made anew; trying
 * again does not help, not even when the store has grown beyond the position, for the events are others.
 */
export class PositionBeyondHeadError extends Error {
  override name = 'PositionBeyondHeadError'
  /** Where the reader has been. */
  readonly position: number
  /** Position of the last stored event; -1 when there is none. */
  readonly head: number
  constructor(position: number, head: number) {
    super(
      `Position ${position} is none of this event store, whose last event is at ${head}: it was restored from an older backup or replaced`,
    )
    this.position = position
    this.head = head
  }
}

/** More than {@link MAX_APPEND_BYTES} in one append. */
export class AppendTooLargeError extends Error {
  override name = 'AppendTooLargeError'
  constructor(stream: string, bytes: number) {
    super(`Append of ${bytes} bytes to ${stream} is over the limit of ${MAX_APPEND_BYTES}`)
  }
}

/** An id that is no UUID or is there twice, an empty type, data that is not JSON, an empty append, a stream name that is not `<category>-<id>`. */
export class InvalidEventError extends Error {
  override name = 'InvalidEventError'
}

/** The store cannot be reached or written to now; the outcome of an append under way is unknown. */
export class EventStoreUnavailableError extends Error {
  override name = 'EventStoreUnavailableError'
}

/** The store can be reached, but not used: wrong credentials, or a server too old. Trying again does not help. */
export class EventStoreRefusedError extends Error {
  override name = 'EventStoreRefusedError'
}

/** Category of a stream: what stands before its first `-`. */
export const categoryOf = (stream: string): string => stream.split('-', 1)[0] ?? stream
