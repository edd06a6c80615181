import type { Bus } from '@rancher-hub/bus'
import type { CallInputOf, Contract, ResultOf } from '@rancher-hub/contracts'
import { decode, encode, headerNames, type Outcome, outcomeOf } from './envelope.ts'
import { isUnavailable, RefusedError, refusalOf, UnexpectedError } from './errors.ts'
import { createResultChecker } from './result-bytes.ts'
import { inSpan, SpanKind, withTraceContext } from './tracing.ts'

/** What travels with a call besides its input. */
export interface CallOptions {
  /** Signed internal token. */
  readonly token: string
  readonly correlationId: string
  readonly causationId?: string | undefined
  /** Address of the person's client, for limits of sign-in. */
  readonly address?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds; default: the contract's limit. */
  readonly timeoutMs?: number | undefined
  /** Told when the answer comes from read models that are behind what is stored, with their names. */
  readonly onBehind?: ((models: string) => void) | undefined
}

/** Calls contracts over the bus. Input is checked where it arrives and the result where it comes back. */
export interface Caller {
  /** @throws RefusedError | UnexpectedError */
  call<C extends Contract>(contract: C, input: CallInputOf<C>, options: CallOptions): Promise<ResultOf<C>>
  /** The checked result as JSON, for who only passes it on. @throws RefusedError | UnexpectedError */
  callForJson<C extends Contract>(contract: C, input: CallInputOf<C>, options: CallOptions): Promise<Uint8Array>
  /** @throws RefusedError | UnexpectedError */
  callStream<C extends Contract>(contract: C, input: CallInputOf<C>, options: CallOptions): AsyncIterable<ResultOf<C>>
}

const requestHeaders = (options: CallOptions): Record<string, string> =>
  withTraceContext({
    [headerNames.token]: options.token,
    [headerNames.correlationId]: options.correlationId,
    ...(options.causationId === undefined ? {} : { [headerNames.causationId]: options.causationId }),
    ...(options.address === undefined ? {} : { [headerNames.address]: options.address }),
  })

/** @throws RefusedError | UnexpectedError unless it is a result */
const dataOf = (contract: Contract, outcome: Outcome): Uint8Array => {
  if (outcome.status === 'ok') return outcome.data
  if (outcome.status === 'refused') {
    const { code, message, details, errors } = outcome.body
    throw new RefusedError(code, message, details, errors)
  }
  throw new UnexpectedError(`${contract.name} failed`)
}

const parsed = <C extends Contract>(contract: C, data: Uint8Array): ResultOf<C> =>
  contract.result.parse(decode(data)) as ResultOf<C>

const toCallError = (contract: Contract, error: unknown): unknown =>
  isUnavailable(error)
    ? new RefusedError('unavailable', refusalOf(contract, 'unavailable')?.message ?? 'Not available now.', {
        retryAfterSeconds: 2,
      })
    : error

export const createCaller = (bus: Bus): Caller => {
  const check = createResultChecker()
  const ask = async <R>(
    contract: Contract,
    input: unknown,
    options: CallOptions,
    read: (data: Uint8Array) => R,
  ): Promise<R> =>
    await inSpan(
      `call ${contract.name}`,
      { kind: SpanKind.CLIENT, attributes: { 'messaging.destination.name': contract.subject } },
      async () => {
        try {
          const reply = await bus.request(contract.subject, encode(input), {
            headers: requestHeaders(options),
            timeoutMs: options.timeoutMs ?? contract.limits.timeoutMs,
            signal: options.signal,
          })
          const behind = reply.headers[headerNames.behind]
          if (behind !== undefined) options.onBehind?.(behind)
          return read(dataOf(contract, outcomeOf(reply)))
        } catch (error) {
          throw toCallError(contract, error)
        }
      },
    )
  return {
    call: async (contract, input, options) => await ask(contract, input, options, (data) => parsed(contract, data)),
    callForJson: async (contract, input, options) =>
      await ask(contract, input, options, (data) => check(contract, data)),
    callStream: async function* (contract, input, options) {
      try {
        const chunks = bus.requestStream(contract.subject, encode(input), {
          headers: requestHeaders(options),
          timeoutMs: options.timeoutMs ?? contract.limits.timeoutMs,
          signal: options.signal,
        })
        for await (const chunk of chunks) yield parsed(contract, dataOf(contract, outcomeOf(chunk)))
      } catch (error) {
        throw toCallError(contract, error)
      }
    },
  }
}
