import { setTimeout as pause } from 'node:timers/promises'
import {
  BACKWARDS,
  END,
  EventStoreDBClient,
  eventTypeFilter,
  FORWARDS,
  jsonEvent,
  NO_STREAM,
  START,
  streamNameFilter,
} from '@eventstore/db-client'
import { serializeAppend } from './event-check.ts'
import {
  categoryOf,
  type EventStore,
  EventStoreRefusedError,
  EventStoreUnavailableError,
  type ExpectedRevision,
  type NewEvent,
  type RecordedEvent,
  type SubscriptionMessage,
} from './event-store.port.ts'
import { clientErrorOf, isRefused, toAppendError, toUnavailable } from './eventstoredb-errors.ts'
import { ALIVE, drain, toRecorded } from './eventstoredb-read.ts'
import { Tail } from './eventstoredb-tail.ts'

/** Oldest server that tells subscribers when they have caught up. */
const MINIMUM_VERSION = [23, 10] as const
/** Scanned events between two signs of life of a filtered read, in windows of 32. */
const CHECKPOINT_WINDOWS = 100

export interface EventStoreDbOptions {
  /** Connection string: `esdb://host:2113?tls=false`. */
  readonly url: string
  /** Stands before every stream name, so that several hubs can share one server. Default: nothing. */
  readonly prefix?: string | undefined
  /** Milliseconds until a call that gets no answer counts as failed. Default: 5,000. */
  readonly timeoutMs?: number | undefined
}

/** The store, and what its operator wants to know of it. */
export interface EventStoreDb extends EventStore {
  /** Whether the server can be used. @throws EventStoreUnavailableError | EventStoreRefusedError */
  check(): Promise<void>
  /** Why events do not arrive now; undefined while they do. */
  problem(): string | undefined
}

/** Host and port of a connection string, without its password. */
export const hostOf = (url: string): string =>
  /^[^/]*\/\/(?:[^@/]*@)?([^/?]*)/.exec(url)?.[1] ?? 'an address that cannot be read'

/** Credentials of a connection string. */
const credentialsOf = (url: string): { username: string; password: string } => {
  const [, username = '', password = ''] = /^[^/]*\/\/([^:@/]*):([^@/]*)@/.exec(url) ?? []
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) }
}

/** The work of one call, no longer than that; what it comes to afterwards is nobody's business. */
const within = async <T>(work: Promise<T>, timeoutMs: number): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new EventStoreUnavailableError(`No answer within ${timeoutMs} ms`)), timeoutMs)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

const olderThanMinimum = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (!Number.isInteger(major) || !Number.isInteger(minor)) return true
  return major < MINIMUM_VERSION[0] || (major === MINIMUM_VERSION[0] && minor < MINIMUM_VERSION[1])
}

