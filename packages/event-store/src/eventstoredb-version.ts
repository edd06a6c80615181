import type { EventStoreDBClient } from '@eventstore/db-client'
import { ServerFeaturesClient } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import { EventStoreRefusedError } from './event-store.port.ts'
import { clientErrorOf } from './eventstoredb-errors.ts'

/** Oldest server that the hub is made for. */
const MINIMUM_VERSION = [23, 10] as const
/** Servers before 21.10 do not know the question. */
const UNIMPLEMENTED = 12

/**
 * Version of the server. The client asks for it too, but without a deadline, and keeps the answer for ever, also one
 * that was a failure: this asks anew each time.
 * @throws the client's error as it is
 */
const askVersion = async (client: EventStoreDBClient, timeoutMs: number): Promise<string> => {
  const [metadata, options] = client['callArguments']({ deadline: timeoutMs })
  return await client['execute'](
    ServerFeaturesClient,
    'getSupportedMethods',
    async (features) =>
      await new Promise((resolve, reject) => {
        features.getSupportedMethods(new shared.Empty(), metadata, options, (error, methods) => {
          if (error === null) resolve(methods.getEventStoreServerVersion())
          else if (clientErrorOf(error).code === UNIMPLEMENTED) resolve('unknown')
          else reject(error)
        })
      }),
  )
}

const isTooOld = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (!Number.isInteger(major) || !Number.isInteger(minor)) return true
  return major < MINIMUM_VERSION[0] || (major === MINIMUM_VERSION[0] && minor < MINIMUM_VERSION[1])
}

/** @throws EventStoreRefusedError when the server is too old, else the client's error as it is */
export const assertVersion = async (client: EventStoreDBClient, where: string, timeoutMs: number): Promise<void> => {
  const version = await askVersion(client, timeoutMs)
  if (!isTooOld(version)) return
  const minimum = MINIMUM_VERSION.join('.')
  throw new EventStoreRefusedError(`EventStoreDB at ${where} is version ${version}; the hub needs ${minimum} or newer.`)
}
