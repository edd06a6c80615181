import {
  type CallInputOf,
  type Command,
  type Contract,
  commonRefusals,
  type InputOf,
  type Query,
  type Stream,
} from '@rancher-hub/contracts'
import { type Caller, type CallOptions, RefusedError } from '@rancher-hub/service-kit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createGuard } from '../session/guard.ts'
import { cookiesWork, endCookie, readSessionCookie, startCookie } from '../session/session-cookie.ts'
import type { GatewaySession, Sessions } from '../session/sessions.ts'
import { sendNdjson } from './ndjson.ts'
import { ProblemResponse, refusedProblem } from './problem.ts'
import { compileInput } from './read-input.ts'
import { sendFile } from './send-file.ts'

export interface ContractRouteDeps {
  readonly caller: Caller
  readonly sessions: Sessions
  readonly publicOrigin: string | undefined
  /** Sent with every answer under `/api`. */
  readonly headers: Readonly<Record<string, string>>
}

/** Answers of at least this many bytes are compressed for clients that take it. */
export const WORTH_COMPRESSING = 2048

/** Calls that may take long are told when nobody waits any more. */
const QUICK_MS = 15_000

const toProblemResponse = (contract: Contract, error: unknown): unknown => {
  const facts = error instanceof RefusedError ? refusedProblem(contract, error) : undefined
  return facts === undefined ? error : new ProblemResponse(facts)
}

/** Header of answers whose read models are behind what is stored: their names. */
const BEHIND = 'hub-behind'

/** Options of a call over the bus on behalf of whoever makes this request. */
const optionsOf = async (
  deps: ContractRouteDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  session: GatewaySession | undefined,
  signal?: AbortSignal,
) => ({
  token: session?.token ?? (await deps.sessions.anonymousToken()),
  correlationId: request.id,
  address: request.ip,
  signal,
  onBehind: (models: string) => void reply.header(BEHIND, models),
})

const isSignedOut = (error: unknown): boolean => error instanceof RefusedError && error.code === 'not-signed-in'

/** The session asked for anew, once, after a service refused its token: rights may have changed in between. */
const refreshed = async (deps: ContractRouteDeps, request: FastifyRequest): Promise<GatewaySession | undefined> => {
  const sessionToken = readSessionCookie(request.headers)
  if (sessionToken === undefined || request.session === undefined) return undefined
  deps.sessions.forget(sessionToken)
  return await deps.sessions.resolve(sessionToken, request.id, true)
}

const whenGone = (reply: FastifyReply): AbortSignal => {
  const controller = new AbortController()
  reply.raw.once('close', () => controller.abort())
  return controller.signal
}

/** Calls on behalf of whoever makes this request; once more when the session's token had changed. */
const callUnary = async <R>(
  deps: ContractRouteDeps,
  contract: Command | Query,
  request: FastifyRequest,
  reply: FastifyReply,
  call: (options: CallOptions) => Promise<R>,
): Promise<R> => {
  const signal = contract.kind === 'query' && contract.limits.timeoutMs > QUICK_MS ? whenGone(reply) : undefined
  try {
    return await call(await optionsOf(deps, request, reply, request.session, signal))
  } catch (error) {
    const session = isSignedOut(error) ? await refreshed(deps, request) : undefined
    if (session === undefined) throw error
    return await call(await optionsOf(deps, request, reply, session, signal))
  }
}

const assertCookiesWork = (deps: ContractRouteDeps, request: FastifyRequest): void => {
  if (cookiesWork(request, deps.publicOrigin)) return
  throw new ProblemResponse({
    status: 400,
    code: 'insecure-connection',
    detail: `Browsers keep the sign-in cookie only over HTTPS or on the hub’s own machine, and this page was opened over plain HTTP. Open ${deps.publicOrigin ?? 'the hub over HTTPS (HUB_TLS_CERT_FILE, or a proxy with HUB_PUBLIC_URL)'}.`,
  })
}

/** Moves the session grant of a result into the cookie: it never reaches the page's JavaScript. */
const moveGrant = (reply: FastifyReply, result: object): object => {
  const { sessionToken, sessionExpiresAt, ...rest } = result as { sessionToken: string; sessionExpiresAt: string }
  reply.header('set-cookie', startCookie(sessionToken, sessionExpiresAt))
  return rest
}

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength)

const answerUnary = (deps: ContractRouteDeps, contract: Command | Query) => {
  const readInput = compileInput(contract)
  const session = contract.kind === 'command' ? contract.session : undefined
  return async (request: FastifyRequest, reply: FastifyReply) => {
    if (session === 'start') assertCookiesWork(deps, request)
    const input = readInput(request) as CallInputOf<typeof contract>
    const ask = async (options: CallOptions): Promise<Buffer> =>
      session === 'start'
        ? Buffer.from(JSON.stringify(moveGrant(reply, (await deps.caller.call(contract, input, options)) as object)))
        : bufferOf(await deps.caller.callForJson(contract, input, options))
    const json = await callUnary(deps, contract, request, reply, ask).catch((error: unknown) => {
      throw toProblemResponse(contract, error)
    })
    if (session === 'end') reply.header('set-cookie', endCookie())
    reply.header('content-type', 'application/json; charset=utf-8')
    return json.byteLength < WORTH_COMPRESSING ? reply.send(json) : reply.compress(json)
  }
}

const answerStream = (deps: ContractRouteDeps, contract: Stream) => {
  const readInput = compileInput(contract)
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const input = readInput(request) as CallInputOf<typeof contract>
    const signal = whenGone(reply)
    const chunks = deps.caller.callStream(
      contract,
      input,
      await optionsOf(deps, request, reply, request.session, signal),
    )
    const translate = (error: unknown): unknown => toProblemResponse(contract, error)
    const file = contract.file?.(input as InputOf<typeof contract>)
    if (file !== undefined) return await sendFile(request, reply, chunks, file, translate)
    return await sendNdjson(request, reply, chunks, translate)
  }
}

/** Serves one contract under `/api/v1`. Everything that follows from the contract alone is worked out here, once. */
export const serveContract = (app: FastifyInstance, deps: ContractRouteDeps, contract: Contract): void => {
  if (contract.http === undefined) return
  const guard = createGuard(deps.sessions, deps.publicOrigin, contract.access)
  const { rate } = contract.limits
  app.route({
    method: contract.http.method,
    url: `/api/v1${contract.http.path}`,
    bodyLimit: contract.limits.bodyBytes,
    helmet: false,
    config: rate === undefined ? {} : { rateLimit: { max: rate.max, timeWindow: rate.perSeconds * 1000 } },
    // After the rate limit (onRequest), before the body is read.
    preParsing: (request, reply, payload, done) => {
      reply.headers(deps.headers)
      try {
        const waiting = guard(request)
        if (waiting === undefined) done(null, payload)
        else
          waiting.then(
            () => done(null, payload),
            (error: unknown) => done(toGuardError(error)),
          )
      } catch (error) {
        done(error as Error)
      }
    },
    handler: contract.kind === 'stream' ? answerStream(deps, contract) : answerUnary(deps, contract),
  })
}

/** Auth being away is no fault of the client, and no unexpected error either. */
export const toGuardError = (error: unknown): Error => {
  if (error instanceof RefusedError && error.code === 'unavailable') {
    return new ProblemResponse({
      status: 503,
      code: 'unavailable',
      detail: commonRefusals.unavailable.message,
      retryAfterSeconds: 2,
    })
  }
  return error instanceof Error ? error : new Error('The session could not be checked', { cause: error })
}
