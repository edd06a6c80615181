import type { Dispatcher } from 'undici'
import { assertPlain, readLimited, wordsOf } from './answer-body.ts'
import { createSecretHider } from './hide-secrets.ts'
import type { NetworkPolicy } from './network-policy.ts'
import { createSiteConnections } from './site-connections.ts'
import { createSiteDispatcher, type ProxyWay } from './site-dispatcher.ts'
import type { SiteError } from './site-error.ts'

/** TLS facts of one site. PEM everywhere. */
export interface SiteTls {
  /** Trusted instead of the public authorities. */
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  /** Name to ask for and to check the certificate against, when it differs from the address. */
  readonly serverName?: string | undefined
  /** The certificate is not checked at all. */
  readonly unverified?: boolean | undefined
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
  /** Without what the site was sent of secrets, where it is no success. */
  readonly text: string
}

export interface HttpStream {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: AsyncIterable<Uint8Array>
  /** A text of the body without what the site was sent of secrets: for words in it that people are shown. */
  hide(text: string): string
}

/** The one client for outgoing calls, for one site: its connections, its trust, its credentials. */
export interface SiteHttp extends AsyncDisposable {
  readonly base: URL
  /** @throws SiteError when there is no answer; an answer with an error status is an answer */
  request(request: HttpRequest): Promise<HttpAnswer>
  /**
   * An answer that goes on: `silenceMs` without a byte ends it with an error. What is no success ends by itself, early.
   * @throws SiteError
   */
  stream(request: HttpRequest & { readonly silenceMs: number }): Promise<HttpStream>
  /** Cuts connections to places that the network policy refuses by now; the refusal, if there is one. */
  enforcePolicy(): SiteError | undefined
}

const DEFAULT_TIMEOUT_MS = 30_000
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024

/** undici's own default, said so that the sentence for people stays true. */
const MAX_HEADER_BYTES = 16 * 1024
const isSuccess = (status: number): boolean => status >= 200 && status < 300
/** A whole address in place of a path would carry the credentials somewhere else. */
const assertPath = (path: string): void => {
  if (!path.startsWith('/')) throw new TypeError('A path begins with a slash')
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
  readonly proxy?: ProxyWay | undefined
  /** Sent with every request, by name in lower case; none of those that the hub sets itself. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}): SiteHttp => {
  const base = new URL(options.base)
  const host = base.host
  const { ca, cert, key, serverName, unverified } = options.tls ?? {}
  const { open, sockets, assertAllowed, toError } = createSiteDispatcher({
    base,
    policy: options.policy,
    proxy: options.proxy,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    tls: {
      // Lets a pinned certificate that is not self-signed be trusted as it is.
      ...(ca === undefined ? {} : { ca, allowPartialTrustChain: true }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(unverified === true ? { rejectUnauthorized: false } : {}),
    },
    agent: {
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Watches hold a connection each; calls are bounded by the queue of their site.
      keepAliveTimeout: 30_000,
    },
  })
  try {
    assertAllowed()
  } catch (error) {
    throw toError(error)
  }
  const connections = createSiteConnections(open)
  /** What went wrong on a connection of `dispatcher`, as a sentence; those that were silent are distrusted. */
  const failed = (error: unknown, dispatcher: Dispatcher): SiteError => {
    const told = toError(error)
    if (told.problem.code === 'timed-out') connections.distrust(dispatcher)
    return told
  }
  const hide = createSecretHider(options.authorization, options.headers)
  const hiddenWords = async function* (body: Dispatcher.ResponseData['body']): AsyncIterable<Uint8Array> {
    const words = hide(Buffer.concat(await Array.fromAsync(wordsOf(body))).toString('utf8'))
    if (words !== '') yield Buffer.from(words)
  }
  const prefix = base.pathname.replace(/\/+$/, '')

  const enforcePolicy = (): SiteError | undefined => {
    const [refused] = sockets.cutRefused()
    try {
      assertAllowed()
      if (refused !== undefined) throw refused
      return undefined
    } catch (error) {
      return toError(error)
    }
  }

  const dispatch = async (
    dispatcher: Dispatcher,
    request: HttpRequest,
    signal: AbortSignal | undefined,
    silenceMs: number,
  ): Promise<Dispatcher.ResponseData> => {
    const refused = enforcePolicy()
    if (refused !== undefined) throw refused
    const answer = await dispatcher.request({
      origin: base.origin,
      path: prefix + request.path,
      method: request.method,
      headersTimeout: request.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      bodyTimeout: silenceMs,
      headers: {
        ...options.headers,
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
    assertPlain(answer, host)
    return answer
  }

  return {
    base,
    enforcePolicy,
    request: async (request) => {
      assertPath(request.path)
      const dispatcher = connections.current()
      const timeout = AbortSignal.timeout(request.timeoutMs ?? DEFAULT_TIMEOUT_MS)
      const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout])
      try {
        const answer = await dispatch(dispatcher, request, signal, request.timeoutMs ?? DEFAULT_TIMEOUT_MS)
        const text = await readLimited(answer.body, request.maxBytes ?? DEFAULT_MAX_BYTES, host)
        const { statusCode: status, headers } = answer
        // The words of a refusal are shown to people; what is no refusal may hold what the secrets look like.
        return { status, headers, text: isSuccess(status) ? text : hide(text) }
      } catch (error) {
        request.signal?.throwIfAborted()
        throw failed(error, dispatcher)
      }
    },
    stream: async (request) => {
      assertPath(request.path)
      const dispatcher = connections.current()
      try {
        const answer = await dispatch(dispatcher, request, request.signal, request.silenceMs)
        const { statusCode: status, headers, body } = answer
        // Whoever reads it is told by the stream itself.
        body.once('error', (error) => void failed(error, dispatcher))
        return { status, headers, body: isSuccess(status) ? body : hiddenWords(body), hide }
      } catch (error) {
        request.signal?.throwIfAborted()
        throw failed(error, dispatcher)
      }
    },
    [Symbol.asyncDispose]: async () => {
      await connections[Symbol.asyncDispose]()
    },
  }
}
