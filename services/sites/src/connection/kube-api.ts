import type { Kind } from '@rancher-hub/contracts'
import { FIELD_MANAGER, type KubernetesObject, objectsIn } from '@rancher-hub/kubernetes'
import { hasStatus } from '../egress/site-error.ts'
import { type CustomKind, kindEndpoints, type NeighbourKind, objectPath } from './kinds.ts'
import { createPageGuard } from './page-guard.ts'
import type { JsonAnswer, SiteCaller } from './site-caller.ts'
import { readWatch, type WatchEvent } from './watch-stream.ts'

export type WatchedKind = Kind | NeighbourKind | CustomKind

/** Narrows a list or watch on the server's side, in its own syntax. */
export interface Select {
  readonly labels?: string | undefined
  readonly fields?: string | undefined
}

/** What of a container's log is wanted. */
export interface LogOptions {
  readonly container?: string | undefined
  readonly follow: boolean
  readonly previous: boolean
  /** Lines from the end; default: all. */
  readonly tailLines?: number | undefined
  readonly sinceSeconds?: number | undefined
  /** RFC 3339. */
  readonly sinceTime?: string | undefined
  readonly limitBytes?: number | undefined
  /** Without a byte for this long it counts as lost. */
  readonly silenceMs: number
  readonly signal: AbortSignal
}

/** A page of a list, in order; `resourceVersion` is where a watch goes on. */
export interface ListPage {
  readonly items: readonly KubernetesObject[]
  readonly resourceVersion: string
}

/** How many objects there are, and the version of the cluster's data at which that was so. */
export interface Count {
  /** Undefined: the server does not say. */
  readonly total: number | undefined
  readonly resourceVersion: string
}

/** What the API server made of a write, and what it warns of. */
export interface Written {
  readonly object: KubernetesObject
  readonly warnings: readonly string[]
}

/** How a write goes out: as a dry run, the API server checks and admits it and stores nothing. */
export interface WriteOptions {
  readonly dryRun: boolean
  readonly signal?: AbortSignal | undefined
}

/** Something to be allowed, as authorization names it. */
export interface Action {
  readonly verb: string
  readonly group: string
  readonly resource: string
}

/** The API of one cluster, as far as the hub needs it. Every function throws SiteError. */
export interface KubeApi {
  readonly host: string
  /** Undefined when there is no such object (the namespace included). */
  get(kind: Kind, namespace: string, name: string, signal?: AbortSignal): Promise<KubernetesObject | undefined>
  /** Page by page (`pageSize` 0: all in one); namespace undefined: of the whole cluster. 410 when a page comes too late. */
  list(
    kind: WatchedKind,
    namespace: string | undefined,
    signal?: AbortSignal,
    select?: Select,
    pageSize?: number,
  ): AsyncIterable<ListPage>
  /** Counts without reading: a list of one. */
  count(kind: WatchedKind, namespace: string | undefined, signal?: AbortSignal): Promise<Count>
  /** What tells the cluster from any other: the uid of its namespace kube-system. Undefined: the token may not see that. */
  identity(signal?: AbortSignal): Promise<string | undefined>
  watch(
    kind: WatchedKind,
    namespace: string | undefined,
    options: {
      resourceVersion: string
      timeoutSeconds: number
      silenceMs: number
      signal: AbortSignal
      select?: Select | undefined
    },
  ): AsyncIterable<WatchEvent>
  /** Bytes of a container's log, each line with its time in front; opened when the promise resolves. */
  log(namespace: string, pod: string, options: LogOptions): Promise<AsyncIterable<Uint8Array>>
  /** Every namespace of the cluster, which a token needs a cluster-wide right for. */
  namespaces(signal?: AbortSignal): Promise<KubernetesObject[]>
  /** The namespaces that Rancher shows to the user of the token, whatever it may list; only behind Rancher (steve). */
  visibleNamespaces(signal?: AbortSignal): Promise<KubernetesObject[]>
  /** `hidden`: the token may not say. */
  namespace(name: string, signal?: AbortSignal): Promise<'there' | 'missing' | 'hidden'>
  version(signal?: AbortSignal): Promise<string | undefined>
  /** Plurals that a group version (`/apis/apps/v1`) serves, by API discovery; none where there is no such. */
  served(root: string, signal?: AbortSignal): Promise<ReadonlySet<string>>
  /** Some pods with these labels (at most 100). */
  pods(namespace: string, labels: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<KubernetesObject[]>
  patch(
    kind: Kind,
    namespace: string,
    name: string,
    contentType: string,
    patch: unknown,
    options: WriteOptions,
  ): Promise<Written>
  create(kind: Kind, namespace: string, object: unknown, options: WriteOptions): Promise<Written>
  /** Whether the user of the token may do something in a namespace (SelfSubjectAccessReview). */
  allowed(action: Action, namespace: string, signal?: AbortSignal): Promise<boolean>
}

const PAGE = 500
/** Milliseconds for answers of one object, which many may wait for. */
const LOOK_MS = 10_000

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

/** Texts of `Warning: 299 - "text"` headers (RFC 9111 §5.5 as Kubernetes uses it). */
export const warningTexts = (header: string | string[] | undefined): string[] =>
  [header ?? []]
    .flat()
    .flatMap((line) =>
      [...line.matchAll(/\d{3}\s+\S+\s+"((?:[^"\\]|\\.)*)"/g)].map((match) =>
        (match[1] ?? '').replaceAll(/\\(.)/g, '$1'),
      ),
    )

