import { commonRefusals } from '@rancher-hub/contracts'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { type ProblemFacts, ProblemResponse, toProblem, unexpectedProblem } from './problem.ts'

/** Sends a problem document. */
export const sendProblem = (request: FastifyRequest, reply: FastifyReply, facts: ProblemFacts): FastifyReply => {
  if (facts.retryAfterSeconds !== undefined) reply.header('retry-after', String(facts.retryAfterSeconds))
  return reply
    .code(facts.status)
    .header('cache-control', 'no-store')
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify(toProblem(facts, request.id)))
}

const unsupportedType: ProblemFacts = {
  status: 415,
  code: 'unsupported-media-type',
  detail: 'Send the request body as application/json.',
}
const notJson: ProblemFacts = {
  status: 400,
  code: 'invalid-input',
  detail: 'The request body is not valid JSON.',
  errors: [{ path: '', message: 'Not JSON' }],
}

/** What a client did wrong before any contract saw the request, by the framework's error code. */
const frameworkProblems: Readonly<Record<string, ProblemFacts>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: unsupportedType,
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'payload-too-large',
    status: 413,
    detail: commonRefusals['payload-too-large'].message,
  },
  FST_ERR_CTP_INVALID_JSON_BODY: notJson,
  FST_ERR_CTP_EMPTY_JSON_BODY: notJson,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    ...notJson,
    detail: 'The request body has another length than its header says.',
  },
  FST_ERR_BAD_URL: { status: 400, code: 'invalid-input', detail: 'The address of the request is not valid.' },
}

const statusProblem = (error: FastifyError, status: number): ProblemFacts => {
  if (status === 429) {
    const { message } = commonRefusals['rate-limited']
    return { status, code: 'rate-limited', detail: message }
  }
  if (status === 415) return unsupportedType
  if (status === 413) return { status, code: 'payload-too-large', detail: commonRefusals['payload-too-large'].message }
  if (status === 400 && error instanceof SyntaxError) return notJson
  return { status, code: 'invalid-input', detail: 'The request is not valid.' }
}

/** Facts of any error: what the client did wrong is a 4xx, everything else is ours and keeps its reason to itself. */
export const problemFactsOf = (error: FastifyError): ProblemFacts => {
  if (error instanceof ProblemResponse) return error.facts
  const known = frameworkProblems[error.code]
  if (known !== undefined) return known
  const status = error.statusCode ?? 500
  return status >= 400 && status < 500 ? statusProblem(error, status) : unexpectedProblem
}

/** Turns errors into problem documents. */
export const handleError = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
  const facts = problemFactsOf(error)
  if (facts === unexpectedProblem)
    request.log.error({ err: error, correlationId: request.id, route: request.routeOptions.url }, 'request failed')
  sendProblem(request, reply, facts)
}
