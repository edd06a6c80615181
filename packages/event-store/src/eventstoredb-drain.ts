import type { AllStreamResolvedEvent, AllStreamSubscription, ResolvedEvent, StreamingRead } from '@eventstore/db-client'
import { clientErrorOf } from './eventstoredb-errors.ts'

/** A read or subscription of the client: readable, and cancelled in one of two ways. */
export type ClientStream = StreamingRead<ResolvedEvent> | StreamingRead<AllStreamResolvedEvent> | AllStreamSubscription

/** How a read or subscription is drained. */
export interface DrainOptions {
  /** Milliseconds of silence after which the server counts as gone; the client has no deadline for reads. */
  readonly idleMs: number
  /** With it, silence is fine from then on, and `signal` ends the subscription: the server has taken it. */
  readonly onLive?: (() => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** Event by which a subscription says that the server is at work although nothing is wanted. */
export const ALIVE = 'alive'

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

/** Tells when the server has been silent for too long while somebody waited. */
const createPatience = (stream: ClientStream, { idleMs, onLive }: DrainOptions, giveUp: () => void) => {
  const state = { waiting: false }
  const timer = setTimeout(() => {
    // A reader that takes its time is not the server's fault.
    if (state.waiting) giveUp()
    else timer.refresh()
  }, idleMs)
  stream
    .on('confirmation', () => {
      if (onLive === undefined) timer.refresh()
      else {
        clearTimeout(timer)
        onLive()
      }
    })
    .on(ALIVE, () => onLive ?? timer.refresh())
  return {
    wait: async (rung: () => Promise<void>): Promise<void> => {
      state.waiting = true
      if (onLive === undefined) timer.refresh()
      await rung()
      state.waiting = false
    },
    end: (): void => clearTimeout(timer),
  }
}

/** Whether the call that an error comes from is over: it has a gRPC status, or found nothing and ends by itself. */
const endsCall = (error: unknown): boolean => {
  const { code, type } = clientErrorOf(error)
  return code !== undefined || type === 'stream-not-found'
}

/**
 * What a read or subscription delivers until it ends, fails or is left. Signals are heard as they come while events
 * wait in the buffer, so the buffer is emptied before one counts.
 * @throws Error after too long a silence, or the client's error as it is
 */
export const drain = async function* (stream: ClientStream, options: DrainOptions): AsyncGenerator<ResolvedEvent> {
  const bell = createBell()
  // Servers take many resets of calls that are over for an attack, and close the connection.
  const state: { over: boolean; error?: unknown } = { over: false }
  const finish = (): void => {
    state.over = true
    bell.ring()
  }
  stream.on('readable', bell.ring).on('end', finish).on('close', finish)
  // Stays attached: an error without listener would end the process.
  stream.on('error', (error: unknown) => {
    state.error ??= error
    state.over ||= endsCall(error)
    bell.ring()
  })
  const patience = createPatience(stream, options, () => {
    state.error ??= new Error(`Nothing came for ${options.idleMs} ms`)
    bell.ring()
  })
  options.signal?.addEventListener('abort', bell.ring, { once: true })
  try {
    while (options.signal?.aborted !== true) {
      const resolved: ResolvedEvent | null = stream.read()
      if (resolved !== null) yield resolved
      else if (state.error !== undefined) throw state.error
      else if (state.over) return
      else await patience.wait(bell.rung)
    }
  } finally {
    patience.end()
    options.signal?.removeEventListener('abort', bell.ring)
    if (!state.over) leave(stream, bell.ring)
  }
}
