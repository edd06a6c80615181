import { setTimeout as sleep } from 'node:timers/promises'
import type { SiteProblem } from '@rancher-hub/contracts'
import type PQueue from 'p-queue'
import { hasStatus, SiteError } from '../egress/site-error.ts'
import type { HttpAnswer, HttpRequest, HttpStream, SiteHttp } from '../egress/site-http.ts'
import { parseObject, toUpstreamError, type Upstream } from './upstream-error.ts'

export interface JsonAnswer {
  readonly body: Record<string, unknown>
  readonly headers: HttpAnswer['headers']
}

/** Calls to one site: bounded in number, patient with throttling, with errors that people understand. */
export interface SiteCaller {
  readonly host: string
  /** @throws SiteError for anything but a 2xx answer with a JSON object */
  json(request: HttpRequest): Promise<JsonAnswer>
  /** Any 2xx answer as text. @throws SiteError */
  text(request: HttpRequest): Promise<string>
  /** A 2xx answer that goes on; not counted among the bounded calls. @throws SiteError */
  stream(request: HttpRequest & { readonly silenceMs: number }): Promise<HttpStream>
}

export interface SiteCallerOptions {
  readonly http: SiteHttp
  readonly upstream: Upstream
  /** Bounds the calls to this site. */
  readonly queue: PQueue
  /** Told how each call went as far as it says something about the site itself. */
  readonly onOutcome?: ((problem: SiteProblem | undefined) => void) | undefined
  /** Milliseconds of waiting for a throttled call before giving up; default 15 s. */
  readonly patienceMs?: number | undefined
}

const ATTEMPTS = 4
/** Problems of the site; others are of one cluster or one request. */
const siteProblems: ReadonlySet<SiteProblem['code']> = new Set([
  'address-refused',
  'name-not-found',
  'unreachable',
  'timed-out',
  'certificate-not-trusted',
  'certificate-expired',
  'certificate-wrong-host',
  'not-a-rancher',
  'not-kubernetes',
  'token-refused',
  'token-expired',
])

/** Whether the same request may be sent again: nothing was done (429), or it only reads and the trouble passes. */
const mayRepeat = (error: unknown, request: HttpRequest): boolean => {
  if (hasStatus(error, 429)) return true
  if (request.method !== 'GET') return false
  if (hasStatus(error, 502, 503, 504)) return error.problem.code !== 'cluster-unavailable'
  return (
    error instanceof SiteError && error.status === undefined && error.problem.code === 'unreachable' && error.maybeSent
  )
}

/** Makes the caller of one site. */
export const createSiteCaller = (options: SiteCallerOptions): SiteCaller => {
  const { http, upstream, queue } = options
  const host = http.base.host
  const patience = options.patienceMs ?? 15_000

  const report = (error?: unknown): void => {
    if (error === undefined) options.onOutcome?.(undefined)
    else if (error instanceof SiteError && siteProblems.has(error.problem.code)) options.onOutcome?.(error.problem)
  }

  const once = async (request: HttpRequest): Promise<HttpAnswer> => {
    const answer = await http.request({ timeoutMs: 45_000, ...request })
    if (answer.status < 200 || answer.status >= 300) throw toUpstreamError(answer, upstream, host)
    return answer
  }

  const send = async (request: HttpRequest): Promise<HttpAnswer> => {
    let waited = 0
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await queue.add(async () => await once(request))
        report()
        return answer
      } catch (error) {
        const asked = error instanceof SiteError ? error.retryAfterMs : undefined
        const wait = asked ?? 200 * 2 ** attempt * (0.5 + Math.random())
        if (!mayRepeat(error, request) || attempt >= ATTEMPTS || waited + wait > patience) {
          report(error)
          throw error
        }
        waited += wait
        await sleep(wait, undefined, { signal: request.signal })
      }
    }
  }

  return {
    host,
    text: async (request) => (await send(request)).text,
    json: async (request) => {
      const answer = await send(request)
      const body = parseObject(answer.text)
      if (body === undefined) throw toUpstreamError({ ...answer, text: '<' }, upstream, host)
      return { body, headers: answer.headers }
    },
    stream: async (request) => {
      try {
        const answer = await http.stream(request)
        if (answer.status >= 200 && answer.status < 300) {
          report()
          return answer
        }
        const chunks: Uint8Array[] = []
        for await (const chunk of answer.body) if (chunks.length < 64) chunks.push(chunk)
        throw toUpstreamError({ ...answer, text: Buffer.concat(chunks).toString('utf8') }, upstream, host)
      } catch (error) {
        report(error)
        throw error
      }
    },
  }
}
