import type { KubernetesObject } from '@rancher-hub/kubernetes'
import { hasStatus } from '../egress/site-error.ts'
import { kindEndpoints, objectPath } from './kinds.ts'
import { LOOK_MS, toObject } from './kube-answer.ts'
import type { KubeApi, LogOptions, Select, WatchedKind } from './kube-api.ts'
import { listPages } from './list-pages.ts'
import type { SiteCaller } from './site-caller.ts'
import { readWatch } from './watch-stream.ts'

const selectQuery = ({ labels, fields }: Select = {}): string =>
  `${labels === undefined ? '' : `&labelSelector=${encodeURIComponent(labels)}`}${fields === undefined ? '' : `&fieldSelector=${encodeURIComponent(fields)}`}`

const logQuery = (options: LogOptions): string => {
  const { container, follow, previous, tailLines, sinceSeconds, sinceTime, limitBytes } = options
  const wanted = { container, tailLines, sinceSeconds, sinceTime, limitBytes }
  const query = new URLSearchParams({ timestamps: 'true' })
  for (const [key, value] of Object.entries(wanted)) if (value !== undefined) query.set(key, String(value))
  if (follow) query.set('follow', 'true')
  if (previous) query.set('previous', 'true')
  return query.toString()
}

/** Items of lists carry neither kind nor apiVersion; everything behind the client may rely on them. */
const itemsOf = (body: Readonly<Record<string, unknown>>, kind: WatchedKind): KubernetesObject[] => {
  const items = Array.isArray(body['items']) ? (body['items'] as KubernetesObject[]) : []
  return items.map((item) => ({ ...item, kind, apiVersion: kindEndpoints[kind].apiVersion }))
}

/** Reads of the objects of namespaces, and of logs. */
export const createObjectReads = (
  caller: SiteCaller,
  prefix: string,
): Pick<KubeApi, 'get' | 'list' | 'count' | 'watch' | 'log' | 'pods'> => ({
  get: async (kind, namespace, name, signal) => {
    try {
      // What is decided on one object must see what was written to it just now.
      const path = prefix + objectPath(kind, namespace, name)
      return toObject(await caller.json({ method: 'GET', path, isFresh: true, signal }))
    } catch (error) {
      if (
        hasStatus(error, 404) &&
        error.body?.reason === 'NotFound' &&
        !/clusters\.management/.test(error.body.message ?? '')
      )
        return undefined
      throw error
    }
  },
  list: async function* (kind, namespace, signal, select, size) {
    const path = prefix + objectPath(kind, namespace)
    for await (const { body, resourceVersion } of listPages(caller, path, { query: selectQuery(select), size, signal }))
      yield { items: itemsOf(body, kind), resourceVersion }
  },
  count: async (kind, namespace, signal) => {
    const path = `${prefix}${objectPath(kind, namespace)}?limit=1`
    const { body } = await caller.json({ method: 'GET', path, isFresh: true, signal, timeoutMs: LOOK_MS })
    const metadata = (body['metadata'] ?? {}) as {
      continue?: string
      resourceVersion?: string
      remainingItemCount?: number
    }
    const hasMore = (metadata.continue ?? '') !== ''
    const left = hasMore ? metadata.remainingItemCount : 0
    const total = left === undefined ? undefined : itemsOf(body, kind).length + left
    return { total, resourceVersion: metadata.resourceVersion ?? '' }
  },
  watch: async function* (kind, namespace, { resourceVersion, timeoutSeconds, silenceMs, signal, select }) {
    const query = `?watch=1&allowWatchBookmarks=true&timeoutSeconds=${timeoutSeconds}&resourceVersion=${encodeURIComponent(resourceVersion)}${selectQuery(select)}`
    const path = prefix + objectPath(kind, namespace) + query
    // Who leaves before the first change has not begun to read: nothing else would end the connection.
    const left = new AbortController()
    const either = AbortSignal.any([signal, left.signal])
    try {
      const stream = await caller.stream({ method: 'GET', path, silenceMs, signal: either, timeoutMs: 45_000 })
      yield { type: 'open' }
      yield* readWatch(stream, caller.host)
    } catch (error) {
      if (!hasStatus(error, 410)) throw error
      yield { type: 'expired' }
    } finally {
      left.abort()
    }
  },
  log: async (namespace, pod, options) => {
    const path = `${prefix}${objectPath('Pod', namespace, pod)}/log?${logQuery(options)}`
    const { silenceMs, signal } = options
    return (await caller.stream({ method: 'GET', path, silenceMs, signal, timeoutMs: 30_000 })).body
  },
  pods: async (namespace, labels, signal) => {
    const selector = Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(',')
    const path = `${prefix}/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?limit=100&labelSelector=${encodeURIComponent(selector)}`
    return ((await caller.json({ method: 'GET', path, signal })).body['items'] ?? []) as KubernetesObject[]
  },
})
