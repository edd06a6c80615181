import { Server, ServerCredentials, ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js'
import { answerAppend, answerBatchAppend } from './append.ts'
import { createFaults, type Faults } from './faults.ts'
import { Log } from './log.ts'
import { Features, FeaturesService, StreamsService } from './protocol.ts'
import { answerRead } from './read.ts'

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

const supported = (version: string) => {
  const methods = new Features.SupportedMethods()
  methods.setEventStoreServerVersion(version)
  const add = (service: string, name: string, features: readonly string[]): void => {
    const method = new Features.SupportedMethod()
    method.setServiceName(service)
    method.setMethodName(name)
    method.setFeaturesList([...features])
    methods.addMethods(method)
  }
  add('event_store.client.streams.streams', 'append', [])
  add('event_store.client.streams.streams', 'batchappend', ['deadline_duration'])
  add('event_store.client.streams.streams', 'read', ['position', 'events'])
  add('event_store.client.server_features.serverfeatures', 'getsupportedmethods', [])
  return methods
}

/** Refuses calls while the fault is on. */
const refusing =
  (faults: Faults): ServerInterceptor =>
  (_method, call) =>
    new ServerInterceptingCall(call, {
      start: (next) => {
        if (faults.refuse) call.sendStatus({ code: status.UNAVAILABLE, details: 'connect ECONNREFUSED' })
        else next()
      },
    })

/** Starts it on loopback. */
export const startStandIn = async (options: StandInOptions): Promise<StandIn> => {
  const log = new Log(options.file)
  const faults = createFaults()
  const server = new Server({
    interceptors: [refusing(faults)],
    'grpc.max_receive_message_length': 17 * 1024 * 1024,
    'grpc.max_concurrent_streams': 2 ** 31 - 1,
  })
  server.addService(FeaturesService, {
    getSupportedMethods: (_call: unknown, callback: (error: null, methods: unknown) => void) => {
      if (!faults.hang) callback(null, supported(options.version ?? '23.10.6'))
    },
  })
  server.addService(StreamsService, {
    append: answerAppend(log, faults),
    batchAppend: answerBatchAppend(log, faults),
    read: answerRead(log, faults),
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${options.port ?? 0}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  return {
    port,
    url: `esdb://127.0.0.1:${port}?tls=false`,
    faults,
    [Symbol.asyncDispose]: async () => {
      server.forceShutdown()
      log[Symbol.dispose]()
    },
  }
}
