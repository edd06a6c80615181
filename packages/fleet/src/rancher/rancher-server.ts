import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Transform } from 'node:stream'
import { sendJson, serveKubernetes } from '../api/api-server.ts'
import { serveReview } from '../api/serve-review.ts'
import { Faults } from '../faults.ts'
import { extCattle, isAccepted, norman } from './norman.ts'
import { isProxied, type ProxiedCluster, type RancherOptions, type RancherToken } from './rancher-options.ts'
import { sendUnauthorized, showFaults } from './show-faults.ts'

export interface RancherServer extends AsyncDisposable, Interruptible {
  readonly url: string
  readonly faults: Faults
  /** What it takes; changes count from the next request on. */
  readonly tokens: RancherToken[]
  /** The last requests with a token that were taken: `GET /path?query`. */
  requestsWith(token: string): readonly string[]
}

/** Troubles of a server that meet what is going on just then. */
export interface Interruptible {
  /** Drops every connection. */
  cut(): void
  /** Watches that are open now tell nothing more, and stay open: half-dead. */
  mute(): void
  /** Stops to listen and drops every connection, until the returned function is called. */
  halt(): Promise<() => Promise<void>>
}

const tokenOf = (request: IncomingMessage): string | undefined => {
  const header = request.headers.authorization ?? ''
  if (header.startsWith('Bearer ')) return header.slice(7)
  if (header.startsWith('Basic ')) return Buffer.from(header.slice(6), 'base64').toString('utf8')
  return undefined
}

/** Lets nothing through while silent, not even the end: half-dead. */
const silenceable = (isSilent: () => boolean): Transform =>
  new Transform({
    transform: (chunk, _, done) => done(null, isSilent() ? undefined : chunk),
    flush: (done) => {
      if (!isSilent()) done()
    },
  })

/** Passes a request on to a real API server, streams and watches too. */
const proxy = (
  target: ProxiedCluster,
  request: IncomingMessage,
  response: ServerResponse,
  uri: string,
  isSilent: () => boolean,
): void => {
  const { host: _, authorization: __, connection: ___, ...headers } = request.headers
  const url = new URL(uri, target.url)
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const upstream = send(
    url,
    { method: request.method, headers: { ...headers, authorization: `Bearer ${target.token}` }, ca: target.ca },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      response.flushHeaders()
      const isWatch = url.searchParams.has('watch')
      answer.pipe(silenceable(() => isWatch && isSilent())).pipe(response)
    },
  )
  upstream.on('error', (error) => {
    if (response.headersSent) response.destroy(error)
    else response.writeHead(502, { 'content-type': 'text/plain' }).end(String(error))
  })
  response.on('close', () => upstream.destroy())
  request.pipe(upstream)
}

const serveCluster = async (
  options: RancherOptions,
  token: RancherToken,
  request: IncomingMessage,
  response: ServerResponse,
  isSilent: () => boolean,
): Promise<void> => {
  const [, id = '', rest = '/'] = /^\/k8s\/clusters\/([^/?]+)(.*)$/.exec(request.url ?? '') ?? []
  const cluster = options.clusters.find((each) => each.id === id)
  if (cluster === undefined) {
    const body = {
      Code: { Code: 'NotFound', Status: 404 },
      Message: `clusters.management.cattle.io "${id}" not found`,
      Cause: null,
      FieldName: '',
    }
    response.writeHead(404, { 'content-type': 'text/plain' }).end(JSON.stringify(body))
  } else if ((cluster.state ?? 'active') !== 'active') {
    response.writeHead(500, { 'content-type': 'text/plain' }).end('cluster agent disconnected')
  } else if (isProxied(cluster.backend)) proxy(cluster.backend, request, response, rest, isSilent)
  else if (!(await serveReview(token, request, response, rest)))
    await serveKubernetes(cluster.backend, token, request, response, rest, isSilent)
}

const open = (request: IncomingMessage, response: ServerResponse, options: RancherOptions): boolean => {
  const { pathname } = new URL(request.url ?? '/', 'http://rancher')
  if (pathname === '/ping') response.writeHead(200).end('pong')
  else if (pathname === '/healthz') response.writeHead(200).end('ok')
  else if (pathname === '/rancherversion' && !options.version.startsWith('v2.6'))
    sendJson(response, 200, { Version: options.version, GitCommit: 'simulated', RancherPrime: 'false' })
  else if (pathname === '/cacerts') response.writeHead(200, { 'content-type': 'text/plain' }).end('')
  else if (pathname === '/v3/settings/cacerts')
    sendJson(response, 200, { id: 'cacerts', type: 'setting', name: 'cacerts', value: '' })
  else return false
  return true
}

const KEPT_REQUESTS = 2_000

const serve = async (
  options: RancherOptions & { readonly note: (token: string, request: IncomingMessage) => void },
  faults: Faults,
  request: IncomingMessage,
  response: ServerResponse,
  isMute: () => boolean,
): Promise<void> => {
  const taken = faults.take(request.method ?? 'GET', request.url ?? '')
  if (await showFaults(taken, request, response)) return
  const { requiredHeader } = options
  if (requiredHeader !== undefined && request.headers[requiredHeader.name] !== requiredHeader.value) {
    response.writeHead(403, { 'content-type': 'text/plain' }).end('Access denied by the gate in front of this server')
    return
  }
  if (open(request, response, options)) return
  const url = new URL(request.url ?? '/', 'http://rancher')
  const value = tokenOf(request)
  const token = options.tokens.find((each) => each.value === value && isAccepted(each, url.pathname))
  if (token === undefined) return sendUnauthorized(response)
  options.note(token.value, request)
  if (url.pathname.startsWith('/k8s/clusters/'))
    return await serveCluster(
      options,
      token,
      request,
      response,
      () => isMute() || taken.some(({ kind }) => kind === 'silent-watch'),
    )
  const found =
    url.pathname === '/v3' || url.pathname.startsWith('/v3/') ? norman(options, token, url) : extCattle(token, url)
  if (found !== undefined) return sendJson(response, 200, found, { 'X-API-Cattle-Auth': 'true' })
  sendJson(response, 404, {
    type: 'error',
    baseType: 'error',
    code: 'NotFound',
    status: 404,
    message: `failed to find schema ${url.pathname}`,
  })
}

const listen = async (server: Server, port: number): Promise<string> => {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Starts a Rancher server in front of simulated or real clusters, on loopback. */
export const startRancher = async (options: RancherOptions): Promise<RancherServer> => {
  const faults = new Faults()
  const tokens = [...options.tokens]
  const requests = new Map<string, string[]>()
  const note = (token: string, request: IncomingMessage): void => {
    const known = requests.get(token) ?? []
    requests.set(token, known)
    known.push(`${request.method} ${request.url}`)
    if (known.length > KEPT_REQUESTS) known.shift()
  }
  let mutings = 0
  const server = createServer((request, response) => {
    const before = mutings
    serve({ ...options, tokens, note }, faults, request, response, () => mutings > before).catch((error: unknown) =>
      response.destroy(error as Error),
    )
  })
  const url = await listen(server, options.port ?? 0)
  const stop = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  return {
    url,
    faults,
    tokens,
    requestsWith: (token) => requests.get(token) ?? [],
    cut: () => server.closeAllConnections(),
    mute: () => {
      mutings += 1
    },
    halt: async () => {
      await stop()
      return async () => void (await listen(server, Number(new URL(url).port)))
    },
    [Symbol.asyncDispose]: async () => {
      if (server.listening) await stop()
    },
  }
}
