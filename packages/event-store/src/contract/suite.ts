import { randomUUID } from 'node:crypto'
import {
  type AppendResult,
  type EventMetadata,
  type EventStore,
  type NewEvent,
  type RecordedEvent,
  type SubscriptionMessage,
  WrongExpectedRevisionError,
} from '../event-store.port.ts'

/** What an adapter declares about itself; each switches cases to their documented alternative, none leaves them out. */
export interface EventStoreTraits {
  /** What becomes of an event id that is elsewhere in the store already: SQLite looks at all of them, EventStoreDB only at the place in question. */
  readonly knownIds: 'refused' | 'written'
  /** Closes a store and opens the same data again; `'forgets'` when nothing outlives the store. */
  readonly reopen: 'forgets' | ((store: EventStore) => Promise<EventStore>)
}

/** The adapter under test. `open` gives a fresh, empty store. */
export interface Suite {
  readonly open: () => Promise<EventStore>
  readonly traits: EventStoreTraits
}

/** Metadata as every event carries it. */
export const metadata: EventMetadata = {
  organization: 'acme',
  correlationId: 'correlation-1',
  causationId: 'causation-1',
  actor: 'user:ada',
  time: '2026-01-01T00:00:00.000Z',
}

/** An event that nobody else has. */
export const newEvent = (data: unknown = {}, type = 'ThingHappened'): NewEvent => ({
  id: randomUUID(),
  type,
  data,
  metadata,
})

/** Several of them; `data` is their index. */
export const newEvents = (count: number): NewEvent[] => Array.from({ length: count }, (_, index) => newEvent(index))

/** Everything that an iterable yields until it ends. */
export const collect = async <T>(from: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = []
  for await (const each of from) found.push(each)
  return found
}

/** Appends behind whatever the stream holds. */
export const appendNext = async (
  store: EventStore,
  stream: string,
  events: readonly NewEvent[],
): Promise<AppendResult> => {
  for (;;) {
    const revision = (await collect(store.readStream(stream))).at(-1)?.revision
    try {
      return await store.append(stream, events, { expected: revision ?? 'none' })
    } catch (error) {
      if (!(error instanceof WrongExpectedRevisionError)) throw error
    }
  }
}

/** Only the ids, for comparisons of order. */
export const idsOf = (events: readonly Pick<RecordedEvent, 'id'>[]): string[] => events.map(({ id }) => id)

/** A subscription that keeps what it got, with a way to wait for it. */
export const follower = (
  store: EventStore,
  options: { readonly after?: number; readonly categories?: readonly string[] } = {},
) => {
  const leave = new AbortController()
  const messages: SubscriptionMessage[] = []
  const work = (async () => {
    for await (const message of store.subscribe({ ...options, signal: leave.signal })) messages.push(message)
  })()
  return {
    messages,
    ids: () => messages.flatMap((message) => (message.kind === 'event' ? [message.event.id] : [])),
    leave: async () => {
      leave.abort()
      await work
    },
    ended: work,
  }
}
