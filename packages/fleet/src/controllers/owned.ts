import type { Cluster } from '../api/cluster.ts'
import type { KubeObject } from '../api/kube-object.ts'

/** Objects by the uid of who owns them: controllers ask this all the time, and clusters are large. */
export interface Owned extends Disposable {
  of(kind: string, ownerUid: string | undefined): KubeObject[]
}

/** Follows the owners of Pods and ReplicaSets of a cluster. */
export const followOwners = (cluster: Cluster): Owned => {
  const byOwner = new Map<string, Map<string, KubeObject>>()
  const stop = cluster.onChange(({ type, object }) => {
    if (object.kind !== 'Pod' && object.kind !== 'ReplicaSet') return
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const key = `${object.kind}/${uid}`
      const own = byOwner.get(key) ?? new Map<string, KubeObject>()
      byOwner.set(key, own)
      if (type === 'DELETED') own.delete(object.metadata.name)
      else own.set(object.metadata.name, object)
      if (own.size === 0) byOwner.delete(key)
    }
  })
  return {
    of: (kind, uid) => {
      const own = [...(byOwner.get(`${kind}/${uid ?? ''}`)?.values() ?? [])]
      return own.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    },
    [Symbol.dispose]: stop,
  }
}
