import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError, forbidden, noSuchPath } from './api-error.ts'
import type { Cluster } from './cluster.ts'
import type { KubeObject } from './kube-object.ts'
import { groupVersionOf, parsePath, type Resource, resources, type Target } from './resources.ts'
import { selects } from './selectors.ts'
import { serveLog } from './serve-log.ts'
import { serveWatch } from './serve-watch.ts'
import { type Answer, serveWrite } from './serve-write.ts'

/** Who asks, and what they may do. */
export interface Caller {
  readonly user: string
  readonly rights: 'all' | 'read' | 'no-secrets' | 'one-namespace'
  /** For `one-namespace`. */
  readonly namespace?: string | undefined
}

const readVerbs = new Set(['get', 'list', 'watch'])
const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

const verbOf = (request: IncomingMessage, target: Target, query: URLSearchParams): string => {
  if (request.method !== 'GET') return verbs[request.method ?? ''] ?? 'get'
  if (query.get('watch') === '1' || query.get('watch') === 'true') return 'watch'
  return target.name === undefined ? 'list' : 'get'
}

const assertAllowed = (caller: Caller, verb: string, { resource, namespace, name }: Target): void => {
  const refused =
    (caller.rights === 'read' && !readVerbs.has(verb)) ||
    (caller.rights === 'no-secrets' && resource.kind === 'Secret') ||
    (caller.rights === 'one-namespace' &&
      namespace !== caller.namespace &&
      !(resource.kind === 'Namespace' && name === caller.namespace))
  if (refused) throw forbidden(resource, name ?? '', caller.user, verb, namespace)
}

const list = (cluster: Cluster, { resource, namespace }: Target, query: URLSearchParams): Answer => {
  const [labels, fields] = [query.get('labelSelector'), query.get('fieldSelector')]
  const isSelected = (labels ?? '') !== '' || (fields ?? '') !== ''
  const request = {
    path: `${resource.plural}/${namespace ?? ''}`,
    limit: Number(query.get('limit') ?? 0),
    token: query.get('continue') ?? '',
    meets: (object: KubeObject) => !isSelected || selects(object, labels, fields),
  }
  const page = cluster.pages.page(request, cluster.revision, () => cluster.list(resource, namespace))
  const metadata = {
    resourceVersion: String(page.revision),
    ...(page.next === undefined ? {} : { continue: page.next }),
    // Of what is selected the server does not say how much is left.
    ...(page.next === undefined || isSelected ? {} : { remainingItemCount: page.left }),
  }
  // List items carry neither kind nor apiVersion, as from the real server.
  const stripped = page.items.map(({ kind: _, apiVersion: __, ...rest }) => rest)
  return {
    status: 200,
    body: { kind: `${resource.kind}List`, apiVersion: groupVersionOf(resource), metadata, items: stripped },
  }
}

const discovery = (cluster: Cluster, path: string): unknown => {
  if (path === '/version') {
    const [major = '1', minor = '37'] = cluster.version.slice(1).split('.')
    return { major, minor, gitVersion: cluster.version, platform: 'linux/amd64' }
  }
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] }
  if (path === '/apis') {
    const groups = [...new Set(resources.filter(({ group }) => group !== '').map((each) => groupVersionOf(each)))]
    return {
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: groups.map((groupVersion) => ({
        name: groupVersion.split('/')[0],
        versions: [{ groupVersion, version: groupVersion.split('/')[1] }],
      })),
    }
  }
  const groupVersion = path.replace(/^\/apis?\//, '')
  const served = resources.filter((each) => groupVersionOf(each) === groupVersion)
  if (served.length === 0) return undefined
  const verbsOf = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']
  return {
    kind: 'APIResourceList',
    groupVersion,
    resources: served.map(({ plural, kind, namespaced }: Resource) => ({
      name: plural,
      kind,
      namespaced,
      verbs: verbsOf,
    })),
  }
}

const record = (cluster: Cluster, uri: string, verb: string, target: Target, caller: Caller, code: number): void => {
  if (readVerbs.has(verb)) return
  const { resource, namespace, name, subresource } = target
  cluster.audit.push({
    stage: 'ResponseComplete',
    verb,
    requestURI: uri,
    user: { username: caller.user },
    objectRef: { resource: resource.plural, namespace, name, subresource },
    responseStatus: { code },
    requestReceivedTimestamp: new Date().toISOString(),
  })
}

export const sendJson = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

/** Answers one request of the Kubernetes API. `uri` is its path with query, without any front's prefix. */
export const serveKubernetes = async (
  cluster: Cluster,
  caller: Caller,
  request: IncomingMessage,
  response: ServerResponse,
  uri: string,
  isSilent: () => boolean = () => false,
): Promise<void> => {
  const url = new URL(uri, 'http://cluster')
  const target = parsePath(url.pathname)
  const verb = target === undefined ? 'get' : verbOf(request, target, url.searchParams)
  const audit = (code: number): void => {
    if (target !== undefined) record(cluster, uri, verb, target, caller, code)
  }
  try {
    const found = discovery(cluster, url.pathname)
    if (found !== undefined) return sendJson(response, 200, found)
    if (url.pathname === '/healthz' || url.pathname === '/readyz') return void response.writeHead(200).end('ok')
    if (target === undefined) throw noSuchPath()
    assertAllowed(caller, verb, target)
    if (verb === 'watch') return serveWatch(cluster, target, url.searchParams, response, isSilent)
    if (target.subresource === 'log' && target.resource.kind === 'Pod')
      return serveLog(cluster, target, url.searchParams, response)
    if (verb === 'list') return answer(list(cluster, target, url.searchParams))
    if (verb === 'get')
      return answer({ status: 200, body: cluster.get(target.resource, target.namespace, target.name ?? '') })
    const result = await serveWrite(cluster, request, verb, target, url.searchParams)
    audit(result.status)
    return answer(result)
  } catch (error) {
    const refusal =
      error instanceof ApiError
        ? error
        : new ApiError(500, 'InternalError', `Internal error occurred: ${(error as Error).message}`)
    audit(refusal.code)
    sendJson(response, refusal.code, refusal.body(), refusal.headers)
  }
  function answer({ status, body }: Answer): void {
    sendJson(response, status, body)
  }
}
