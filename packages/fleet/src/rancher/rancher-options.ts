import type { Caller } from '../api/api-server.ts'
import type { Cluster } from '../api/cluster.ts'

/** A real kube-apiserver behind the front. */
export interface ProxiedCluster {
  readonly url: string
  readonly token: string
  /** PEM. */
  readonly ca: string
}

/** Quantities as Kubernetes writes them. */
type Quantities = Readonly<Record<'cpu' | 'memory' | 'pods', string>>

/** A cluster as Rancher knows it. */
export interface RancherCluster {
  readonly id: string
  readonly name: string
  /** active, unavailable, provisioning … */
  readonly state?: string | undefined
  /** Why it is in another state than active. */
  readonly message?: string | undefined
  readonly provider?: string | undefined
  readonly nodeCount?: number | undefined
  readonly capacity?: { readonly allocatable: Quantities; readonly requested: Quantities } | undefined
  readonly backend: Cluster | ProxiedCluster
  /** Projects by id (`p-xxxxx`). */
  readonly projects?: Readonly<Record<string, string>> | undefined
}

/** An API token and what it may do. */
export interface RancherToken extends Caller {
  /** `token-xxxxx:secret`, or `ext/token-xxxxx:secret` for one of ext.cattle.io. */
  readonly value: string
  /** RFC 3339; absent: never. */
  readonly expiresAt?: string | undefined
  /** Good for this cluster only. Rancher checks it for classic tokens, not for those of ext.cattle.io. */
  readonly clusterId?: string | undefined
  /** Default: true. */
  readonly enabled?: boolean | undefined
}

export interface RancherOptions {
  readonly name: string
  /** Up to `v2.6.x`, it is told to who is signed in only. */
  readonly version: string
  readonly clusters: readonly RancherCluster[]
  readonly tokens: readonly RancherToken[]
  readonly port?: number | undefined
  /** An access proxy in front lets nothing through without it. */
  readonly requiredHeader?: { readonly name: string; readonly value: string } | undefined
}

export const isProxied = (backend: RancherCluster['backend']): backend is ProxiedCluster => 'ca' in backend
