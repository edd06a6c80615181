import type { IncomingMessage } from 'node:http'
import { ApiError, badRequest, noSuchPath } from './api-error.ts'
import type { Cluster } from './cluster.ts'
import { isTree, type KubeObject } from './kube-object.ts'
import { jsonMerge, jsonPatch, strategicMerge } from './merge.ts'
import type { Target } from './resources.ts'
import { validateStrict } from './validate.ts'

/** What a request came to, besides a watch. */
export interface Answer {
  readonly status: number
  readonly body: unknown
}

const MAX_BODY = 3 * 1024 * 1024

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

/** Carries out a write as the API server does, dry runs and patches included. @throws ApiError */
export const serveWrite = async (
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
