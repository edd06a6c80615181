import type { SiteProblem } from '@rancher-hub/contracts'
import { type FairnessRefusal, type KubernetesStatus, SiteError } from '../egress/site-error.ts'
import type { HttpAnswer } from '../egress/site-http.ts'
import { missingRight, missingRightSentence } from './missing-right.ts'

/** Who should have answered: decides what an answer that makes no sense is called. */
export type Upstream = 'rancher' | 'kubernetes'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const asText = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** JSON only where it looks like an object: Rancher answers errors as JSON, Go structs, text or nothing, whatever the content type. */
export const parseObject = (text: string): Record<string, unknown> | undefined => {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** The reason and words of an error body: Kubernetes Status, norman and steve errors, Rancher's Go structs, plain text. */
export const readErrorBody = (
  text: string,
): { reason?: string | undefined; message?: string | undefined; status?: KubernetesStatus | undefined } => {
  const body = parseObject(text)
  if (body === undefined) {
    const words = text.trim()
    return words === '' || words.startsWith('<') ? {} : { message: words.slice(0, 2000) }
  }
  if (body['kind'] === 'Status') {
    const status = body as KubernetesStatus
    return { reason: asText(status.reason), message: asText(status.message)?.slice(0, 2000), status }
  }
  const inner = isRecord(body['Code']) ? body['Code'] : undefined
  return {
    reason: asText(inner?.['Code']) ?? asText(body['code']),
    message: (asText(body['Message']) ?? asText(body['message']))?.slice(0, 2000),
  }
}

/** `Retry-After`: seconds or an HTTP date. */
export const retryAfterMs = (value: string | string[] | undefined, now: number): number | undefined => {
  const text = Array.isArray(value) ? value[0] : value
  if (text === undefined) return undefined
  const seconds = Number(text)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

/** Headers of the API server's priority and fairness; it names itself in every answer that it classified. */
const fairnessOf = ({ status, headers }: HttpAnswer): FairnessRefusal | undefined => {
  const level = headers['x-kubernetes-pf-prioritylevel-uid']
  if (status !== 429 || typeof level !== 'string') return undefined
  const flow = headers['x-kubernetes-pf-flowschema-uid']
  return { flowSchema: typeof flow === 'string' ? flow.slice(0, 100) : '', priorityLevel: level.slice(0, 100) }
}

const agentGone =
  /cluster agent|agent disconnected|failed to find session|lost connection to cluster|cluster not provisioned|tunnel/i

const codeOf = (
  status: number,
  reason: string | undefined,
  words: string,
  upstream: Upstream,
  html: boolean,
): SiteProblem['code'] => {
  if (status === 401) return 'token-refused'
  if (status === 403) return 'forbidden'
  if (status === 429) return 'throttled'
  if (reason === 'ClusterUnavailable' || (status >= 500 && agentGone.test(words))) return 'cluster-unavailable'
  if (html || (status >= 300 && status < 400)) return upstream === 'rancher' ? 'not-a-rancher' : 'not-kubernetes'
  return 'upstream-error'
}

const sentenceOf = (code: SiteProblem['code'], host: string, status: number, words: string): string => {
  const said = words === '' ? '' : ` It says: ${words.slice(0, 500)}`
  const missing = code === 'forbidden' ? missingRight(words) : undefined
  if (missing !== undefined) return missingRightSentence(host, missing)
  switch (code) {
    case 'token-refused':
      return `${host} does not accept the token: it is wrong, has expired, or was deleted. Make a new one and enter it here.`
    case 'forbidden':
      return `${host} does not allow this to the user of the token.${said} Ask an administrator of the cluster for the permission.`
    case 'throttled':
      return `${host} is asked too often and wants a pause. Try again in a moment.`
    case 'cluster-unavailable':
      return `Rancher has no connection to this cluster now.${said} Check the cluster’s agent; the hub tries again by itself.`
    case 'not-a-rancher':
      return `${host} answers, but not as a Rancher server does (status ${status}). Check the address: it is the one of Rancher’s own page, without a path.`
    case 'not-kubernetes':
      return `${host} answers, but not as a Kubernetes API server does (status ${status}). Check the address in the kubeconfig.`
    default:
      return `${host} answered with an error (status ${status}).${said}`
  }
}

/** Where a redirect leads, without its path: what stands there may be anything. */
const redirectTarget = (location: string | string[] | undefined, host: string): string | undefined => {
  const base = `http://${host}`
  if (typeof location !== 'string' || !URL.canParse(location, base)) return undefined
  const target = new URL(location, base)
  if (!/^https?:$/.test(target.protocol)) return `an address of another kind (${target.protocol.slice(0, 20)})`
  return target.host === host && target.protocol === 'http:' ? 'another page of its own' : target.origin
}

/** A redirect is not followed: the credentials belong to the site alone. */
const redirectSentence = (host: string, target: string): string =>
  `${host} sends callers on to ${target}. The hub does not follow, so that credentials go nowhere but to ${host}. If that is the server you mean, use its address.`

/** The server's own time: pauses until a time of day are told by it, whatever the hub's clock says. */
const timeOf = ({ headers }: HttpAnswer): number => {
  const at = Date.parse(String(headers['date']))
  return Number.isNaN(at) ? Date.now() : at
}

/** Turns an answer with an error status into an error that people can act on. */
export const toUpstreamError = (
  answer: HttpAnswer,
  upstream: Upstream,
  host: string,
  now: number = timeOf(answer),
): SiteError => {
  const { reason, message, status: body } = readErrorBody(answer.text)
  const words = message ?? ''
  const code = codeOf(answer.status, reason, words, upstream, answer.text.trimStart().startsWith('<'))
  const target =
    answer.status >= 300 && answer.status < 400 ? redirectTarget(answer.headers['location'], host) : undefined
  const sentence = target === undefined ? sentenceOf(code, host, answer.status, words) : redirectSentence(host, target)
  const seconds = body?.details?.retryAfterSeconds
  return new SiteError(
    { code, message: sentence, ...(words === '' ? {} : { upstream: words }) },
    {
      status: answer.status,
      body: body ?? { reason, message },
      maybeSent: true,
      retryAfterMs:
        retryAfterMs(answer.headers['retry-after'], now) ?? (seconds === undefined ? undefined : seconds * 1000),
      fairness: fairnessOf(answer),
    },
  )
}
