import type { ResourceUse, Verb } from '@rancher-hub/kubernetes'
import { customKinds, kindEndpoints, syncedKinds } from './kinds.ts'

type WatchedKind = keyof typeof kindEndpoints

/** Group and plural of a kind, as authorization names them. */
const attributesOf = (kind: WatchedKind): { readonly group: string; readonly resource: string } => {
  const { apiVersion, plural } = kindEndpoints[kind]
  return { group: apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '', resource: plural }
}

const isSynced = (kind: WatchedKind): boolean => (syncedKinds as readonly WatchedKind[]).includes(kind)
const watched: readonly Verb[] = ['list', 'watch']

/**
 * Everything that the hub does inside a namespace: the one list that rights are made and checked from. A kind that is
 * added to `kindEndpoints` is in it; a spec holds it against every call of {@link KubeApi}.
 */
export const resourceUses: readonly ResourceUse[] = [
  ...(Object.keys(kindEndpoints) as WatchedKind[]).map(
    (kind): ResourceUse =>
      isSynced(kind)
        ? { ...attributesOf(kind), read: ['get', ...watched], write: ['create', 'patch'] }
        : { ...attributesOf(kind), read: watched },
  ),
  { group: '', resource: 'pods/log', read: ['get'] },
  // In a Role this is the namespace itself: binding an app instance looks whether it is there.
  { group: '', resource: 'namespaces', read: ['get'] },
]

const customResources = new Set(
  customKinds.map((kind) => attributesOf(kind)).map(({ group, resource }) => `${group}/${resource}`),
)

/** What the hub does in every cluster: a token that lacks the rest misses nothing where such kinds are not installed. */
export const neededUses: readonly ResourceUse[] = resourceUses.filter(
  ({ group, resource }) => !customResources.has(`${group}/${resource}`),
)
