import { type KubernetesObject, objectsIn } from '@rancher-hub/kubernetes'
import { hasStatus } from '../egress/site-error.ts'
import { LOOK_MS, toObject } from './kube-answer.ts'
import type { KubeApi } from './kube-api.ts'
import { listPages } from './list-pages.ts'
import type { SiteCaller } from './site-caller.ts'

type ClusterReads = 'identity' | 'namespaces' | 'visibleNamespaces' | 'namespace' | 'version' | 'served' | 'allowed'

/** What a cluster says of itself, and of what its caller may do. */
export const createClusterReads = (caller: SiteCaller, prefix: string): Pick<KubeApi, ClusterReads> => ({
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
  namespaces: async (signal) => {
    const found: KubernetesObject[] = []
    for await (const { body } of listPages(caller, `${prefix}/api/v1/namespaces`, { signal }))
      found.push(...((body['items'] ?? []) as KubernetesObject[]))
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
})
