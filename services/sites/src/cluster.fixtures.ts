import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
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

/** A network between hub and cluster that can be cut, and that can go silent without closing anything. */
export interface BadNetwork extends AsyncDisposable {
  readonly port: number
  cut(): void
  /** While on, bytes from the cluster do not arrive; connections stay open. */
  silence(on: boolean): void
  /** Connections so far. */
  connections(): number
}

export const startBadNetwork = async (targetPort: number): Promise<BadNetwork> => {
  const sockets = new Set<Socket>()
  let silent = false
  let count = 0
  const server = createServer((client) => {
    count += 1
    const upstream = connect(targetPort, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    }
    const muted = silent
    client.on('data', (chunk) => upstream.write(chunk)).on('close', () => upstream.destroy())
    // Only connections of the silent time's beginning stay mute: new ones find the network well again.
    upstream
      .on('data', (chunk) => (silent && !muted ? undefined : client.write(chunk)))
      .on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    silence: (on) => {
      silent = on
    },
    connections: () => count,
    [Symbol.asyncDispose]: async () => {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
