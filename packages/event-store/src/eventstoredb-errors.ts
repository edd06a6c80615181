import { WrongExpectedVersionError } from '@eventstore/db-client'
import {
  AppendTooLargeError,
  EventStoreUnavailableError,
  type ExpectedRevision,
  WrongExpectedRevisionError,
} from './event-store.port.ts'

interface ClientError {
  /** The client's classification; plain gRPC errors have none. */
  readonly type?: string | undefined
  /** gRPC status. */
  readonly code?: number | undefined
  readonly message: string
}

/** gRPC ends its sentences with a note that says nothing. */
const withoutNote = (message: string): string => message.replace(/\s*Resolution note:.*$/su, '')

/** The parts of the client's errors that can be relied on: names and classes differ with the path of the call. */
export const clientErrorOf = (error: unknown): ClientError => {
  const { type, code, message } = error as { type?: unknown; code?: unknown; message?: unknown }
  return {
    type: typeof type === 'string' ? type : undefined,
    code: typeof code === 'number' ? code : undefined,
    message: typeof message === 'string' && message !== '' ? withoutNote(message) : String(type ?? error),
  }
}

/** UNAUTHENTICATED and PERMISSION_DENIED. */
const REFUSED = [16, 7]

/** Whether trying again later cannot help: the credentials are wrong. */
export const isRefused = (error: unknown): boolean => {
  const { type, code } = clientErrorOf(error)
  return type === 'access-denied' || (code !== undefined && REFUSED.includes(code))
}

/** How servers say that a position lies inside a record, which one of their own never does: 23.10 in its way, 24.10 in words. */
const INVALID_POSITION = /Exception was thrown by handler|invalid position/i

/** Whether a subscription was refused for its position: it belongs to another log. */
export const isForeignPosition = (error: unknown): boolean =>
  error instanceof EventStoreUnavailableError && INVALID_POSITION.test(clientErrorOf(error.cause).message)

/** Trouble of a call that has nothing to do with what was asked. */
export const toUnavailable = (error: unknown, where: string): EventStoreUnavailableError =>
  error instanceof EventStoreUnavailableError
    ? error
    : new EventStoreUnavailableError(`EventStoreDB at ${where}: ${clientErrorOf(error).message}`, { cause: error })

/** What an append that failed means for its caller. */
export const toAppendError = (error: unknown, stream: string, expected: ExpectedRevision, where: string): Error => {
  if (error instanceof WrongExpectedVersionError) {
    const actual = typeof error.actualVersion === 'bigint' ? Number(error.actualVersion) : -1
    return new WrongExpectedRevisionError(stream, expected, actual)
  }
  if (clientErrorOf(error).type === 'maximum-append-size-exceeded')
    return new AppendTooLargeError(stream, Number.POSITIVE_INFINITY)
  return toUnavailable(error, where)
}
