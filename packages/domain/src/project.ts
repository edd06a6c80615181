import type { DomainEvent } from './decide.ts'

/** Where and when an event happened, as projections and process managers see it. */
export interface EventContext {
  /** UUID of the event. */
  readonly eventId: string
  readonly organization: string
  /** Id part of the stream name. */
  readonly streamId: string
  readonly category: string
  /** Place in its stream, from 0. */
  readonly revision: number
  /** Place in the store. */
  readonly position: number
  /** RFC 3339 time of the decision. */
  readonly time: string
  readonly actor: string
  readonly correlationId: string
  readonly causationId: string
}

/** An event with where and when. */
export type StoredEvent<E extends DomainEvent = DomainEvent> = E & EventContext

/** Pure fold of one event into one document; `undefined` removes it. Keys that start with `_` belong to the kit. */
export type Project<Doc, Event extends DomainEvent> = (
  doc: Doc | undefined,
  event: StoredEvent<Event>,
  id: string,
) => Doc | undefined
