import { Server, ServerCredentials } from '@grpc/grpc-js'
import { answerAppend } from './append.ts'
import { answerBatchAppend } from './batch-append.ts'
import { createFaults, type Faults } from './faults.ts'
import { answerFeatures } from './features.ts'
import { clusterInfo } from './gossip.ts'
import { intercepting } from './intercept.ts'
import { Log } from './log.ts'
import { FeaturesService, GossipService, StreamsService } from './protocol.ts'
import { answerRead } from './read.ts'

/** Calls that one connection may have open: the default of Kestrel, the web server inside EventStoreDB. */
const MAX_STREAMS = 100

export interface StandInOptions {
  /** File with the data; `:memory:` forgets everything. */
  readonly file: string
  /** 0: any free one. */
  readonly port?: number | undefined
  /** Version that the server says it has. */
  readonly version?: string | undefined
}

/** A stand-in that answers. */
export interface StandIn extends AsyncDisposable {
  readonly port: number
  /** Connection string for clients. */
  readonly url: string
  readonly faults: Faults
}

/** Starts it on loopback. */
export const startStandIn = async (options: StandInOptions): Promise<StandIn> => {
  const log = new Log(options.file)
  const faults = createFaults()
  const server = new Server({
    interceptors: [intercepting(faults)],
    'grpc.max_receive_message_length': 17 * 1024 * 1024,
    'grpc.max_concurrent_streams': MAX_STREAMS,
  })
  server.addService(FeaturesService, { getSupportedMethods: answerFeatures(faults, options.version ?? '23.10.6') })
  server.addService(StreamsService, {
    append: answerAppend(log, faults),
    batchAppend: answerBatchAppend(log, faults),
    read: answerRead(log, faults),
  })
  server.addService(GossipService, {
    read: (_call: unknown, callback: (error: null, info: ReturnType<typeof clusterInfo>) => void) =>
      callback(null, clusterInfo(port)),
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${options.port ?? 0}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  let ended = false
  return {
    port,
    url: `esdb://127.0.0.1:${port}?tls=false`,
    faults,
    [Symbol.asyncDispose]: async () => {
      if (ended) return
      ended = true
      server.forceShutdown()
      log[Symbol.dispose]()
    },
  }
}
