import { Readable } from 'node:stream'
import type { FileKind } from '@rancher-hub/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'

const textOf = (chunk: unknown): string => {
  const { text } = chunk as { readonly text?: unknown }
  if (typeof text !== 'string') throw new TypeError('A file is made of chunks with a text')
  return text
}

async function* texts(
  request: FastifyRequest,
  reply: FastifyReply,
  first: IteratorResult<unknown>,
  rest: AsyncIterator<unknown>,
): AsyncGenerator<string> {
  try {
    for (let next = first; next.done !== true; next = await rest.next()) yield textOf(next.value)
  } catch (error) {
    if (!reply.raw.destroyed) request.log.error({ err: error, correlationId: request.id }, 'file cut off')
    throw error
  } finally {
    await rest.return?.()
  }
}

/**
 * Sends chunks as one file to download, as fast as the client reads them. The first chunk is awaited before the status
 * goes out, so that a refusal is a proper problem document; a failure later cuts the connection, so that no client takes
 * a part for the whole.
 */
export const sendFile = async (
  request: FastifyRequest,
  reply: FastifyReply,
  chunks: AsyncIterable<unknown>,
  { name, extension, mediaType }: FileKind,
  translate: (error: unknown) => unknown,
): Promise<FastifyReply> => {
  const iterator = chunks[Symbol.asyncIterator]()
  const first = await iterator.next().catch((error: unknown) => {
    throw translate(error)
  })
  const day = new Date().toISOString().slice(0, 10)
  const body = Readable.from(texts(request, reply, first, iterator), { objectMode: false })
  return reply
    .type(mediaType)
    .header('content-disposition', `attachment; filename="${name}-${day}.${extension}"`)
    .header('cache-control', 'no-store')
    .send(body)
}
