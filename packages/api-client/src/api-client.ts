import type { CallInputOf, Contract, ResultOf, Stream } from '@rancher-hub/contracts'
import { readNdjson } from './ndjson.ts'
import { type ProblemError, problemOf, unreachable } from './problem-error.ts'
import { toHttpRequest } from './request.ts'

export interface ApiClientOptions {
  /** Address of the hub, without `/api/v1`: `https://hub.example.com`; empty in the browser, where it is the page's own. */
  readonly baseUrl: string
  /** Default: the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Sent with every call; a function is asked each time. */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>) | undefined
  /** Called when an answer says that nobody is signed in (any more), before the call fails. */
  readonly onUnauthorized?: ((problem: ProblemError) => void) | undefined
  /** Called with every answer: whether the read models of this service were behind what is stored. */
  readonly onBehind?: ((service: string, isBehind: boolean) => void) | undefined
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/** What reaches a client: the session grant stays in the cookie. */
export type OverHttp<C extends Contract> =
  ResultOf<C> extends { sessionToken: string } ? Omit<ResultOf<C>, 'sessionToken' | 'sessionExpiresAt'> : ResultOf<C>

export interface ApiClient {
  /**
   * Calls a command or query. Fields with defaults may be left out of `input`.
   * @throws ProblemError | DOMException (AbortError)
   */
  call<C extends Contract>(contract: C, input: CallInputOf<C>, options?: CallOptions): Promise<OverHttp<C>>
  /** Reads a stream contract chunk by chunk; leaving the loop cancels it. @throws ProblemError | DOMException (AbortError) */
  stream<C extends Stream>(contract: C, input: CallInputOf<C>, options?: CallOptions): AsyncIterable<ResultOf<C>>
}

const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError'

/** Makes a client of the hub's HTTP interface, typed by the contracts. Works in browsers and in Node. */
export const createApiClient = (options: ApiClientOptions): ApiClient => {
  const base = options.baseUrl.replace(/\/+$/, '')
  const fetch = options.fetch ?? globalThis.fetch.bind(globalThis)

  const send = async (
    contract: Contract,
    input: Readonly<Record<string, unknown>>,
    accept: string,
    call: CallOptions,
  ): Promise<Response> => {
    const { method, path, body } = toHttpRequest(contract, input)
    const extra = typeof options.headers === 'function' ? options.headers() : (options.headers ?? {})
    const response = await fetch(base + path, {
      method,
      headers: { accept, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...extra },
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    }).catch((error: unknown) => {
      throw isAbort(error) || call.signal?.aborted === true ? error : unreachable(error)
    })
    if (response.ok) {
      options.onBehind?.(contract.service, response.headers.has('hub-behind'))
      return response
    }
    const problem = await problemOf(response)
    if (problem.code === 'not-signed-in') options.onUnauthorized?.(problem)
    throw problem
  }

  return {
    call: async <C extends Contract>(contract: C, input: CallInputOf<C>, call: CallOptions = {}) => {
      const response = await send(contract, input, 'application/json, application/problem+json', call)
      // The gateway has validated and stripped the answer against this very contract.
      const body: unknown = await response.json().catch((error: unknown) => {
        throw isAbort(error) ? error : unreachable(error)
      })
      return body as OverHttp<C>
    },
    stream: async function* <C extends Stream>(contract: C, input: CallInputOf<C>, call: CallOptions = {}) {
      const response = await send(contract, input, 'application/x-ndjson, application/problem+json', call)
      if (response.body === null) return
      for await (const chunk of readNdjson(response.body)) yield chunk as ResultOf<C>
    },
  }
}
