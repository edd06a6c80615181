import { BusRefusedError } from '@rancher-hub/bus'
import { EventStoreRefusedError } from '@rancher-hub/event-store'
import { ReadModelsRefusedError } from '@rancher-hub/read-model'
import { ConfigError } from '@rancher-hub/service-kit'

/** The hub does not start, for a reason that the person who starts it can mend. The message is one clear sentence. */
export class StartRefusedError extends Error {
  override name = 'StartRefusedError'
}

/** What a no of a server, of an adapter or of the settings means for a process: it does not start. Everything else stays as it is. */
export const toStartRefused = (error: unknown): unknown =>
  error instanceof BusRefusedError ||
  error instanceof EventStoreRefusedError ||
  error instanceof ReadModelsRefusedError ||
  error instanceof ConfigError
    ? new StartRefusedError(error.message, { cause: error })
    : error
