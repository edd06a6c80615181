import { setTimeout as wait } from 'node:timers/promises'
import { type EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client'
import {
  type AppendResult,
  EventStoreUnavailableError,
  type ExpectedRevision,
  type NewEvent,
} from './event-store.port.ts'
import { isRefused, toAppendError } from './eventstoredb-errors.ts'
import { within } from './within.ts'

/** Milliseconds before an append whose outcome is unknown is sent again, and again. */
const PAUSES_MS = [100, 300]
/** What the client may take beyond its own deadline. */
const GRACE_MS = 500

/** What appends need to know. */
export interface AppenderOptions {
  readonly client: EventStoreDBClient
  readonly where: string
  readonly prefix: string
  readonly credentials: { readonly username: string; readonly password: string } | undefined
  readonly timeoutMs: number
}

const appendOnce = async (
  options: AppenderOptions,
  stream: string,
  events: readonly NewEvent[],
  expected: ExpectedRevision,
  leftMs: number,
): Promise<AppendResult> => {
  // Credentials with the call choose plain `Append`: one call, one answer, a deadline of its own. The batch stream
  // shares its fate, and its unhandled errors, between all appends of a process.
  const appended = options.client.appendToStream(
    `${options.prefix}${stream}`,
    events.map((event) => jsonEvent(event as never)),
    {
      expectedRevision: expected === 'none' ? NO_STREAM : BigInt(expected),
      credentials: options.credentials ?? { username: '', password: '' },
      requiresLeader: true,
      deadline: leftMs,
    },
  )
  const { nextExpectedRevision, position } = await within(appended, leftMs + GRACE_MS)
  if (position === undefined) throw new Error('The answer has no position')
  return { revision: Number(nextExpectedRevision), position: Number(position.commit) }
}

/**
 * Appends at exact revisions only: they are what makes it safe to send an append again whose answer was lost, also
 * after a restart of the server. That is done as long as the caller would have waited anyway.
 */
export const createAppender =
  (options: AppenderOptions) =>
  async (
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
    signal: AbortSignal,
  ): Promise<AppendResult> => {
    const end = performance.now() + options.timeoutMs
    for (let attempt = 0; ; attempt += 1) {
      const leftMs = Math.max(end - performance.now(), 1)
      try {
        return await appendOnce(options, stream, events, expected, leftMs)
      } catch (error) {
        const failure = toAppendError(error, stream, expected, options.where)
        const mayHelp = failure instanceof EventStoreUnavailableError && !isRefused(error)
        const pause = PAUSES_MS[attempt]
        if (!mayHelp || pause === undefined || performance.now() + pause >= end) throw failure
        await wait(pause)
        if (signal.aborted) throw failure
      }
    }
  }
