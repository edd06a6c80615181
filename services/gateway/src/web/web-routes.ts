import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from '../http/error-handler.ts'

const notBuilt = `Rancher Hub is running, but its web application has not been built yet.
Build it with «pnpm --filter @rancher-hub/web build», or start the hub with «npm start», which does it once.
The HTTP interface works: see /docs.
`

const isApi = (url: string): boolean => /^\/api(?:[/?]|$)/.test(url)
const wantsPage = (request: FastifyRequest): boolean =>
  (request.method === 'GET' || request.method === 'HEAD') && (request.headers.accept ?? '').includes('text/html')

const notFound = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  sendProblem(request, reply, { status: 404, code: 'not-found', detail: 'There is nothing at this address.' })

/**
 * Serves the built application: its files by name (hashed ones for ever), and its page for every other address that a
 * browser opens. What is under `/api` and not a route is a problem document for everybody.
 */
export const serveWeb = async (app: FastifyInstance, webDir: string): Promise<void> => {
  const built = existsSync(join(webDir, 'index.html'))
  if (built) {
    await app.register(fastifyStatic, {
      root: webDir,
      index: false,
      // Each file is a route of its own: any other address is decided below, without touching the disk.
      wildcard: false,
      preCompressed: true,
      setHeaders: (reply, path) => {
        const hashed = path.startsWith(join(webDir, 'assets'))
        reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
  }
  app.setNotFoundHandler(async (request, reply) => {
    if (isApi(request.url) || !wantsPage(request)) return notFound(request, reply)
    if (built) return await reply.code(200).sendFile('index.html')
    return reply.code(503).type('text/plain; charset=utf-8').send(notBuilt)
  })
}