const toObject = (answer: JsonAnswer): KubernetesObject => answer.body as unknown as KubernetesObject

/** Items of lists carry neither kind nor apiVersion; everything behind the client may rely on them. */
const itemsOf = (body: Record<string, unknown>, kind: WatchedKind): KubernetesObject[] => {
  const items = Array.isArray(body['items']) ? (body['items'] as KubernetesObject[]) : []
  return items.map((item) => ({ ...item, kind, apiVersion: kindEndpoints[kind].apiVersion }))
}

/** The API of a cluster behind `prefix` (empty for a plain cluster, `/k8s/clusters/<id>` behind Rancher). */
export const createKubeApi = (caller: SiteCaller, prefix: string): KubeApi => {
  const writeQuery = (dryRun: boolean) =>
    `?fieldManager=${FIELD_MANAGER}&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`
  const written = (answer: JsonAnswer): Written => ({
    object: toObject(answer),
    warnings: warningTexts(answer.headers['warning']),
  })

  return {
    host: caller.host,
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
    list: async function* (kind, namespace, signal, select, pageSize = PAGE) {
      const guarded = createPageGuard(caller.host)
      let next = ''
      do {
        const query = `?limit=${pageSize}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`
        const { body } = await caller.json({
          method: 'GET',
          path: prefix + objectPath(kind, namespace) + query + selectQuery(select),
          signal,
        })
        const metadata = (body['metadata'] ?? {}) as { continue?: string; resourceVersion?: string }
        yield { items: itemsOf(body, kind), resourceVersion: metadata.resourceVersion ?? '' }
        next = guarded(metadata.continue ?? '')
      } while (next !== '')
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
    identity: async (signal) => {
      try {
        const path = `${prefix}/api/v1/namespaces/kube-system`
        const { body } = await caller.json({ method: 'GET', path, signal, timeoutMs: LOOK_MS })
        return toObject({ body, headers: {} }).metadata?.uid
      } catch (error) {
        if (hasStatus(error, 403, 404)) return undefined
        throw error
      }
    },
    watch: async function* (kind, namespace, { resourceVersion, timeoutSeconds, silenceMs, signal, select }) {
      const query = `?watch=1&allowWatchBookmarks=true&timeoutSeconds=${timeoutSeconds}&resourceVersion=${encodeURIComponent(resourceVersion)}${selectQuery(select)}`
      const path = prefix + objectPath(kind, namespace) + query
      try {
        const stream = await caller.stream({ method: 'GET', path, silenceMs, signal, timeoutMs: 45_000 })
        yield { type: 'open' }
        yield* readWatch(stream.body, caller.host)
      } catch (error) {
        if (!hasStatus(error, 410)) throw error
        yield { type: 'expired' }
      }
    },
    log: async (namespace, pod, options) => {
      const path = `${prefix}${objectPath('Pod', namespace, pod)}/log?${logQuery(options)}`
      const { silenceMs, signal } = options
      return (await caller.stream({ method: 'GET', path, silenceMs, signal, timeoutMs: 30_000 })).body
    },
    namespaces: async (signal) => {
      const found: KubernetesObject[] = []
      const guarded = createPageGuard(caller.host)
      let next = ''
      do {
        const query = `?limit=${PAGE}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`
        const { body } = await caller.json({ method: 'GET', path: `${prefix}/api/v1/namespaces${query}`, signal })
        found.push(...((body['items'] ?? []) as KubernetesObject[]))
        next = guarded(((body['metadata'] ?? {}) as { continue?: string }).continue ?? '')
      } while (next !== '')
      return found
    },
    visibleNamespaces: async (signal) => {
      const { body } = await caller.json({ method: 'GET', path: `${prefix}/v1/namespaces`, signal })
      return (body['data'] ?? []) as KubernetesObject[]
    },
    namespace: async (name, signal) => {
      try {
        await caller.json({ method: 'GET', path: `${prefix}/api/v1/namespaces/${encodeURIComponent(name)}`, signal })
        return 'there'
      } catch (error) {
        if (!hasStatus(error, 403, 404) || error.problem.code === 'cluster-unavailable') throw error
        return error.status === 403 ? 'hidden' : 'missing'
      }
    },
    version: async (signal) => {
      const { body } = await caller.json({ method: 'GET', path: `${prefix}/version`, signal })
      return typeof body['gitVersion'] === 'string' ? body['gitVersion'] : undefined
    },
    served: async (root, signal) => {
      try {
        const { body } = await caller.json({ method: 'GET', path: prefix + root, signal })
        return new Set(objectsIn(body['resources']).map(({ name }) => String(name)))
      } catch (error) {
        // Whoever may not look gets no more than whoever finds nothing.
        if (hasStatus(error, 403, 404) && error.problem.code !== 'cluster-unavailable') return new Set()
        throw error
      }
    },
    pods: async (namespace, labels, signal) => {
      const selector = Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(',')
      const path = `${prefix}/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?limit=100&labelSelector=${encodeURIComponent(selector)}`
      return ((await caller.json({ method: 'GET', path, signal })).body['items'] ?? []) as KubernetesObject[]
    },
    patch: async (kind, namespace, name, contentType, patch, { dryRun, signal }) =>
      written(
        await caller.json({
          method: 'PATCH',
          path: prefix + objectPath(kind, namespace, name) + writeQuery(dryRun),
          contentType,
          body: JSON.stringify(patch),
          signal,
        }),
      ),
    create: async (kind, namespace, object, { dryRun, signal }) =>
      written(
        await caller.json({
          method: 'POST',
          path: prefix + objectPath(kind, namespace) + writeQuery(dryRun),
          contentType: 'application/json',
          body: JSON.stringify(object),
          signal,
        }),
      ),
    allowed: async (action, namespace, signal) => {
      const { body } = await caller.json({
        method: 'POST',
        path: `${prefix}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`,
        contentType: 'application/json',
        body: JSON.stringify({
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: { ...action, namespace } },
        }),
        signal,
      })
      return (body['status'] as { allowed?: boolean } | undefined)?.allowed === true
    },
  }
}
