import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError, badRequest, forbidden, noSuchPath } from './api-error.ts'
import type { Change, Cluster } from './cluster.ts'
import { isTree, type KubeObject } from './kube-object.ts'
import { jsonMerge, jsonPatch, strategicMerge } from './merge.ts'
import { groupVersionOf, parsePath, type Resource, resources, type Target } from './resources.ts'
import { selects } from './selectors.ts'
import { serveLog } from './serve-log.ts'
import { validateStrict } from './validate.ts'

/** Who asks, and what they may do. */
export interface Caller {
  readonly user: string
  readonly rights: 'all' | 'read' | 'no-secrets' | 'one-namespace'
  /** For `one-namespace`. */
  readonly namespace?: string | undefined
}

/** What a request came to, besides a watch. */
interface Answer {
  readonly status: number
  readonly body: unknown
}

const readVerbs = new Set(['get', 'list', 'watch'])
const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}
const MAX_BODY = 3 * 1024 * 1024

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

const readBody = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > MAX_BODY) throw new ApiError(413, 'RequestEntityTooLarge', `limit is ${MAX_BODY}`)
    chunks.push(chunk as Buffer)
  }
  if (size === 0) return {}
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (error) {
    throw badRequest(`the object provided is unrecognized: ${(error as Error).message}`)
  }
}

const asObject = (body: unknown): KubeObject => {
  if (!isTree(body) || !isTree(body['metadata']))
    throw badRequest('the object provided is unrecognized: metadata is missing')
  return body as KubeObject
}

const applyPatch = (contentType: string, before: KubeObject, body: unknown): KubeObject => {
  const type = contentType.split(';', 1)[0]?.trim()
  if (type === 'application/merge-patch+json') return jsonMerge(before, body) as KubeObject
  if (type === 'application/strategic-merge-patch+json') return strategicMerge(before, body) as KubeObject
  if (type === 'application/json-patch+json') {
    try {
      return jsonPatch(before, Array.isArray(body) ? body : []) as KubeObject
    } catch (error) {
      throw new ApiError(
        422,
        'Invalid',
        `the server rejected our request due to an error in our request: ${(error as Error).message}`,
      )
    }
  }
  throw new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json`,
  )
}

const writeOptions = (request: IncomingMessage, query: URLSearchParams, subresource: string | undefined) => {
  const dryRun = query.getAll('dryRun')
  if (dryRun.some((each) => each !== 'All'))
    throw new ApiError(422, 'Invalid', `dryRun: Unsupported value: "${dryRun[0] ?? ''}": supported values: "All"`)
  const manager = query.get('fieldManager') ?? String(request.headers['user-agent'] ?? 'unknown').split('/', 1)[0]
  return { dryRun: dryRun.length > 0, manager, subresource }
}

const write = async (
  cluster: Cluster,
  request: IncomingMessage,
  verb: string,
  target: Target,
  query: URLSearchParams,
): Promise<Answer> => {
  const { resource, namespace, name, subresource } = target
  const options = writeOptions(request, query, subresource)
  if (subresource !== undefined && subresource !== 'status') throw noSuchPath()
  if (verb === 'delete') return { status: 200, body: cluster.delete(resource, namespace, name ?? '', options) }
  const body = await readBody(request)
  const strict = query.get('fieldValidation') === 'Strict'
  if (verb === 'create') {
    if (strict && isTree(body)) validateStrict(body)
    return { status: 201, body: cluster.create(resource, namespace, asObject(body), options) }
  }
  const change = (before: KubeObject): KubeObject => {
    const after = verb === 'patch' ? applyPatch(request.headers['content-type'] ?? '', before, body) : asObject(body)
    if (strict) validateStrict(after)
    // A patch without resourceVersion never conflicts; the stored one it merged into is no wish.
    const wished = isTree(body) && isTree(body['metadata']) ? body['metadata']['resourceVersion'] : undefined
    const { resourceVersion: _, ...metadata } = after.metadata
    return {
      ...after,
      metadata: {
        ...metadata,
        uid: after.metadata.uid ?? before.metadata.uid ?? '',
        ...(wished === undefined ? {} : { resourceVersion: String(wished) }),
      },
    }
  }
  return { status: 200, body: cluster.update(resource, namespace, name ?? '', change, options) }
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

/** What a watch is told of a change: an object that begins or stops to be wanted is added or deleted for it. */
const typeFor = (
  { type, object, before }: Change,
  wanted: (object: KubeObject) => boolean,
): Change['type'] | undefined => {
  const isWanted = wanted(object)
  if (type !== 'MODIFIED' || before === undefined) return isWanted ? type : undefined
  const wasWanted = wanted(before)
  if (isWanted) return wasWanted ? 'MODIFIED' : 'ADDED'
  return wasWanted ? 'DELETED' : undefined
}
/** An object as it was when it was last wanted, with the version of the change. */
const gone = ({ object, before = object }: Change): KubeObject => ({
  ...before,
  metadata: { ...before.metadata, resourceVersion: object.metadata.resourceVersion ?? '' },
})

/** Streams changes as JSON lines, with bookmarks. */
const watch = (
  cluster: Cluster,
  { resource, namespace, name }: Target,
  query: URLSearchParams,
  response: ServerResponse,
  isSilent: () => boolean,
): void => {
  const since = Number(query.get('resourceVersion') ?? 0)
  const send = (type: string, object: unknown): void => {
    if (!isSilent()) response.write(`${JSON.stringify({ type, object })}\n`)
  }
  const bookmark = (): void => {
    // A real server tells nothing of versions from before the beginning, bookmarks neither: after a backup was restored.
    if (cluster.revision < since) return
    const at = {
      kind: resource.kind,
      apiVersion: groupVersionOf(resource),
      metadata: { resourceVersion: String(cluster.revision) },
    }
    send('BOOKMARK', at)
  }
  const wanted = (object: KubeObject): boolean =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name) &&
    selects(object, query.get('labelSelector'), query.get('fieldSelector'))
  const from = since === 0 ? cluster.revision : since
  cluster.assertWatchable(from)
  response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' })
  response.flushHeaders()
  const stop = cluster.watch(resource.plural, from, (change) => {
    const type = typeFor(change, wanted)
    if (type === 'DELETED' && change.type === 'MODIFIED') send(type, gone(change))
    else if (type !== undefined) send(type, change.object)
  })
  if (since === 0) for (const object of cluster.list(resource, namespace)) send('ADDED', object)
  const bookmarks = query.get('allowWatchBookmarks') === 'true' ? setInterval(bookmark, cluster.bookmarkMs) : undefined
  const seconds = Number(query.get('timeoutSeconds') ?? 1800)
  const timer = setTimeout(() => response.end(), seconds * 1000)
  response.on('close', () => {
    stop()
    clearInterval(bookmarks)
    clearTimeout(timer)
  })
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
    if (verb === 'watch') return watch(cluster, target, url.searchParams, response, isSilent)
    if (target.subresource === 'log' && target.resource.kind === 'Pod')
      return serveLog(cluster, target, url.searchParams, response)
    if (verb === 'list') return answer(list(cluster, target, url.searchParams))
    if (verb === 'get')
      return answer({ status: 200, body: cluster.get(target.resource, target.namespace, target.name ?? '') })
    const result = await write(cluster, request, verb, target, url.searchParams)
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
