import type { KubernetesObject } from '@rancher-hub/kubernetes'
import { newId } from '@rancher-hub/service-kit'
import { parseKubeconfig } from './connection/kubeconfig.ts'
import { createNetworkPolicy } from './egress/network-policy.ts'
import { createSiteHttp } from './egress/site-http.ts'

/** A person with kubectl: another client of the cluster than the hub. */
export interface Kubectl extends AsyncDisposable {
  create(path: string, object: unknown): Promise<KubernetesObject>
  merge(path: string, patch: unknown): Promise<KubernetesObject>
  get(path: string): Promise<KubernetesObject>
  remove(path: string): Promise<void>
  /** A namespace of its own, removed at the end. */
  namespace(prefix: string): Promise<string>
}

export const openKubectl = (kubeconfig: string): Kubectl => {
  const { server, secret } = parseKubeconfig(kubeconfig)
  const http = createSiteHttp({
    base: server,
    policy: createNetworkPolicy({ allowLoopback: true }),
    authorization: `Bearer ${secret.token ?? ''}`,
    tls: { ca: secret.ca, serverName: secret.serverName },
  })
  const namespaces: string[] = []
  const send = async (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<KubernetesObject> => {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const query = method === 'GET' || method === 'DELETE' ? '' : '?fieldManager=kubectl-edit'
    const answer = await http.request({
      method,
      path: path + query,
      contentType,
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    return JSON.parse(answer.text) as KubernetesObject
  }
  return {
    create: async (path, object) => await send('POST', path, object),
    merge: async (path, patch) => await send('PATCH', path, patch),
    get: async (path) => await send('GET', path),
    remove: async (path) => void (await send('DELETE', path)),
    namespace: async (prefix) => {
      const name = `${prefix}-${newId().slice(0, 8)}`
      await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      namespaces.push(name)
      return name
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(namespaces.map(async (name) => await send('DELETE', `/api/v1/namespaces/${name}`)))
      await http[Symbol.asyncDispose]()
    },
  }
}

export const deployment = (
  name: string,
  image: string,
  extra: { env?: object[]; volumes?: object[]; replicas?: number } = {},
) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: extra.replicas ?? 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [{ name: 'web', image, env: extra.env ?? [] }],
        ...(extra.volumes === undefined ? {} : { volumes: extra.volumes }),
      },
    },
  },
})
export const configMap = (name: string, data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
})
export const secret = (name: string, stringData: Record<string, string>, type?: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData,
  ...(type === undefined ? {} : { type }),
})
