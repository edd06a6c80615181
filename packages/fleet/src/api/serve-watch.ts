import type { ServerResponse } from 'node:http'
import type { Change } from './change-log.ts'
import type { Cluster } from './cluster.ts'
import type { KubeObject } from './kube-object.ts'
import { groupVersionOf, type Target } from './resources.ts'
import { selects } from './selectors.ts'

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

/** Streams changes as JSON lines, with bookmarks. `isSilent`: says nothing while it is true. @throws ApiError */
export const serveWatch = (
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
