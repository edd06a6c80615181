import { ChangeSignal } from './change-signal.ts'
import { serializeAppend } from './event-check.ts'
import { type EventStore, EventStoreUnavailableError } from './event-store.port.ts'
import { follow } from './follow.ts'
import { MemoryLog } from './memory-log.ts'

/** Keeps everything in memory, as JSON text, so that what works here works on disk. For tests. */
export const openMemoryEventStore = (): EventStore => {
  const log = new MemoryLog()
  const changes = new ChangeSignal()
  const closed = new AbortController()

  const assertOpen = (): void => {
    if (closed.signal.aborted) throw new EventStoreUnavailableError('The event store is closed')
  }
  const readPage = (categories: readonly string[] | undefined) => (after: number) => {
    assertOpen()
    return log.page(categories, after)
  }

  return {
    append: async (stream, events, { expected }) => {
      const serialized = serializeAppend(stream, events)
      assertOpen()
      const { result, written } = log.append(stream, serialized, expected)
      if (written) changes.notify()
      return result
    },
    readStream: async function* (stream, { from = 0, limit } = {}) {
      assertOpen()
      yield* log.stream(stream, from, limit)
    },
    readAll: async function* ({ after = -1, categories } = {}) {
      const page = readPage(categories)
      for (let from = after; ; ) {
        const { events, through, complete } = page(from)
        yield* events
        if (complete) return
        from = through
      }
    },
    subscribe: async function* ({ after = -1, categories, signal }) {
      assertOpen()
      const reads = { readPage: readPage(categories), head: () => log.head() }
      yield* follow(reads, changes, after, AbortSignal.any([signal, closed.signal]))
    },
    head: async () => {
      assertOpen()
      return log.head()
    },
    [Symbol.asyncDispose]: async () => closed.abort(),
  }
}
