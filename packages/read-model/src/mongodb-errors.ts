import {
  MongoBulkWriteError,
  MongoCompatibilityError,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb'
import { DuplicateKeyError, ReadModelsRefusedError, ReadModelsUnavailableError } from './read-model.port.ts'

/** AuthenticationFailed, Unauthorized. */
const REFUSED = [18, 13]
/** Errors of the driver that mean «not now»: https://www.mongodb.com/docs/drivers/node */
const AWAY = [
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoServerSelectionError',
  'MongoOperationTimeoutError',
  'MongoWaitQueueTimeoutError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoClientClosedError',
  'MongoExpiredSessionError',
]
/** NotWritablePrimary, PrimarySteppedDown, ShutdownInProgress, InterruptedAtShutdown and their kin; QueryPlanKilled: the collection is being made anew. */
const AWAY_CODES = [91, 175, 189, 10_107, 11_600, 11_602, 13_435, 13_436]

/** Of the socket: the driver passes them on as they are when the server closes one between two commands. */
const SOCKET_CODES = ['EPIPE', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'ERR_STREAM_DESTROYED', 'ERR_SOCKET_CLOSED']

const DUPLICATE = 11_000

export const isDuplicate = (error: unknown): error is MongoServerError =>
  error instanceof MongoServerError && error.code === DUPLICATE

/** Whether it is the id that is there already, not the values of a unique index. */
export const isDuplicateId = (error: { readonly message: string; readonly keyPattern?: unknown }): boolean =>
  typeof error.keyPattern === 'object' && error.keyPattern !== null
    ? '_id' in error.keyPattern
    : /index: _id_|collection: \S+ index: _id/u.test(error.message) || !error.message.includes('index:')

const awayFrom = (where: string, error: Error): ReadModelsUnavailableError =>
  new ReadModelsUnavailableError(`MongoDB at ${where}: ${error.message}`, { cause: error })

/** Whether a bulk was ended by its connection: the driver keeps the words of that error alone. What the server says has a code. */
const isCutOff = (error: MongoError): boolean =>
  error instanceof MongoBulkWriteError && error.code === undefined && [error.writeErrors].flat().length === 0

/** What an error of the driver means for whoever called. */
export const toReadModelError = (error: unknown, where: string, collection: string): unknown => {
  if (isDuplicate(error)) return new DuplicateKeyError(collection, error.message)
  if (error instanceof Error && 'code' in error && SOCKET_CODES.includes(String(error.code)))
    return awayFrom(where, error)
  if (!(error instanceof MongoError)) return error
  const away =
    error instanceof MongoNetworkError ||
    isCutOff(error) ||
    AWAY.includes(error.name) ||
    (typeof error.code === 'number' && AWAY_CODES.includes(error.code))
  return away ? awayFrom(where, error) : error
}

/** What a first call that fails says about the server. */
export const toOpeningError = (error: unknown, where: string): unknown => {
  if (error instanceof MongoServerError && typeof error.code === 'number' && REFUSED.includes(error.code)) {
    return new ReadModelsRefusedError(`MongoDB at ${where} refuses these credentials; check HUB_MONGODB_URL.`, {
      cause: error,
    })
  }
  const reason =
    error instanceof MongoServerSelectionError
      ? ([...(error.reason?.servers.values() ?? [])].map((server) => server.error).find((each) => each !== null) ??
        error)
      : error
  if (reason instanceof MongoCompatibilityError) {
    return new ReadModelsRefusedError(`MongoDB at ${where} is too old: ${reason.message}.`, { cause: error })
  }
  if (error instanceof MongoError)
    return new ReadModelsUnavailableError(`MongoDB at ${where} cannot be reached: ${error.message}`, { cause: error })
  return error
}
