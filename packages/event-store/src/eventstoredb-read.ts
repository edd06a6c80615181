import type {
  AllStreamRecordedEvent,
  AllStreamResolvedEvent,
  AllStreamSubscription,
  ResolvedEvent,
  StreamingRead,
} from '@eventstore/db-client'
import { type EventMetadata, EventStoreUnavailableError, type RecordedEvent } from './event-store.port.ts'

/** A read or subscription of the client: readable, and cancelled in one of two ways. */
export type ClientStream = StreamingRead<ResolvedEvent> | StreamingRead<AllStreamResolvedEvent> | AllStreamSubscription

/**
 * Leaves a read or subscription. Only cancelling releases the call on the server; ending the iteration does not. What
 * is still in the buffers has to flow off, or the client keeps the call for ever.
 * The promise rejects when the call never came to be, which its error event has told already.
 */
const leave = (stream: ClientStream, onReadable: () => void): void => {
  stream.off('readable', onReadable)
  stream.resume()
  const left = 'cancel' in stream ? stream.cancel() : stream.unsubscribe()
  left.catch((error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))))
}

/** Event by which a subscription says that the server is at work although nothing is wanted. */
export const ALIVE = 'alive'

/** Wakes a waiting reader. */
const createBell = () => {
  let { promise, resolve } = Promise.withResolvers<void>()
  return {
    ring: (): void => resolve(),
    rung: async (): Promise<void> => {
      await promise
      ;({ promise, resolve } = Promise.withResolvers<void>())
    },
  }
}

/**
 * What a read or subscription delivers, until it ends or, with `untilCaughtUp`, has delivered everything that was
 * stored. Signals are heard as they come while events wait in the buffer, so the buffer is emptied before one counts.
 *
 * The client has no deadline for reads: when nothing comes for `idleMs`, the server counts as gone.
 * @throws EventStoreUnavailableError, or the client's error as it is
 */
export const drain = async function* (
  stream: ClientStream,
  options: {
    readonly idleMs?: number | undefined
    readonly untilCaughtUp?: boolean | undefined
    readonly signal?: AbortSignal | undefined
  },
): AsyncGenerator<ResolvedEvent> {
  const bell = createBell()
  const state: { ended: boolean; error?: unknown } = { ended: false }
  const end = (): void => {
    state.ended = true
    bell.ring()
  }
  let over = false
  const finish = (): void => {
    over = true
    end()
  }
  stream.on('readable', bell.ring).on('end', finish).on('close', finish)
  if (options.untilCaughtUp === true) stream.on('caughtUp', end)
  // Stays attached: an error without listener would end the process.
  stream.on('error', (error: unknown) => {
    state.error ??= error
    bell.ring()
  })
  options.signal?.addEventListener('abort', end, { once: true })
  let waiting = false
  const idle = options.idleMs
  const giveUp = (): void => {
    // The reader takes its time: the server is not to blame.
    if (waiting) stream.emit('error', new EventStoreUnavailableError(`Nothing came for ${idle} ms`))
    else timer?.refresh()
  }
  const timer = idle === undefined ? undefined : setTimeout(giveUp, idle)
  stream.on('confirmation', () => timer?.refresh()).on(ALIVE, () => timer?.refresh())
  try {
    while (options.signal?.aborted !== true) {
      const resolved: ResolvedEvent | null = stream.read()
      if (resolved !== null) {
        yield resolved
      } else if (state.error !== undefined) throw state.error
      else if (state.ended) return
      else {
        waiting = true
        timer?.refresh()
        await bell.rung()
        waiting = false
      }
    }
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', end)
    // Servers take many resets of calls that are over for an attack, and close the connection.
    if (!over && state.error === undefined) leave(stream, bell.ring)
  }
}

/** Whether an event is the hub's own, under its prefix; everything else in the store is somebody else's. */
const isOwn = (event: AllStreamRecordedEvent, prefix: string): boolean =>
  event.streamId.startsWith(prefix) &&
  !event.streamId.startsWith('$') &&
  event.isJson &&
  typeof (event.metadata as { organization?: unknown } | undefined)?.organization === 'string'

/** The event as the port knows it; undefined when it is not the hub's. */
export const toRecorded = ({ event }: ResolvedEvent, prefix: string): RecordedEvent | undefined => {
  // Links to events that are gone have none.
  if (event === undefined || !isOwn(event as AllStreamRecordedEvent, prefix)) return undefined
  return {
    id: event.id,
    type: event.type,
    data: event.data,
    metadata: event.metadata as unknown as EventMetadata,
    stream: event.streamId.slice(prefix.length),
    revision: Number(event.revision),
    position: Number((event as AllStreamRecordedEvent).position.commit),
  }
}
