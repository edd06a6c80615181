import type { Bus, BusMessage, Reply, Subscription } from '@rancher-hub/bus'
import type { CallInputOf, Contract } from '@rancher-hub/contracts'
import type { EventStore } from '@rancher-hub/event-store'
import type { z } from 'zod'
import { decideAndAppend } from './append.ts'
import type { Caller } from './caller.ts'
import { decode, encode, failedReply, headerNames, okReply, refusedReply } from './envelope.ts'
import { type FieldError, isUnavailable, RefusedError, refusalOf, refuse } from './errors.ts'
import type { CallContext, Cause, Handler } from './handler.ts'
import { newId } from './ids.ts'
import type { Logger } from './logger.ts'
import { createResultEncoder } from './result-bytes.ts'
import { type Identity, TokenRefusedError, type TokenSigner, type TokenVerifier } from './tokens.ts'
import { inSpan, SpanKind } from './tracing.ts'

export interface ServeDeps {
  readonly serviceName: string
  readonly bus: Bus
  readonly store: EventStore
  readonly verifier: TokenVerifier
  readonly signer: TokenSigner
  readonly caller: Caller
  readonly log: Logger
  readonly now: () => Date
  /** Waits until this service's projections have seen a position; bounded. */
  readonly settled: (position: number) => Promise<void>
  /** Names of this service's read models that are behind what is stored. */
  readonly behind: () => readonly string[]
  readonly onConflict: () => void
}

const fieldErrors = (error: z.ZodError): FieldError[] =>
  error.issues.slice(0, 50).map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }))

const identify = async (deps: ServeDeps, contract: Contract, message: BusMessage): Promise<Identity> => {
  try {
    return await deps.verifier.verify(message.headers[headerNames.token])
  } catch (error) {
    if (error instanceof TokenRefusedError) throw refuse(contract, 'not-signed-in')
    throw error
  }
}

/** Default deny: the contract names who may call; everything else is refused. */
const assertAllowed = (contract: Contract, identity: Identity): void => {
  if (contract.http === undefined && contract.callers?.includes(identity.caller) !== true)
    throw refuse(contract, 'forbidden')
  if (contract.access === 'public') return
  if (identity.actor.kind !== 'user') throw refuse(contract, 'not-signed-in')
  if (contract.access !== 'session' && !identity.actor.permissions.includes(contract.access))
    throw refuse(contract, 'forbidden')
}

const parseInput = (contract: Contract, message: BusMessage): unknown => {
  let body: unknown
  try {
    body = decode(message.data)
  } catch {
    throw new RefusedError('invalid-input', 'The request is not JSON.', undefined, [{ path: '', message: 'Not JSON' }])
  }
  const parsed = contract.input.safeParse(body)
  if (parsed.success) return parsed.data
  const errors = fieldErrors(parsed.error)
  const first = errors[0]
  const detail =
    first === undefined
      ? 'The request is not valid.'
      : `${first.path === '' ? 'The request' : first.path}: ${first.message}`
  throw new RefusedError('invalid-input', detail, undefined, errors)
}

const contextOf = (deps: ServeDeps, identity: Identity, message: BusMessage, signal: AbortSignal): CallContext => {
  const correlationId = message.headers[headerNames.correlationId] ?? newId()
  const cause: Cause = {
    organization: identity.organization,
    actor: identity.actor,
    correlationId,
    causationId: message.headers[headerNames.causationId] ?? correlationId,
  }
  const callOptions = async () => ({
    token: await deps.signer.sign({ organization: identity.organization, actor: identity.actor }),
    correlationId,
    causationId: cause.causationId,
    address: message.headers[headerNames.address],
    signal,
  })
  return {
    ...cause,
    caller: identity.caller,
    address: message.headers[headerNames.address],
    signal,
    // Made when somebody logs: most calls never do, and a child logger costs more than many of them.
    get log() {
      return deps.log.child({ correlationId })
    },
    now: deps.now,
    newId,
    call: async (contract, input) => await deps.caller.call(contract, input, await callOptions()),
    callStream: async function* <C extends Contract>(contract: C, input: CallInputOf<C>) {
      yield* deps.caller.callStream(contract, input, await callOptions())
    },
    decide: async (aggregate, id, decide, override) => {
      const decided = await decideAndAppend(deps, aggregate, id, decide, { ...cause, ...override })
      if (decided.appended !== undefined) await deps.settled(decided.appended.position)
      return decided.outcome
    },
  }
}

/** «There is no such thing» says nothing while read models are behind: it may have been made a moment ago. */
const isPremature = (deps: ServeDeps, { code }: RefusedError): boolean =>
  code === 'not-found' && deps.behind().length > 0

const unavailableReply = (contract: Contract): Reply => {
  const message = refusalOf(contract, 'unavailable')?.message ?? 'Not available now.'
  return refusedReply({ code: 'unavailable', message, details: { retryAfterSeconds: 2 } })
}

const toReply = (deps: ServeDeps, contract: Contract, error: unknown, correlationId: string | undefined): Reply => {
  if (error instanceof RefusedError) {
    if (isPremature(deps, error)) return unavailableReply(contract)
    const known = refusalOf(contract, error.code) !== undefined
    if (known)
      return refusedReply({ code: error.code, message: error.message, details: error.details, errors: error.errors })
  }
  if (isUnavailable(error)) {
    deps.log.warn({ err: error, contract: contract.name, correlationId }, 'unavailable')
    return unavailableReply(contract)
  }
  deps.log.error({ err: error, contract: contract.name, correlationId }, 'unexpected failure')
  return failedReply()
}

const serveUnary = async (deps: ServeDeps, handler: Extract<Handler, { kind: 'unary' }>): Promise<Subscription> => {
  const { contract } = handler
  const encodeResult = createResultEncoder()
  return await deps.bus.respond(contract.subject, deps.serviceName, async (message, signal) => {
    try {
      return await inSpan(`serve ${contract.name}`, { kind: SpanKind.SERVER, carrier: message.headers }, async () => {
        const identity = await identify(deps, contract, message)
        assertAllowed(contract, identity)
        const input = parseInput(contract, message)
        const outcome = await handler.run(input as never, contextOf(deps, identity, message, signal))
        return okReply(encodeResult(contract, outcome), deps.behind())
      })
    } catch (error) {
      return toReply(deps, contract, error, message.headers[headerNames.correlationId])
    }
  })
}

const serveStream = async (deps: ServeDeps, handler: Extract<Handler, { kind: 'stream' }>): Promise<Subscription> => {
  const { contract } = handler
  return await deps.bus.respondStream(contract.subject, deps.serviceName, async function* (message, signal) {
    try {
      const identity = await identify(deps, contract, message)
      assertAllowed(contract, identity)
      const input = parseInput(contract, message)
      for await (const chunk of handler.run(input as never, contextOf(deps, identity, message, signal))) {
        yield okReply(encode(contract.result.parse(chunk)))
      }
    } catch (error) {
      if (!signal.aborted) yield toReply(deps, contract, error, message.headers[headerNames.correlationId])
    }
  })
}

/** Answers a contract on the bus: token, permission, input, work, output, in this order. */
export const serve = async (deps: ServeDeps, handler: Handler): Promise<Subscription> =>
  handler.kind === 'unary' ? await serveUnary(deps, handler) : await serveStream(deps, handler)
