import type { Kind } from '@rancher-hub/contracts'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import type { CustomKind, NeighbourKind } from './kinds.ts'
import { createClusterReads } from './kube-cluster.ts'
import { createObjectReads } from './kube-objects.ts'
import { createObjectWrites } from './kube-writes.ts'
import type { SiteCaller } from './site-caller.ts'
import type { WatchEvent } from './watch-stream.ts'

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

/** The API of a cluster behind `prefix` (empty for a plain cluster, `/k8s/clusters/<id>` behind Rancher). */
export const createKubeApi = (caller: SiteCaller, prefix: string): KubeApi => ({
  host: caller.host,
  ...createObjectReads(caller, prefix),
  ...createObjectWrites(caller, prefix),
  ...createClusterReads(caller, prefix),
})
