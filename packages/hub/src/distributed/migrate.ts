import { createHash } from 'node:crypto'
import {
  type EventStore,
  MAX_APPEND_BYTES,
  type NewEvent,
  type RecordedEvent,
  WrongExpectedRevisionError,
} from '@rancher-hub/event-store'
import { StartRefusedError } from '../start-refused-error.ts'

const MAX_EVENTS = 500

/** Events of one stream that follow each other in the log: they go over in one append. */
const runsOf = async function* (events: AsyncIterable<RecordedEvent>): AsyncIterable<RecordedEvent[]> {
  let run: RecordedEvent[] = []
  let bytes = 0
  for await (const event of events) {
    const size = Buffer.byteLength(JSON.stringify([event.data, event.metadata]))
    const belongs = run[0]?.stream === event.stream && run.length < MAX_EVENTS && bytes + size <= MAX_APPEND_BYTES
    if (!belongs && run.length > 0) {
      yield run
      run = []
      bytes = 0
    }
    run.push(event)
    bytes += size
  }
  if (run.length > 0) yield run
}

const toNew = ({ id, type, data, metadata }: RecordedEvent): NewEvent => ({ id, type, data, metadata })

/** What a log consists of, whatever positions its store gives. */
export interface LogSummary {
  readonly events: number
  /** SHA-256 over every event in the order of the log: stream, revision, id, type, data, metadata. */
  readonly digest: string
}

/** Reads a whole log and sums it up. */
export const summarizeLog = async (store: EventStore): Promise<LogSummary> => {
  const hash = createHash('sha256')
  let events = 0
  for await (const { stream, revision, id, type, data, metadata } of store.readAll()) {
    hash.update(JSON.stringify([stream, revision, id, type, data, metadata]))
    events += 1
  }
  return { events, digest: hash.digest('hex') }
}

/**
 * Copies a whole event log into another store, in its order: same streams, revisions, ids, types, data and metadata.
 * Can be repeated: what is there already is passed over. Ends with a comparison of both logs.
 * @throws StartRefusedError when the other store holds something else, too
 */
export const migrateLog = async (
  from: EventStore,
  to: EventStore,
  onProgress: (done: number) => void,
): Promise<LogSummary> => {
  let done = 0
  for await (const run of runsOf(from.readAll())) {
    const [first] = run
    if (first === undefined) continue
    try {
      await to.append(first.stream, run.map(toNew), { expected: first.revision === 0 ? 'none' : first.revision - 1 })
    } catch (error) {
      if (!(error instanceof WrongExpectedRevisionError)) throw error
      throw new StartRefusedError(
        `EventStoreDB holds another stream ${first.stream} already; migrate into an empty one, or set HUB_EVENTSTOREDB_PREFIX.`,
        { cause: error },
      )
    }
    done += run.length
    onProgress(done)
  }
  const [source, copy] = [await summarizeLog(from), await summarizeLog(to)]
  if (source.digest !== copy.digest) {
    throw new StartRefusedError(
      `After the copy EventStoreDB holds ${copy.events} events of this hub, and the data folder ${source.events}; they are not the same log. Migrate into an empty EventStoreDB.`,
    )
  }
  return copy
}
