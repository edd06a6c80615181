import { readFileSync } from 'node:fs'
import { type Faults, type Interruptible, type ProxiedCluster, resourceOfKind, startFleet } from '@rancher-hub/fleet'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import { newId } from '@rancher-hub/service-kit'
import { openKubectl } from '../cluster.fixtures.ts'
import { parseKubeconfig } from '../connection/kubeconfig.ts'
import { type Contents, contentOf } from './watched-cache.fixtures.ts'

/** A cluster behind a simulated Rancher with all its faults, and another way in that none of them meets. */
export interface WatchedCluster extends AsyncDisposable {
  readonly url: string
  readonly token: string
  readonly clusterId: string
  readonly faults: Faults
  readonly server: Interruptible
  namespace(): Promise<string>
  removeNamespace(name: string): Promise<void>
  /** Creates a ConfigMap or changes it. */
  put(namespace: string, name: string, value: string, labels: Readonly<Record<string, string>>): Promise<void>
  remove(namespace: string, name: string): Promise<void>
  /** The ConfigMaps that are there, or those with a label. */
  contents(namespace: string, label?: readonly [string, string]): Promise<Contents>
  /** Forgets the past, where that can be done. */
  compact(): void
  /** Makes it another cluster, with the same objects. Undefined: cannot be done. */
  readonly becomeAnother: (() => void) | undefined
  /** Takes a backup; the returned function restores it. Undefined: cannot be done. */
  readonly backup: (() => () => void) | undefined
}

const contentsOf = (objects: readonly KubernetesObject[], label?: readonly [string, string]): Contents =>
  new Map(
    objects
      .filter(({ metadata }) => label === undefined || metadata.labels?.[label[0]] === label[1])
      .map((object) => [object.metadata.name, contentOf(object)]),
  )

export const startSimulatedCluster = async (): Promise<WatchedCluster> => {
  const fleet = await startFleet({ stepMs: 1 })
  const { url, token, faults, server } = fleet.ranchers.dev
  const { cluster, clusterId } = fleet.places.dev
  const configMaps = resourceOfKind('ConfigMap')
  cluster.bookmarkMs = 100
  return {
    url,
    token,
    clusterId,
    faults,
    server,
    namespace: async () => {
      const name = `any-${newId().slice(0, 8)}`
      cluster.create(resourceOfKind('Namespace'), undefined, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      })
      return name
    },
    put: async (namespace, name, value, labels) => {
      const change = { apiVersion: 'v1', kind: 'ConfigMap', data: { value } }
      if (cluster.find(configMaps, namespace, name) === undefined)
        cluster.create(configMaps, namespace, { ...change, metadata: { name, labels } })
      else
        cluster.update(configMaps, namespace, name, (at) => ({
          ...at,
          ...change,
          metadata: { ...at.metadata, labels },
        }))
    },
    remove: async (namespace, name) => {
      if (cluster.find(configMaps, namespace, name) !== undefined) cluster.delete(configMaps, namespace, name)
    },
    contents: async (namespace, label) =>
      contentsOf(cluster.list(configMaps, namespace) as readonly KubernetesObject[], label),
    removeNamespace: async (name) => void cluster.delete(resourceOfKind('Namespace'), undefined, name),
    compact: () => cluster.compact(),
    becomeAnother: () => {
      const namespaces = resourceOfKind('Namespace')
      const { metadata, ...rest } = cluster.delete(namespaces, undefined, 'kube-system')
      cluster.create(namespaces, undefined, { ...rest, metadata: { name: metadata.name } })
    },
    backup: () => cluster.backup(),
    [Symbol.asyncDispose]: async () => await fleet[Symbol.asyncDispose](),
  }
}

const proxied = (file: string): ProxiedCluster => {
  const { server, secret } = parseKubeconfig(readFileSync(file, 'utf8'))
  return { url: server, token: secret.token ?? '', ca: secret.ca ?? '' }
}

/** The real API server, seen by the hub through the simulated Rancher. */
export const startRealCluster = async (file: string): Promise<WatchedCluster> => {
  const fleet = await startFleet({ stepMs: 1, real: proxied(file) })
  const kubectl = openKubectl(readFileSync(file, 'utf8'))
  const { url, token, faults, server } = fleet.ranchers.dev
  const path = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`
  const list = async (namespace: string): Promise<KubernetesObject[]> =>
    (await kubectl.get(path(namespace)))['items'] as KubernetesObject[]
  const has = async (namespace: string, name: string): Promise<boolean> =>
    (await list(namespace)).some(({ metadata }) => metadata.name === name)
  return {
    url,
    token,
    clusterId: 'c-m-real0001',
    faults,
    server,
    namespace: async () => await kubectl.namespace('any'),
    put: async (namespace, name, value, labels) => {
      const change = { data: { value }, metadata: { name, labels } }
      if (await has(namespace, name)) await kubectl.merge(`${path(namespace)}/${name}`, change)
      else await kubectl.create(path(namespace), { apiVersion: 'v1', kind: 'ConfigMap', ...change })
    },
    remove: async (namespace, name) => {
      if (await has(namespace, name)) await kubectl.remove(`${path(namespace)}/${name}`)
    },
    contents: async (namespace, label) => contentsOf(await list(namespace), label),
    removeNamespace: async (name) => await kubectl.remove(`/api/v1/namespaces/${name}`),
    compact: () => {},
    becomeAnother: undefined,
    backup: undefined,
    [Symbol.asyncDispose]: async () => {
      await kubectl[Symbol.asyncDispose]()
      await fleet[Symbol.asyncDispose]()
    },
  }
}
