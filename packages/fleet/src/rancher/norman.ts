import { isProxied, type RancherCluster, type RancherOptions, type RancherToken } from './rancher-options.ts'

const usual = {
  allocatable: { cpu: '12', memory: '49000Mi', pods: '330' },
  requested: { cpu: '3500m', memory: '8123Mi', pods: '61' },
} as const

const clusterItem = (cluster: RancherCluster) => {
  const { id, name, state = 'active', provider, backend, message, nodeCount, capacity } = cluster
  const known = state === 'active' ? (capacity ?? usual) : capacity
  return {
    id,
    type: 'cluster',
    name,
    state,
    transitioning: state === 'active' ? 'no' : state === 'unavailable' ? 'error' : 'yes',
    transitioningMessage: message ?? (state === 'unavailable' ? 'Cluster agent is not connected' : ''),
    driver: 'imported',
    provider: provider ?? 'rke2',
    nodeCount: nodeCount ?? 3,
    ...(known === undefined ? {} : { capacity: known.allocatable, ...known, limits: known.requested }),
    ...(state === 'provisioning'
      ? {}
      : { version: { gitVersion: isProxied(backend) ? 'v1.37.2' : backend.version, platform: 'linux/amd64' } }),
  }
}

const collection = (resourceType: string, data: readonly unknown[]) => ({
  type: 'collection',
  resourceType,
  links: {},
  pagination: { limit: 1000, total: data.length },
  data,
})

const tokenItem = (token: RancherToken, name: string) => ({
  id: name,
  type: 'token',
  name,
  description: 'rancher-hub',
  userId: `user-${token.user}`,
  authProvider: 'local',
  current: true,
  enabled: token.enabled ?? true,
  expired: false,
  isDerived: true,
  clusterId: token.clusterId ?? '',
  expiresAt: token.expiresAt ?? '',
})

/** Rancher's management API of old; undefined where it has nothing. */
export const norman = (options: RancherOptions, token: RancherToken, url: URL): unknown => {
  const [, , type = '', id] = url.pathname.split('/')
  const own = token.value.split(':', 1)[0] ?? ''
  if (type === '') return { type: 'apiRoot', apiVersion: { version: 'v3' } }
  if (type === 'settings' && id === 'server-version') return { id, type: 'setting', name: id, value: options.version }
  if (type === 'users')
    return collection('user', [{ id: `user-${token.user}`, type: 'user', name: token.user, username: token.user }])
  // A token of ext.cattle.io is none here.
  if (type === 'tokens' && id === own) return tokenItem(token, own)
  if (type === 'clusters') {
    if (id === undefined) return collection('cluster', options.clusters.map(clusterItem))
    const found = options.clusters.find((cluster) => cluster.id === id)
    return found === undefined ? undefined : clusterItem(found)
  }
  if (type === 'projects') {
    const wanted = options.clusters.filter(
      (cluster) => (url.searchParams.get('clusterId') ?? cluster.id) === cluster.id,
    )
    const items = wanted.flatMap((cluster) =>
      Object.entries(cluster.projects ?? {}).map(([short, name]) => ({
        id: `${cluster.id}:${short}`,
        type: 'project',
        name,
        clusterId: cluster.id,
      })),
    )
    return collection('project', items)
  }
  return undefined
}

/** The API group ext.cattle.io (Rancher 2.12 and newer), as far as a token tells itself. */
export const extCattle = (token: RancherToken, url: URL): unknown => {
  const name = /^\/(?:ext\/)?apis\/ext\.cattle\.io\/v1\/tokens\/([^/]+)$/.exec(url.pathname)?.[1]
  if (name === undefined || token.value.split(':', 1)[0] !== `ext/${name}`) return undefined
  return {
    apiVersion: 'ext.cattle.io/v1',
    kind: 'Token',
    metadata: { name },
    spec: {
      userID: `user-${token.user}`,
      description: 'rancher-hub',
      enabled: token.enabled ?? true,
      ttl: 2_592_000_000,
      ...(token.clusterId === undefined ? {} : { clusterName: token.clusterId }),
    },
    status: { current: true, expired: false, expiresAt: token.expiresAt ?? '' },
  }
}

/** Whether Rancher takes a token for a path. */
export const isAccepted = (token: RancherToken, path: string): boolean => {
  if (token.enabled === false) return false
  if (token.expiresAt !== undefined && token.expiresAt <= new Date().toISOString()) return false
  if (token.clusterId === undefined || token.value.startsWith('ext/')) return true
  return [`/k8s/clusters/${token.clusterId}`, `/v3/clusters/${token.clusterId}`, `/v3/cluster/${token.clusterId}`].some(
    (own) => path === own || path.startsWith(`${own}/`),
  )
}
