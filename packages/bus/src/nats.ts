import { type NatsConnection, PermissionViolationError } from '@nats-io/transport-node'
import { hostsOf } from '@rancher-hub/domain'
import { type Bus, BusUnavailableError, type Subscription } from './bus.port.ts'
import { createMailbox } from './message.ts'
import { connectNats, type NatsOptions } from './nats-connection.ts'
import { createMux } from './nats-mux.ts'
import { createPulse } from './nats-pulse.ts'
import { request, respond } from './nats-request.ts'
import { requestStream, respondStream } from './nats-stream.ts'
import { createSubscriptions, type Subscriptions } from './nats-subscriptions.ts'
import { ALIVE_MS, assertSize, toBusMessage, toWireHeaders, type Wire } from './nats-wire.ts'
import { assertPattern, assertSubject } from './subject.ts'

export { connectNats, type NatsOptions } from './nats-connection.ts'
export { STREAM_WINDOW } from './nats-stream.ts'

export interface NatsBusOptions extends NatsOptions {
  /** Stands before every subject, so that several buses can share one server. Default: nothing. */
  readonly prefix?: string | undefined
  /** Told when the connection is lost and when it is there again, and of what the server refuses meanwhile: permissions, slow consumers. */
  readonly onProblem?: ((problem: string) => void) | undefined
}

/** The bus, and what its operator wants to know of it. */
export interface NatsBus extends Bus {
  readonly connection: NatsConnection
  /** Why it cannot be used now, or not for everything; undefined while it can. */
  problem(): string | undefined
}

/** Follows the connection: whoever waits for an answer is told when it is lost. */
const watchConnection = (
  connection: NatsConnection,
  subscriptions: Subscriptions,
  where: string,
  onProblem: (problem: string) => void,
) => {
  const waiting = new Set<(error: BusUnavailableError) => void>()
  let problem: string | undefined
  let next = Promise.withResolvers<void>()
  const lose = (text: string): void => {
    problem = text
    for (const tell of [...waiting]) tell(new BusUnavailableError(text))
  }
  const watching = (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect' || status.type === 'staleConnection') {
        const away = `NATS at ${where} cannot be reached; connecting again`
        if (problem === undefined) onProblem(away)
        lose(away)
      } else if (status.type === 'reconnect') {
        problem = undefined
        next.resolve()
        next = Promise.withResolvers<void>()
        onProblem(`NATS at ${where} is there again`)
        void subscriptions.retry()
      } else if (status.type === 'error') {
        if (status.error instanceof PermissionViolationError) subscriptions.onViolation(status.error)
        onProblem(status.error.message)
      } else if (status.type === 'close') lose('The bus is closed')
    }
  })()
  return {
    problem: () => problem,
    watching,
    again: async () => await next.promise,
    onLost: (listener: (error: BusUnavailableError) => void) => {
      waiting.add(listener)
      return () => void waiting.delete(listener)
    },
    loseAll: lose,
  }
}

const refusedText = (where: string, subjects: readonly string[]): string =>
  `NATS at ${where} does not let this user listen to ${subjects.join(', ')}; give it what «hub nats config» prints`

/** NATS behind the port: requests in queue groups, streams with flow control. @throws BusUnavailableError | BusRefusedError when it cannot connect now */
export const openNatsBus = async (options: NatsBusOptions): Promise<NatsBus> => {
  const prefix = options.prefix ?? ''
  const connection = await connectNats(options)
  const where = hostsOf(options.url)
  const subscriptions = createSubscriptions(connection)
  const onProblem = options.onProblem ?? (() => undefined)
  const watch = watchConnection(connection, subscriptions, where, onProblem)
  const mux = createMux(subscriptions, options.inboxPrefix)
  const pulse = createPulse(ALIVE_MS)
  const physical = (subject: string): string => `${prefix}${subject}`
  const wire: Wire = { connection, subscriptions, mux, pulse, physical, onLost: watch.onLost, again: watch.again }
  const stops = new Set<() => Promise<void>>()
  let open = true

  const check = (subject: string, assert: (subject: string) => void): void => {
    assert(subject)
    if (!open) throw new BusUnavailableError('The bus is closed')
    const problem = watch.problem()
    if (problem !== undefined) throw new BusUnavailableError(problem)
  }
  /** The server knows of a subscription when this resolves. @throws BusUnavailableError, and nobody listens then */
  const lasting = async (stop: () => Promise<void>): Promise<Subscription> => {
    stops.add(stop)
    try {
      await connection.flush()
    } catch (error) {
      stops.delete(stop)
      await stop()
      throw new BusUnavailableError(`NATS at ${where} cannot be reached`, { cause: error })
    }
    return {
      [Symbol.asyncDispose]: async () => {
        stops.delete(stop)
        await stop()
      },
    }
  }

  /** What was answered last is on its way back to callers in this process, too. */
  const flushLast = async (): Promise<void> => {
    if (watch.problem() !== undefined) return
    try {
      await connection.flush()
    } catch (error) {
      onProblem(`NATS at ${where} was lost while the bus closed; who asked last may have no answer: ${String(error)}`)
    }
  }

  return {
    connection,
    problem: () => {
      const refused = subscriptions.refused()
      return watch.problem() ?? (refused.length === 0 ? undefined : refusedText(where, refused))
    },
    request: async (subject, data, requestOptions) => {
      check(subject, assertSubject)
      return await request(wire, subject, data, requestOptions)
    },
    respond: async (subject, queue, handler) => {
      check(subject, assertSubject)
      return await lasting(respond(wire, subject, queue, handler))
    },
    requestStream: async function* (subject, data, requestOptions) {
      check(subject, assertSubject)
      yield* requestStream(wire, subject, data, requestOptions)
    },
    respondStream: async (subject, queue, handler) => {
      check(subject, assertSubject)
      return await lasting(respondStream(wire, subject, queue, handler))
    },
    publish: async (subject, data, headers) => {
      check(subject, assertSubject)
      assertSize(subject, data)
      const wireHeaders = toWireHeaders(headers)
      connection.publish(physical(subject), data, wireHeaders === undefined ? {} : { headers: wireHeaders })
    },
    subscribe: async (pattern, handler, onError) => {
      check(pattern, assertPattern)
      const { deliver, drained } = createMailbox(handler, onError)
      const held = subscriptions.hold(physical(pattern), (message) => {
        deliver(toBusMessage(message.subject.slice(prefix.length), message))
      })
      return await lasting(async () => {
        held.close()
        await drained()
      })
    },
    [Symbol.asyncDispose]: async () => {
      if (!open) return
      open = false
      await Promise.all([...stops].map(async (stop) => await stop()))
      await flushLast()
      mux.close()
      pulse.stop()
      subscriptions.close()
      await connection.close()
      watch.loseAll('The bus is closed')
      await watch.watching
    },
  }
}
