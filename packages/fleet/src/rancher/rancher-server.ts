import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Caller, sendJson, serveKubernetes } from '../api/api-server.ts'
import type { Cluster } from '../api/cluster.ts'
import { Faults } from '../faults.ts'
import { sendUnauthorized, showFaults } from './show-faults.ts'

/** A real kube-apiserver behind the front. */
export interface ProxiedCluster {
  readonly url: string
  readonly token: string
  /** PEM. */
  readonly ca: string
}

/** A cluster as Rancher knows it. */
export interface RancherCluster {
  readonly id: string
  readonly name: string
  readonly state?: string | undefined
  readonly provider?: string | undefined
  readonly backend: Cluster | ProxiedCluster
  /** Projects by id (`p-xxxxx`). */
  readonly projects?: Readonly<Record<string, string>> | undefined
}

/** An API token and what it may do. */
export interface RancherToken extends Caller {
  /** `token-xxxxx:secret` */
  readonly value: string
  /** RFC 3339; absent: never. */
  readonly expiresAt?: string | undefined
}

export interface RancherOptions {
  readonly name: string
  readonly version: string
  readonly clusters: readonly RancherCluster[]
  readonly tokens: readonly RancherToken[]
  readonly port?: number | undefined
}

export interface RancherServer extends AsyncDisposable, Interruptible {
  readonly url: string
  readonly faults: Faults
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

const isProxied = (backend: RancherCluster['backend']): backend is ProxiedCluster => 'ca' in backend

const tokenOf = (request: IncomingMessage): string | undefined => {
  const header = request.headers.authorization ?? ''
  if (header.startsWith('Bearer ')) return header.slice(7)
  if (header.startsWith('Basic ')) return Buffer.from(header.slice(6), 'base64').toString('utf8')
  return undefined
}

const clusterItem = ({ id, name, state, provider, backend }: RancherCluster) => ({
  id,
  type: 'cluster',
  name,
  state: state ?? 'active',
  transitioning: 'no',
  driver: 'imported',
  provider: provider ?? 'rke2',
  nodeCount: 3,
  version: { gitVersion: isProxied(backend) ? 'v1.37.2' : backend.version },
})

const collection = (resourceType: string, data: readonly unknown[]) => ({
  type: 'collection',
  resourceType,
  links: {},
  pagination: { limit: 1000, total: data.length },
  data,
})

const norman = (options: RancherOptions, token: RancherToken, url: URL): unknown => {
  const [, , type = '', id] = url.pathname.split('/')
  const own = token.value.split(':', 1)[0] ?? ''
  if (type === '') return { type: 'apiRoot', apiVersion: { version: 'v3' } }
  if (type === 'settings' && id === 'server-version') return { id, type: 'setting', name: id, value: options.version }
  if (type === 'users')
    return collection('user', [{ id: 'user-hub', type: 'user', name: token.user, username: token.user }])
  if (type === 'tokens' && id === own) {
    return {
      id,
      type: 'token',
      name: id,
      description: 'rancher-hub',
      current: true,
      enabled: true,
      expired: false,
      clusterId: '',
      expiresAt: token.expiresAt ?? '',
    }
  }
  if (type === 'clusters') {
    if (id === undefined) return collection('cluster', options.clusters.map(clusterItem))
    const found = options.clusters.find((cluster) => cluster.id === id)
    return found === undefined ? undefined : clusterItem(found)
  }
  if (type === 'projects') {
    const wanted = options.clusters.filter(
      (cluster) => (url.searchParams.get('clusterId') ?? cluster.id) === cluster.id,
    )
    const items = wanted.flatMap((cluster) =>
      Object.entries(cluster.projects ?? {}).map(([short, name]) => ({
        id: `${cluster.id}:${short}`,
        type: 'project',
        name,
        clusterId: cluster.id,
      })),
    )
    return collection('project', items)
  }
  return undefined
}

/** Passes a request on to a real API server, streams and watches too. */
const proxy = (target: ProxiedCluster, request: IncomingMessage, response: ServerResponse, uri: string): void => {
  const { host: _, authorization: __, connection: ___, ...headers } = request.headers
  const url = new URL(uri, target.url)
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const upstream = send(
    url,
    { method: request.method, headers: { ...headers, authorization: `Bearer ${target.token}` }, ca: target.ca },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      response.flushHeaders()
      answer.pipe(response)
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
  } else if (isProxied(cluster.backend)) proxy(cluster.backend, request, response, rest)
  else await serveKubernetes(cluster.backend, token, request, response, rest, isSilent)
}

const open = (request: IncomingMessage, response: ServerResponse, options: RancherOptions): boolean => {
  const { pathname } = new URL(request.url ?? '/', 'http://rancher')
  if (pathname === '/ping') response.writeHead(200).end('pong')
  else if (pathname === '/healthz') response.writeHead(200).end('ok')
  else if (pathname === '/rancherversion')
    sendJson(response, 200, { Version: options.version, GitCommit: 'simulated', RancherPrime: 'false' })
  else if (pathname === '/cacerts' || pathname === '/v3/settings/cacerts')
    response.writeHead(200, { 'content-type': 'text/plain' }).end('')
  else return false
  return true
}

const serve = async (
  options: RancherOptions,
  faults: Faults,
  request: IncomingMessage,
  response: ServerResponse,
  isMute: () => boolean,
): Promise<void> => {
  const taken = faults.take(request.method ?? 'GET', request.url ?? '')
  if (await showFaults(taken, request, response)) return
  if (open(request, response, options)) return
  const value = tokenOf(request)
  const token = options.tokens.find(
    (each) => each.value === value && (each.expiresAt === undefined || each.expiresAt > new Date().toISOString()),
  )
  if (token === undefined) return sendUnauthorized(response)
  const url = new URL(request.url ?? '/', 'http://rancher')
  if (url.pathname.startsWith('/k8s/clusters/'))
    return await serveCluster(
      options,
      token,
      request,
      response,
      () => isMute() || taken.some(({ kind }) => kind === 'silent-watch'),
    )
  const found = url.pathname === '/v3' || url.pathname.startsWith('/v3/') ? norman(options, token, url) : undefined
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
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Starts a Rancher server in front of simulated or real clusters, on loopback. */
export const startRancher = async (options: RancherOptions): Promise<RancherServer> => {
  const faults = new Faults()
  let mutings = 0
  const server = createServer((request, response) => {
    const before = mutings
    serve(options, faults, request, response, () => mutings > before).catch((error: unknown) =>
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
