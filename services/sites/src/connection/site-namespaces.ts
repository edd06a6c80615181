import type { Namespace } from '@rancher-hub/contracts'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import type { z } from 'zod'
import { hasStatus } from '../egress/site-error.ts'
import type { KubeApi } from './kube-api.ts'
import type { RancherClient } from './rancher-client.ts'
import { isSystemNamespace } from './system-namespaces.ts'

const projectAnnotation = 'field.cattle.io/projectId'

/** Namespaces of a cluster, and the projects that Rancher has there (also those without a namespace). */
export interface ClusterNamespaces {
  readonly namespaces: readonly z.input<typeof Namespace>[]
  readonly projects: readonly { readonly id: string; readonly name: string }[] | undefined
}

/** Members of projects may not list namespaces; Rancher knows which are theirs. */
const listed = async (
  api: KubeApi,
  isRancher: boolean,
  signal: AbortSignal | undefined,
): Promise<KubernetesObject[]> => {
  try {
    return await api.namespaces(signal)
  } catch (error) {
    if (!isRancher || !hasStatus(error, 403)) throw error
    try {
      return await api.visibleNamespaces(signal)
    } catch (second) {
      // No answer to this one says nothing about the token: the first refusal is the one to tell.
      if (hasStatus(second, 401, 403, 404)) throw error
      throw second
    }
  }
}

/** Reads them by name. @throws SiteError */
export const readNamespaces = async (
  api: KubeApi,
  rancher: RancherClient | undefined,
  clusterId: string,
  signal: AbortSignal | undefined,
): Promise<ClusterNamespaces> => {
  const [found, projects] = await Promise.all([
    listed(api, rancher !== undefined, signal),
    rancher?.projects(clusterId, signal),
  ])
  const projectNames = new Map(projects?.map((project) => [project.id, project.name]))
  const namespaces = found.map(({ metadata, ...rest }) => {
    const id = metadata.annotations?.[projectAnnotation]
    const name = id === undefined ? undefined : projectNames.get(id)
    const phase = (rest['status'] as { phase?: string } | undefined)?.phase ?? 'Active'
    return {
      name: metadata.name,
      ...(id === undefined || name === undefined ? {} : { project: { id, name } }),
      system: isSystemNamespace(metadata.name, metadata.annotations, name),
      phase,
    }
  })
  namespaces.sort((a, b) => a.name.localeCompare(b.name))
  return { namespaces, projects }
}
