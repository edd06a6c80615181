import {
  BACKWARDS,
  END,
  type EventStoreDBClient,
  eventTypeFilter,
  FORWARDS,
  START,
  streamNameFilter,
} from '@eventstore/db-client'
import {
  categoryOf,
  EventStoreUnavailableError,
  PositionBeyondHeadError,
  type RecordedEvent,
} from './event-store.port.ts'
import { ALIVE, type ClientStream, type DrainOptions, drain } from './eventstoredb-drain.ts'
import { clientErrorOf, isForeignPosition, toUnavailable } from './eventstoredb-errors.ts'
import { toRecorded } from './eventstoredb-record.ts'

/** Scanned events between two signs of life of a filtered read, in windows of 32. */
const CHECKPOINT_WINDOWS = 100

/** The hub's last event: where its part of the log ends. */
export interface Head {
  /** -1 when there is none. */
  readonly position: number
  readonly stream: string
}

/** What reads need to know. */
export interface ReaderOptions {
  readonly client: EventStoreDBClient
  readonly where: string
  readonly prefix: string
  readonly credentials: { readonly username: string; readonly password: string } | undefined
  readonly timeoutMs: number
}

// A callback that throws would stall the subscription in silence; this one cannot.
const signsOfLife = {
  checkpointInterval: CHECKPOINT_WINDOWS,
  checkpointReached: async (subscription: { emit(name: string): boolean }) => void subscription.emit(ALIVE),
}

/** `names`: beginnings of the streams that are wanted; absent: all of the hub's. */
const filterOf = (prefix: string, names: readonly string[] | undefined) => {
  if (names === undefined && prefix === '') return eventTypeFilter({ regex: '^[^$].*', ...signsOfLife })
  return streamNameFilter({ prefixes: (names ?? ['']).map((name) => `${prefix}${name}`), ...signsOfLife })
}

/** Reads of the server, as {@link createReader} makes them. */
export type Reader = ReturnType<typeof createReader>

/** Reads and subscriptions of the official client, as the port needs them. All of them ask the leader. */
export const createReader = ({ client, where, prefix, credentials, timeoutMs }: ReaderOptions) => {
  // A replica may not have yet what another one has delivered: positions would seem to go back.
  const base = { requiresLeader: true, ...(credentials === undefined ? {} : { credentials }) }

  const reading = async function* (open: () => ClientStream, options: DrainOptions): AsyncGenerator<RecordedEvent> {
    try {
      for await (const resolved of drain(open(), options)) {
        const recorded = toRecorded(resolved, prefix)
        if (recorded !== undefined) yield recorded
      }
    } catch (error) {
      if (clientErrorOf(error).type !== 'stream-not-found') throw toUnavailable(error, where)
    }
  }
  const subscribed = (after: number, names: readonly string[] | undefined): ClientStream => {
    const position = BigInt(after)
    const fromPosition = after < 0 ? START : { commit: position, prepare: position }
    return client.subscribeToAll({ ...base, fromPosition, filter: filterOf(prefix, names) })
  }
  const readBackwards = (maxCount: number) =>
    reading(() => client.readAll({ ...base, direction: BACKWARDS, fromPosition: END, maxCount }), { idleMs: timeoutMs })

  return {
    stream: (stream: string, from: number, maxCount: number) =>
      reading(
        () =>
          client.readStream(`${prefix}${stream}`, {
            ...base,
            direction: FORWARDS,
            fromRevision: BigInt(from),
            maxCount,
          }),
        { idleMs: timeoutMs },
      ),
    head: async (): Promise<Head> => {
      let head: Head | undefined
      // The newest event is the hub's own, unless others share the server. This read is not left, but ends.
      for await (const { position, stream } of readBackwards(1)) head ??= { position, stream }
      if (head !== undefined) return head
      for await (const { position, stream } of readBackwards(Number.MAX_SAFE_INTEGER)) return { position, stream }
      return { position: -1, stream: '' }
    },
    /**
     * What is stored after a position and up to `head`. `readAll` of the client knows no filter; a subscription does,
     * and never ends. So the stream of the last event is always among those asked for: once that event came, all did,
     * whatever the server says of having caught up, and also where it had to wait for the event itself.
     */
    stored: async function* (
      after: number,
      head: Head,
      categories: readonly string[] | undefined,
    ): AsyncGenerator<RecordedEvent> {
      if (after >= head.position || categories?.length === 0) return
      const names = categories && [...categories.map((category) => `${category}-`), head.stream]
      try {
        for await (const event of reading(() => subscribed(after, names), { idleMs: timeoutMs })) {
          if (event.position > head.position) return
          if (categories === undefined || categories.includes(categoryOf(event.stream))) yield event
          if (event.position === head.position) return
        }
      } catch (error) {
        throw isForeignPosition(error) ? new PositionBeyondHeadError(after, head.position) : error
      }
      throw new EventStoreUnavailableError(`EventStoreDB at ${where} ended a subscription`)
    },
    /** All events after a position, without end. `onLive` is called when the server has taken the subscription. */
    follow: (after: number, signal: AbortSignal, onLive: () => void) =>
      reading(() => subscribed(after, undefined), { idleMs: timeoutMs, signal, onLive }),
  }
}
