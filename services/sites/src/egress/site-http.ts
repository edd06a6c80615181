import { Agent, type Dispatcher } from 'undici'
import { assertAddressAllowed, createGuardedLookup } from './guarded-lookup.ts'
import type { NetworkPolicy } from './network-policy.ts'
import { toNetworkError } from './network-problem.ts'
import { SiteError } from './site-error.ts'

/** TLS facts of one site. PEM everywhere. */
export interface SiteTls {
  /** Trusted instead of the public authorities. */
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  /** Name to ask for and to check the certificate against, when it differs from the address. */
  readonly serverName?: string | undefined
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Path with query, appended to the site's address. */
  readonly path: string
  readonly body?: string | undefined
  readonly contentType?: string | undefined
  /** Milliseconds for the whole exchange; default 30 s. */
  readonly timeoutMs?: number | undefined
  /** Largest answer in bytes; default 64 MiB. */
  readonly maxBytes?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** False: without the site's credentials. */
  readonly authenticated?: boolean | undefined
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

export interface HttpStream {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: AsyncIterable<Uint8Array>
}

/** The one client for outgoing calls, for one site: its connections, its trust, its credentials. */
export interface SiteHttp extends AsyncDisposable {
  readonly base: URL
  /** @throws SiteError when there is no answer; an answer with an error status is an answer */
  request(request: HttpRequest): Promise<HttpAnswer>
  /** An answer that goes on: `silenceMs` without a byte ends it with an error. @throws SiteError */
  stream(request: HttpRequest & { readonly silenceMs: number }): Promise<HttpStream>
}

const DEFAULT_TIMEOUT_MS = 30_000
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024

const readLimited = async (body: AsyncIterable<Uint8Array>, maxBytes: number, host: string): Promise<string> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > maxBytes) {
      throw new SiteError(
        {
          code: 'upstream-error',
          message: `${host} sent an answer of more than ${Math.round(maxBytes / 1024)} KiB, which the hub does not read.`,
        },
        { maybeSent: true },
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * Opens the client of one site. Redirects are never followed, cookies never kept; the credentials go to `base` only.
 * @throws SiteError when the network policy refuses the address
 */
export const createSiteHttp = (options: {
  readonly base: string
  readonly policy: NetworkPolicy
  readonly authorization?: string | undefined
  readonly tls?: SiteTls | undefined
  readonly connectTimeoutMs?: number | undefined
}): SiteHttp => {
  const base = new URL(options.base)
  const host = base.host
  try {
    assertAddressAllowed(base, options.policy)
  } catch (error) {
    throw toNetworkError(error, host)
  }
  const { ca, cert, key, serverName } = options.tls ?? {}
  const agent = new Agent({
    allowH2: false,
    pipelining: 1,
    // Watches hold a connection each; calls are bounded by the queue of their site.
    keepAliveTimeout: 30_000,
    connect: {
      timeout: options.connectTimeoutMs ?? 10_000,
      lookup: createGuardedLookup(options.policy),
      // Lets a pinned certificate that is not self-signed be trusted as it is.
      ...(ca === undefined ? {} : { ca, allowPartialTrustChain: true }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
      ...(serverName === undefined ? {} : { servername: serverName }),
    },
  })
  const prefix = base.pathname.replace(/\/+$/, '')

  const dispatch = async (
    request: HttpRequest,
    signal: AbortSignal | undefined,
    silenceMs: number,
  ): Promise<Dispatcher.ResponseData> =>
    await agent.request({
      origin: base.origin,
      path: prefix + request.path,
      method: request.method,
      headersTimeout: request.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      bodyTimeout: silenceMs,
      headers: {
        accept: 'application/json',
        'user-agent': 'rancher-hub',
        ...(options.authorization === undefined || request.authenticated === false
          ? {}
          : { authorization: options.authorization }),
        ...(request.contentType === undefined ? {} : { 'content-type': request.contentType }),
      },
      body: request.body ?? null,
      ...(signal === undefined ? {} : { signal }),
    })

  return {
    base,
    request: async (request) => {
      const timeout = AbortSignal.timeout(request.timeoutMs ?? DEFAULT_TIMEOUT_MS)
      const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout])
      try {
        const answer = await dispatch(request, signal, request.timeoutMs ?? DEFAULT_TIMEOUT_MS)
        return {
          status: answer.statusCode,
          headers: answer.headers,
          text: await readLimited(answer.body, request.maxBytes ?? DEFAULT_MAX_BYTES, host),
        }
      } catch (error) {
        request.signal?.throwIfAborted()
        throw toNetworkError(error, host)
      }
    },
    stream: async (request) => {
      try {
        const answer = await dispatch(request, request.signal, request.silenceMs)
        return { status: answer.statusCode, headers: answer.headers, body: answer.body }
      } catch (error) {
        request.signal?.throwIfAborted()
        throw toNetworkError(error, host)
      }
    },
    [Symbol.asyncDispose]: async () => {
      await agent.destroy()
    },
  }
}
