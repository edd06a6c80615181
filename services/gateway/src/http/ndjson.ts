import { Readable } from 'node:stream'
import { streamProblemKey } from '@rancher-hub/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ProblemResponse, toProblem, unexpectedProblem } from './problem.ts'

const line = (value: unknown): string => `${JSON.stringify(value)}\n`

/** The lines of an answer. A failure midway becomes the last line, since the status has been sent already. */
async function* lines(
  request: FastifyRequest,
  reply: FastifyReply,
  first: IteratorResult<unknown>,
  rest: AsyncIterator<unknown>,
  translate: (error: unknown) => unknown,
): AsyncGenerator<string> {
  try {
    for (let next = first; next.done !== true; next = await rest.next()) yield line(next.value)
  } catch (error) {
    if (reply.raw.destroyed) return
    const translated = translate(error)
    if (!(translated instanceof ProblemResponse))
      request.log.error({ err: error, correlationId: request.id }, 'stream failed')
    const facts = translated instanceof ProblemResponse ? translated.facts : unexpectedProblem
    yield line({ [streamProblemKey]: toProblem(facts, request.id) })
  } finally {
    await rest.return?.()
  }
}

/**
 * Sends chunks as newline-delimited JSON, as fast as the client reads them. The first chunk is awaited before the
 * status goes out, so that a refusal is a proper problem document.
 */
export const sendNdjson = async (
  request: FastifyRequest,
  reply: FastifyReply,
  chunks: AsyncIterable<unknown>,
  translate: (error: unknown) => unknown,
): Promise<FastifyReply> => {
  const iterator = chunks[Symbol.asyncIterator]()
  const first = await iterator.next().catch((error: unknown) => {
    throw translate(error)
  })
  const body = Readable.from(lines(request, reply, first, iterator, translate), { objectMode: false })
  return reply.type('application/x-ndjson; charset=utf-8').header('cache-control', 'no-store').send(body)
}
