import type { KubernetesObject } from '@rancher-hub/kubernetes'
import type { KubeApi, WatchedKind } from '../connection/kube-api.ts'

const REDUCED = Symbol('reduced')

/** An object of which only its place and what was made of it are left. */
interface LeanObject extends KubernetesObject {
  readonly [REDUCED]: unknown
}

/** Reduces an object; what it returns goes to a sink that knows the kind. Undefined: the object stays whole. */
export type Reduce = (kind: WatchedKind, object: KubernetesObject) => unknown

const lean = (object: KubernetesObject, reduced: unknown): KubernetesObject | LeanObject => {
  if (reduced === undefined) return object
  const { name, namespace, uid, resourceVersion } = object.metadata
  return { kind: object.kind, metadata: { name, namespace, uid, resourceVersion }, [REDUCED]: reduced }
}

/** What was made of an object when it came in, or is made of it now. */
export const reducedOr = <T>(object: KubernetesObject, reduce: (object: KubernetesObject) => T): T =>
  REDUCED in object ? (object[REDUCED] as T) : reduce(object)

/**
 * An API whose lists reduce every page as it comes: a list of thousands is complete only with its last page, and until
 * then its pages would stand in memory as they were sent. Reducing page by page also leaves time for others in between.
 */
export const leanApi = (api: KubeApi, reduce: Reduce): KubeApi => ({
  ...api,
  list: async function* (kind, namespace, signal, select, pageSize) {
    for await (const { items, resourceVersion } of api.list(kind, namespace, signal, select, pageSize))
      yield { items: items.map((object) => lean(object, reduce(kind, object))), resourceVersion }
  },
})
