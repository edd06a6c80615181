import { setTimeout as wait } from 'node:timers/promises'
import { serializeAppend } from './event-check.ts'
import { type EventStore, EventStoreRefusedError, EventStoreUnavailableError } from './event-store.port.ts'
import { openAddress } from './eventstoredb-address.ts'
import { createAppender } from './eventstoredb-append.ts'
import { isRefused, toUnavailable } from './eventstoredb-errors.ts'
import { createReader } from './eventstoredb-read.ts'
import { createSubscriber } from './eventstoredb-subscribe.ts'
import { Tail } from './eventstoredb-tail.ts'
import { assertVersion } from './eventstoredb-version.ts'
import { within } from './within.ts'

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

/** Everything that needs a connection string which can be read. @throws EventStoreRefusedError */
const createParts = ({ url, prefix = '', timeoutMs = 5_000 }: EventStoreDbOptions) => {
  const { client, where, credentials, isCluster } = openAddress(url)
  const options = { client, where, prefix, credentials, timeoutMs }
  const read = createReader(options)
  const tail = new Tail({
    head: read.head,
    follow: read.follow,
    sizeOf: ({ data }) => (typeof data === 'string' ? data.length : JSON.stringify(data).length),
  })

  return {
    append: createAppender(options),
    read,
    tail,
    subscribe: createSubscriber(read, tail, isCluster),
    check: async (): Promise<void> => {
      try {
        await within(assertVersion(client, where, timeoutMs), timeoutMs)
        await read.head()
      } catch (error) {
        if (error instanceof EventStoreRefusedError) throw error
        if (!isRefused(error)) throw toUnavailable(error, where)
        const reason = `EventStoreDB at ${where} refuses these credentials; check HUB_EVENTSTOREDB_URL.`
        throw new EventStoreRefusedError(reason, { cause: error })
      }
    },
    /** Waits for calls to end, but not for those that the client has lost track of. */
    dispose: async (): Promise<void> => {
      await tail.stop()
      const waited = new AbortController()
      await Promise.race([client.dispose(), wait(1_000, undefined, { signal: waited.signal, ref: false })])
      waited.abort()
    },
  }
}

/**
 * EventStoreDB or KurrentDB behind the port. Connects with the first call; there is no connection to lose. A connection
 * string that cannot be read refuses every call.
 */
export const openEventStoreDb = (options: EventStoreDbOptions): EventStoreDb => {
  const closed = new AbortController()
  let made: ReturnType<typeof createParts> | undefined
  const parts = (): ReturnType<typeof createParts> => {
    if (closed.signal.aborted) throw new EventStoreUnavailableError('The event store is closed')
    made ??= createParts(options)
    return made
  }

  return {
    append: async (stream, events, { expected }) => {
      serializeAppend(stream, events)
      return await parts().append(stream, events, expected, closed.signal)
    },
    readStream: async function* (stream, { from = 0, limit = Number.MAX_SAFE_INTEGER } = {}) {
      const { read } = parts()
      if (limit > 0) yield* read.stream(stream, from, limit)
    },
    readAll: async function* ({ after = -1, categories } = {}) {
      const { read } = parts()
      yield* read.stored(after, await read.head(), categories)
    },
    subscribe: async function* ({ after = -1, categories, signal }) {
      yield* parts().subscribe(after, categories, AbortSignal.any([signal, closed.signal]))
    },
    head: async () => (await parts().read.head()).position,
    check: async () => await parts().check(),
    problem: () => made?.tail.problem,
    [Symbol.asyncDispose]: async () => {
      if (closed.signal.aborted) return
      closed.abort()
      await made?.dispose()
    },
  }
}
