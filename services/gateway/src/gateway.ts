import type { KeyObject } from 'node:crypto'
import { randomUUID } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { constants } from 'node:zlib'
import fastifyCompress from '@fastify/compress'
import fastifyRateLimit from '@fastify/rate-limit'
import fastifyUnderPressure from '@fastify/under-pressure'
import fastifyWebsocket from '@fastify/websocket'
import type { Bus } from '@rancher-hub/bus'
import { allContracts, allEvents, type Contract } from '@rancher-hub/contracts'
import { createCaller, createTokenSigner, type Logger } from '@rancher-hub/service-kit'
import fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance, LogController } from 'fastify'
import type { GatewayConfig } from './config.ts'
import { serveDocuments } from './documents/document-routes.ts'
import { serveContract, WORTH_COMPRESSING } from './http/contract-routes.ts'
import { handleError, sendProblem } from './http/error-handler.ts'
import { type GatewayHealth, serveHealth } from './http/health-routes.ts'
import { addSecurityHeaders, apiHeaders } from './http/security-headers.ts'
import { openLiveFeed } from './live/live-feed.ts'
import { serveLive } from './live/live-route.ts'
import { cookiesWork } from './session/session-cookie.ts'
import { openSessions } from './session/sessions.ts'
import { serveWeb } from './web/web-routes.ts'

/** What a composition root hands to the gateway. */
export interface GatewayDeps {
  readonly bus: Bus
  /** The gateway's own key; services know its public half. */
  readonly privateKey: KeyObject
  readonly log: Logger
  readonly health: () => Promise<GatewayHealth>
  /** Folder of the built application; may be missing. */
  readonly webDir: string
  /** Address under which browsers reach the hub, when it differs from the one it listens on. */
  readonly publicUrl?: string | undefined
  /** Addresses or networks of proxies whose `X-Forwarded-*` headers count. */
  readonly trustedProxies?: readonly string[] | undefined
  /** PEM texts; absent: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
  readonly version?: string | undefined
  /** Default: the whole catalogue. */
  readonly contracts?: readonly Contract[] | undefined
}

const UNAVAILABLE = {
  status: 503,
  code: 'unavailable',
  detail: 'The hub is very busy. Try again in a moment.',
  retryAfterSeconds: 5,
}

/** Limits count an IPv6 network as one client: whoever has one address has 2^64. */
export const clientKey = (address: string): string => {
  const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('::')
  const groups = head === '' ? [] : head.split(':')
  const filled = tail === undefined ? groups : [...groups, ...Array.from({ length: 4 }, () => '0')]
  return filled.slice(0, 4).join(':')
}

const createServer = (deps: GatewayDeps): FastifyInstance => {
  const proxies = deps.trustedProxies ?? []
  const options = {
    loggerInstance: deps.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: proxies.length === 0 ? false : [...proxies],
    genReqId: () => randomUUID(),
    // A logger for each request would cost more than most requests: lines carry the correlation id themselves.
    childLoggerFactory: (logger: FastifyBaseLogger) => logger,
    requestTimeout: 60_000,
    // Ids in paths are short; names of objects may have 253 characters.
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: (
      error: FastifyError,
      request: Parameters<typeof handleError>[1],
      reply: Parameters<typeof handleError>[2],
    ) => handleError(error, request, reply),
  }
  if (deps.tls === undefined) return fastify(options)
  return fastify({ ...options, https: { ...deps.tls, minVersion: 'TLSv1.2' as const } })
}

const addLimits = async (app: FastifyInstance, config: GatewayConfig): Promise<void> => {
  await app.register(fastifyUnderPressure, {
    maxEventLoopDelay: config.maxEventLoopDelayMs,
    pressureHandler: (request, reply) => {
      if (!request.url.startsWith('/health/')) sendProblem(request, reply, UNAVAILABLE)
    },
  })
  await app.register(fastifyRateLimit, {
    global: true,
    max: config.requestsPerMinute,
    timeWindow: 60_000,
    cache: 20_000,
    keyGenerator: (request) => clientKey(request.ip),
    addHeaders: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
      'retry-after': true,
    },
    addHeadersOnExceeding: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
  })
}

const addParsers = (app: FastifyInstance): void => {
  app.removeContentTypeParser('text/plain')
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Commands without fields may come without a body, whatever their header says.
    if (body.length === 0) done(null, {})
    else parseJson(request, String(body), done)
  })
}

/** Builds the gateway, ready to listen: HTTP, live feed, documents, web. Closing it ends its subscriptions. */
export const createGateway = async (config: GatewayConfig, deps: GatewayDeps): Promise<FastifyInstance> => {
  const app = createServer(deps)
  const contracts = deps.contracts ?? allContracts
  const publicOrigin = deps.publicUrl === undefined ? undefined : new URL(deps.publicUrl).origin
  const https = deps.tls !== undefined || publicOrigin?.startsWith('https:') === true
  const version = deps.version ?? '0.1.0'
  const caller = createCaller(deps.bus)
  const headers = apiHeaders(https)
  const sessions = await openSessions({
    bus: deps.bus,
    caller,
    signer: createTokenSigner('gateway', deps.privateKey),
    log: deps.log,
  })
  const feed = openLiveFeed({ bus: deps.bus, sessions, log: deps.log })

  app.decorateRequest('session', undefined)
  app.setErrorHandler<FastifyError>(handleError)
  addParsers(app)
  await addLimits(app, config)
  await addSecurityHeaders(app, { https })
  // Not for every request: answers that are worth it ask for it, files of the web are compressed when they are built.
  await app.register(fastifyCompress, {
    global: false,
    globalDecompression: false,
    encodings: ['br', 'gzip'],
    threshold: WORTH_COMPRESSING,
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
  })
  await app.register(fastifyWebsocket, { options: { maxPayload: 4096 } })

  for (const contract of contracts) serveContract(app, { caller, sessions, publicOrigin, headers }, contract)
  serveLive(app, { feed, sessions, publicOrigin })
  app.get('/api/v1/connection', { helmet: false }, async (request, reply) =>
    reply.headers(headers).send({
      cookiesWork: cookiesWork(request, publicOrigin),
      ...(deps.publicUrl === undefined ? {} : { publicUrl: deps.publicUrl }),
    }),
  )
  serveDocuments(app, { contracts, events: allEvents, version })
  serveHealth(app, deps.health)
  await serveWeb(app, deps.webDir)

  app.addHook('preClose', async () => await feed[Symbol.asyncDispose]())
  app.addHook('onClose', async () => await sessions[Symbol.asyncDispose]())
  await app.ready()
  return app
}
