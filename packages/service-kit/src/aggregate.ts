import type { DomainEvent, Evolve, StoredEvent } from '@rancher-hub/domain'
import { categoryOf, type EventStore, type RecordedEvent } from '@rancher-hub/event-store'
import type { z } from 'zod'

/** Turns the data of an older event version into today's. */
export type Upcaster = (data: unknown) => unknown

/** A kind of stream: how its events look and fold. One stream protects one rule. */
export interface Aggregate<State = unknown, Event extends DomainEvent = DomainEvent> {
  /** First part of the stream name; no dash. */
  readonly category: string
  readonly initial: State
  readonly evolve: Evolve<State, Event>
  /** Schema of each event's data: appended events are checked and stripped by it. */
  readonly events: Readonly<Record<string, z.ZodType>>
  readonly upcasters?: Readonly<Record<string, Upcaster>> | undefined
}

/** The events that schemas of their data describe, by type. */
export type EventOf<Schemas extends Readonly<Record<string, z.ZodType>>> = {
  readonly [Type in keyof Schemas & string]: { readonly type: Type; readonly data: z.output<Schemas[Type]> }
}[keyof Schemas & string]

/** Declares a kind of stream. */
export const defineAggregate = <State, Event extends DomainEvent>(aggregate: {
  readonly category: string
  readonly initial: State
  readonly evolve: Evolve<State, Event>
  readonly events: { readonly [T in Event['type']]: z.ZodType }
  readonly upcasters?: Readonly<Record<string, Upcaster>> | undefined
}): Aggregate<State, Event> => aggregate

/** `<category>-<organization>_<id>` */
export const streamName = (category: string, organization: string, id: string): string =>
  `${category}-${organization}_${id}`

/** Id part of a stream name. */
export const streamIdOf = (stream: string): string => stream.slice(stream.indexOf('_') + 1)

/** A recorded event as deciders, projections and process managers see it, upcast to today's version. */
export const toStoredEvent = <E extends DomainEvent>(
  recorded: RecordedEvent,
  upcasters: Readonly<Record<string, Upcaster>> | undefined,
): StoredEvent<E> => {
  const upcast = upcasters?.[recorded.type]
  const context: StoredEvent = {
    type: recorded.type,
    data: upcast === undefined ? recorded.data : upcast(recorded.data),
    eventId: recorded.id,
    organization: recorded.metadata.organization,
    streamId: streamIdOf(recorded.stream),
    category: categoryOf(recorded.stream),
    revision: recorded.revision,
    position: recorded.position,
    time: recorded.metadata.time,
    actor: recorded.metadata.actor,
    correlationId: recorded.metadata.correlationId,
    causationId: recorded.metadata.causationId,
  }
  // The store holds what the aggregate's schemas let through; golden specs keep every released form readable.
  return context as StoredEvent<E>
}

/** State of a stream at a revision; -1 when the stream does not exist. */
export interface Loaded<State> {
  readonly state: State
  readonly revision: number
  /** Correlation id of the stream's first event: the user action that began it. */
  readonly correlationId?: string | undefined
}

/** Reads and folds a stream; give what was loaded before to read only what is new. */
export const loadAggregate = async <S, E extends DomainEvent>(
  store: EventStore,
  aggregate: Aggregate<S, E>,
  stream: string,
  before?: Loaded<S>,
): Promise<Loaded<S>> => {
  let state = before?.state ?? aggregate.initial
  let revision = before?.revision ?? -1
  let correlationId = before?.correlationId
  for await (const recorded of store.readStream(stream, { from: revision + 1 })) {
    correlationId ??= recorded.metadata.correlationId
    state = aggregate.evolve(state, toStoredEvent<E>(recorded, aggregate.upcasters))
    revision = recorded.revision
  }
  return { state, revision, correlationId }
}

/** Checks and strips events by the aggregate's schemas. @throws ZodError: a defect of the decider */
export const checkedEvents = <S, E extends DomainEvent>(
  aggregate: Aggregate<S, E>,
  events: readonly E[],
): DomainEvent[] =>
  events.map((event) => {
    const schema = aggregate.events[event.type]
    if (schema === undefined) throw new Error(`${aggregate.category} declares no event ${event.type}`)
    return { type: event.type, data: schema.parse(event.data) }
  })
