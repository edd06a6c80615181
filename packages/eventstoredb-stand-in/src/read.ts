import { setTimeout as wait } from 'node:timers/promises'
import { status } from '@grpc/grpc-js'
import type { Faults } from './faults.ts'
import type { Log } from './log.ts'
import { type ReadCall, ReadError, type ReadOptions } from './read-answers.ts'
import { readAll, readStream } from './read-once.ts'
import { subscribe } from './subscription.ts'

const work = async (call: ReadCall, log: Log, faults: Faults, options: ReadOptions): Promise<void> => {
  if (faults.latencyMs > 0) await wait(faults.latencyMs)
  if (options.hasSubscription()) return await subscribe(call, log, faults, options)
  const upTo = BigInt(faults.lagAfter)
  return options.hasStream() ? await readStream(call, log, options, upTo) : await readAll(call, log, options, upTo)
}

/** All four uses of `Streams/Read`. */
export const answerRead =
  (log: Log, faults: Faults) =>
  (call: ReadCall): void => {
    const options = call.request.getOptions()
    if (faults.hang || options === undefined) return
    work(call, log, faults, options).then(
      () => call.end(),
      (error: unknown) => {
        if (call.cancelled) return
        const known = error instanceof ReadError
        call.emit(
          'error',
          known ? { code: error.code, details: error.details } : { code: status.UNKNOWN, details: String(error) },
        )
      },
    )
  }
