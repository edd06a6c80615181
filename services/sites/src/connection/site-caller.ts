import { setTimeout as sleep } from 'node:timers/promises'
import type { SiteProblem } from '@rancher-hub/contracts'
import { SiteError } from '../egress/site-error.ts'
import type { HttpAnswer, HttpRequest, HttpStream, SiteHttp } from '../egress/site-http.ts'
import { SitePausedError } from '../throttle/call-result.ts'
import type { Priority } from '../throttle/lanes.ts'
import { createSharedReads } from '../throttle/shared-reads.ts'
import { SITE_SCOPE } from '../throttle/site-breakers.ts'
import type { SiteThrottle, Turn } from '../throttle/site-throttle.ts'
import { createPatience, mayReadAgain, siteProblems } from './call-patience.ts'
import { parseObject, toUpstreamError, type Upstream } from './upstream-error.ts'

export interface JsonAnswer {
  readonly body: Record<string, unknown>
  readonly headers: HttpAnswer['headers']
}

/** A call to a site. */
export interface SiteRequest extends HttpRequest {
  /** The answer must show what is written already: it is never that of a request that is under way. */
  readonly isFresh?: boolean | undefined
}

/** A call whose answer goes on; `silenceMs` without a byte ends it. */
export type StreamRequest = HttpRequest & { readonly silenceMs: number }

/** For whom calls are made, and which breaker stands before them. */
export interface CallScope {
  /** Default: interactive. */
  readonly priority?: Priority | undefined
  /** A cluster behind Rancher, by id; default: the site itself. */
  readonly scope?: string | undefined
}

/** Calls to one site: throttled, equal reads merged, with errors that people understand. */
export interface SiteCaller {
  readonly host: string
  /** @throws SiteError for anything but a 2xx answer with a JSON object */
  json(request: SiteRequest): Promise<JsonAnswer>
  /** Any 2xx answer as text. @throws SiteError */
  text(request: SiteRequest): Promise<string>
  /** A 2xx answer that goes on; not counted among the calls at the same time. @throws SiteError */
  stream(request: StreamRequest): Promise<HttpStream>
}

export interface SiteCallerOptions {
  readonly http: SiteHttp
  readonly upstream: Upstream
  readonly throttle: SiteThrottle
  /** Told how each call went as far as it says something about the site itself. */
  readonly onOutcome?: ((problem: SiteProblem | undefined) => void) | undefined
}

/** Makes the callers of one site: they share its throttle and its reads. */
export const createSiteCallers = (options: SiteCallerOptions): ((scope: CallScope) => SiteCaller) => {
  const { http, upstream, throttle } = options
  const host = http.base.host

  const report = (scope: string, error?: unknown): void => {
    // That nothing is sent says nothing new about the site.
    if (error instanceof SitePausedError) return
    throttle.breakers.note(scope, error)
    if (error === undefined) options.onOutcome?.(undefined)
    else if (error instanceof SiteError && siteProblems.has(error.problem.code)) options.onOutcome?.(error.problem)
  }

  const once = async (request: HttpRequest): Promise<HttpAnswer> => {
    const answer = await http.request({ timeoutMs: 45_000, ...request })
    if (answer.status < 200 || answer.status >= 300) throw toUpstreamError(answer, upstream, host)
    return answer
  }

  /**
   * Works when the turn comes; again after a refusal that left nothing done (429: the throttle makes the pause), and
   * after trouble that `mayRepeat` lets pass.
   */
  const patiently = async <T>(
    turn: Turn,
    work: () => Promise<T>,
    mayRepeat: (error: unknown) => boolean,
  ): Promise<T> => {
    const patience = createPatience(turn, mayRepeat)
    for (;;) {
      try {
        const result = await throttle.take(turn, work)
        report(turn.scope)
        return result
      } catch (error) {
        const wait = patience.waitAfter(error)
        if (wait === undefined) {
          const told = patience.toTell(error)
          report(turn.scope, told)
          throw told
        }
        if (wait > 0) await sleep(wait, undefined, { signal: turn.signal })
      }
    }
  }

  const send = async (request: HttpRequest, turn: Turn, sent?: () => void): Promise<HttpAnswer> =>
    await patiently(
      turn,
      async () => {
        sent?.()
        return await once(request)
      },
      (error) => mayReadAgain(error, request),
    )

  const reads = createSharedReads<HttpAnswer, Turn>()

  const open = async (request: StreamRequest): Promise<HttpStream> => {
    const answer = await http.stream(request)
    if (answer.status >= 200 && answer.status < 300) return answer
    const chunks: Uint8Array[] = []
    for await (const chunk of answer.body) if (chunks.length < 64) chunks.push(chunk)
    throw toUpstreamError({ ...answer, text: Buffer.concat(chunks).toString('utf8') }, upstream, host)
  }

  return ({ priority = 'interactive', scope = SITE_SCOPE }) => {
    const answerOf = async ({ isFresh = false, ...request }: SiteRequest): Promise<HttpAnswer> => {
      if (request.method !== 'GET') return await send(request, { priority, scope, signal: request.signal })
      const key = `${request.authenticated ?? true} ${request.timeoutMs} ${request.maxBytes} ${request.path}`
      const joined = (turn: Turn): void => {
        if (priority === 'interactive') throttle.raise(turn)
      }
      return await reads.read(key, { isFresh, signal: request.signal, joined }, ({ signal, sent }) => {
        const turn: Turn = { priority, scope, signal }
        return { context: turn, answer: send({ ...request, signal }, turn, sent) }
      })
    }
    return {
      host,
      text: async (request) => (await answerOf(request)).text,
      json: async (request) => {
        const answer = await answerOf(request)
        const body = parseObject(answer.text)
        if (body === undefined) throw toUpstreamError({ ...answer, text: '<' }, upstream, host)
        return { body, headers: answer.headers }
      },
      stream: async (request) =>
        // Who watches has a rhythm of its own after trouble.
        await patiently(
          { priority, scope, signal: request.signal, isOpening: true },
          async () => await open(request),
          () => false,
        ),
    }
  }
}