/** Calls of the official client, as the port needs them; every one ends in time. */
const createCalls = (options: EventStoreDbOptions) => {
  const { url, prefix = '', timeoutMs = 5_000 } = options
  const where = hostOf(url)
  const client = EventStoreDBClient.connectionString(url)
  const credentials = credentialsOf(url)
  const positionOf = (position: number) => ({ commit: BigInt(position), prepare: BigInt(position) })
  const filterOf = (categories: readonly string[] | undefined) => {
    const progress = {
      checkpointInterval: CHECKPOINT_WINDOWS,
      // A callback that throws would stall the subscription in silence; this one cannot.
      checkpointReached: async (subscription: { emit(name: string): boolean }) => void subscription.emit(ALIVE),
    }
    if (categories === undefined && prefix === '') return eventTypeFilter({ regex: '^[^$].*', ...progress })
    const prefixes = categories === undefined ? [prefix] : categories.map((category) => `${prefix}${category}-`)
    return streamNameFilter({ prefixes, ...progress })
  }
  const reading = async function* (
    open: () => Parameters<typeof drain>[0],
    how: Parameters<typeof drain>[1],
  ): AsyncGenerator<RecordedEvent> {
    try {
      for await (const resolved of drain(open(), how)) {
        const recorded = toRecorded(resolved, prefix)
        if (recorded !== undefined) yield recorded
      }
    } catch (error) {
      if (clientErrorOf(error).type !== 'stream-not-found') throw toUnavailable(error, where)
    }
  }
  const subscribed = (after: number, categories: readonly string[] | undefined) =>
    client.subscribeToAll({ fromPosition: after < 0 ? START : positionOf(after), filter: filterOf(categories) })

  return {
    where,
    /** Exact revisions only: they are what makes a repeated append safe after a restart of the server. */
    append: async (stream: string, events: readonly NewEvent[], expected: ExpectedRevision) => {
      try {
        // Credentials with the call choose plain `Append`: one call, one answer, a deadline of its own. The batch
        // stream shares its fate, and its unhandled errors, between all appends of a process.
        const appended = client.appendToStream(
          `${prefix}${stream}`,
          events.map((event) => jsonEvent(event as never)),
          {
            expectedRevision: expected === 'none' ? NO_STREAM : BigInt(expected),
            credentials,
            deadline: timeoutMs,
          },
        )
        const { nextExpectedRevision, position } = await within(appended, timeoutMs + 500)
        if (position === undefined) throw new Error('The answer has no position')
        return { revision: Number(nextExpectedRevision), position: Number(position.commit) }
      } catch (error) {
        throw toAppendError(error, stream, expected, where)
      }
    },
    readStream: (stream: string, from: number, limit: number) =>
      reading(
        () =>
          client.readStream(`${prefix}${stream}`, { direction: FORWARDS, fromRevision: BigInt(from), maxCount: limit }),
        { idleMs: timeoutMs },
      ),
    /** The newest events, newest first. */
    readBackwards: (count: number) =>
      reading(() => client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: count }), {
        idleMs: timeoutMs,
      }),
    /** What is stored after a position. `readAll` of the client knows no filter; a subscription does. */
    readStored: (after: number, categories: readonly string[] | undefined) =>
      reading(() => subscribed(after, categories), { idleMs: timeoutMs, untilCaughtUp: true }),
    follow: (after: number, signal: AbortSignal) => reading(() => subscribed(after, undefined), { signal }),
    /** @throws EventStoreUnavailableError | EventStoreRefusedError */
    assertUsable: async () => {
      try {
        const { serverVersion } = await within(
          client['capabilities'] as Promise<{ readonly serverVersion: string }>,
          timeoutMs,
        )
        if (olderThanMinimum(serverVersion)) {
          throw new EventStoreRefusedError(
            `EventStoreDB at ${where} is version ${serverVersion}; the hub needs ${MINIMUM_VERSION.join('.')} or newer.`,
          )
        }
      } catch (error) {
        if (error instanceof EventStoreRefusedError) throw error
        if (isRefused(error)) {
          throw new EventStoreRefusedError(
            `EventStoreDB at ${where} refuses these credentials; check HUB_EVENTSTOREDB_URL.`,
            { cause: error },
          )
        }
        throw toUnavailable(error, where)
      }
    },
    /** Waits for calls to end, but not for those that the client has lost track of. */
    dispose: async () => {
      const waited = new AbortController()
      await Promise.race([client.dispose(), pause(1_000, undefined, { signal: waited.signal, ref: false })])
      waited.abort()
    },
  }
}

/** EventStoreDB or KurrentDB behind the port. Connects with the first call; there is no connection to lose. */
export const openEventStoreDb = (options: EventStoreDbOptions): EventStoreDb => {
  const calls = createCalls(options)
  const closed = new AbortController()
  const assertOpen = (): void => {
    if (closed.signal.aborted) throw new EventStoreUnavailableError('The event store is closed')
  }

  const head = async (): Promise<number> => {
    let newest: number | undefined
    // The newest event is the hub's own, unless others share the server.
    for await (const { position } of calls.readBackwards(1)) newest ??= position
    if (newest !== undefined) return newest
    for await (const { position } of calls.readBackwards(Number.MAX_SAFE_INTEGER)) return position
    return -1
  }
  const tail = new Tail({
    head,
    follow: calls.follow,
    sizeOf: ({ data }) => (typeof data === 'string' ? data.length : JSON.stringify(data).length),
  })

  const subscribe = async function* (
    after: number,
    categories: readonly string[] | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<SubscriptionMessage> {
    let position = after
    while (!signal.aborted) {
      await tail.started()
      const seen = tail.changes.version
      const through = tail.head
      const recent = tail.after(position)
      const events = recent ?? (categories?.length === 0 ? [] : calls.readStored(position, categories))
      for await (const event of events) {
        if (signal.aborted) return
        if (categories === undefined || categories.includes(categoryOf(event.stream))) yield { kind: 'event', event }
        position = event.position
      }
      position = Math.max(position, through)
      if (signal.aborted) return
      yield { kind: 'caught-up', position }
      await tail.changes.changedSince(seen, signal)
    }
  }

  return {
    append: async (stream, events, { expected }) => {
      serializeAppend(stream, events)
      assertOpen()
      return await calls.append(stream, events, expected)
    },
    readStream: async function* (stream, { from = 0, limit = Number.MAX_SAFE_INTEGER } = {}) {
      assertOpen()
      if (limit > 0) yield* calls.readStream(stream, from, limit)
    },
    readAll: async function* ({ after = -1, categories } = {}) {
      assertOpen()
      if (categories?.length === 0 || after >= (await head())) return
      yield* calls.readStored(after, categories)
    },
    subscribe: async function* ({ after = -1, categories, signal }) {
      assertOpen()
      yield* subscribe(after, categories, AbortSignal.any([signal, closed.signal]))
    },
    head: async () => {
      assertOpen()
      return await head()
    },
    check: async () => {
      await calls.assertUsable()
      await head()
    },
    problem: () => tail.problem,
    [Symbol.asyncDispose]: async () => {
      if (closed.signal.aborted) return
      closed.abort()
      await tail.stop()
      await calls.dispose()
    },
  }
}
