import type { FastifyInstance } from 'fastify'

/** What the hub says of its parts. */
export interface GatewayHealth {
  readonly ready: boolean
  readonly parts: readonly { readonly name: string; readonly ready: boolean; readonly problems: readonly string[] }[]
}

/** `/health/live` answers while the process does; `/health/ready` only when every part can do its work. */
export const serveHealth = (app: FastifyInstance, health: () => Promise<GatewayHealth>): void => {
  const route = { config: { rateLimit: false as const } }
  app.get('/health/live', route, async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'live' }),
  )
  app.get('/health/ready', route, async (_request, reply) => {
    const { ready, parts } = await health()
    return reply
      .code(ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: ready ? 'ready' : 'not-ready', parts })
  })
}
