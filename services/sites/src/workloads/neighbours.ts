import type { Part, SiteProblem } from '@rancher-hub/contracts'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import type { NeighbourKind } from '../connection/kinds.ts'
import type { KubeApi } from '../connection/kube-api.ts'
import { hasStatus, SiteError } from '../egress/site-error.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'

/** Objects of one kind in a namespace, or why they are not known. */
export interface Neighbours {
  readonly objects: readonly KubernetesObject[] | undefined
  readonly part: Part
}

/** Reads what stands around workloads, with answers that are kept for a moment. */
export interface NeighbourReader {
  list(instance: InstanceDoc, kind: NeighbourKind): Promise<Neighbours>
}

export interface NeighbourReaderDeps {
  readonly apiOf: (instance: InstanceDoc) => Promise<KubeApi>
  /** Milliseconds for which an answer is used again. */
  readonly keepMs: number
}

/** More are not read: nobody looks through so many by eye. */
const MAX_OBJECTS = 5_000

const problemOf = (error: SiteError): SiteProblem => error.problem

const read = async (api: KubeApi, namespace: string, kind: NeighbourKind): Promise<Neighbours> => {
  const objects: KubernetesObject[] = []
  for await (const page of api.list(kind, namespace)) {
    objects.push(...page.items)
    if (objects.length >= MAX_OBJECTS) break
  }
  return { objects, part: { state: 'complete', stale: false } }
}

/** Makes a reader. A list that is forbidden or fails is an answer too, kept for the same moment. */
export const createNeighbourReader = ({ apiOf, keepMs }: NeighbourReaderDeps): NeighbourReader => {
  const kept = new Map<string, Promise<Neighbours>>()

  const ask = async (instance: InstanceDoc, kind: NeighbourKind): Promise<Neighbours> => {
    try {
      return await read(await apiOf(instance), instance.namespace, kind)
    } catch (error) {
      if (!(error instanceof SiteError)) throw error
      const state = hasStatus(error, 403) ? 'forbidden' : 'failed'
      return { objects: undefined, part: { state, stale: false, problem: problemOf(error) } }
    }
  }

  return {
    list: async (instance, kind) => {
      const key = `${instance.siteId}/${instance.clusterId}/${instance.namespace}/${kind}`
      const known = kept.get(key)
      if (known !== undefined) return await known
      const asked = ask(instance, kind)
      kept.set(key, asked)
      const forget = (): void => {
        if (kept.get(key) === asked) kept.delete(key)
      }
      asked.then(
        () => setTimeout(forget, keepMs).unref(),
        () => forget(),
      )
      return await asked
    },
  }
}
