import type { KubernetesObject } from '@rancher-hub/kubernetes'
import type { KubeApi, Select, WatchedKind } from '../connection/kube-api.ts'
import { hasStatus } from '../egress/site-error.ts'

export interface ListRequest {
  readonly kind: WatchedKind
  /** Undefined: of the whole cluster. */
  readonly namespace: string | undefined
  readonly select?: Select | undefined
  readonly signal: AbortSignal
  /** Objects in a page; default: the API's usual size. */
  readonly pageSize?: number | undefined
  /** What is kept of it; default: everything. */
  readonly wants?: ((object: KubernetesObject) => boolean) | undefined
}

/** A list as it was at one version. */
export interface Listed {
  readonly objects: readonly KubernetesObject[]
  readonly resourceVersion: string
}

/** So often a list of pages is begun anew before it is asked for in one piece. */
const PAGED_ATTEMPTS = 2

/**
 * Lists a kind as it was at one version. When the server has forgotten that version before the last page was read
 * (410), the list begins anew; the token that comes with the 410 would go on with another version, and what was
 * deleted in between would stay. Slow lists of large clusters end as one page, which cannot expire. @throws SiteError
 */
export const listKind = async (api: KubeApi, request: ListRequest): Promise<Listed> => {
  const { kind, namespace, select, signal, wants = () => true } = request
  for (let attempt = 1; ; attempt += 1) {
    const objects: KubernetesObject[] = []
    let resourceVersion = ''
    try {
      const pageSize = attempt > PAGED_ATTEMPTS ? 0 : request.pageSize
      for await (const page of api.list(kind, namespace, signal, select, pageSize)) {
        for (const object of page.items) if (wants(object)) objects.push(object)
        resourceVersion = page.resourceVersion
      }
      return { objects, resourceVersion }
    } catch (error) {
      if (!hasStatus(error, 410) || attempt > PAGED_ATTEMPTS) throw error
    }
  }
}
