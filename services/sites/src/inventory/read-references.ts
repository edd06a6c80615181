import { configReferences, isObject, type KubernetesObject } from '@rancher-hub/kubernetes'
import type { KubeApi } from '../connection/kube-api.ts'
import { SiteError } from '../egress/site-error.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import type { InstanceInventory } from './instance-inventory.ts'

/** Config that an inventory does not hold, by `Kind/name`: its keys, or that it is not there. */
export type OtherConfig = ReadonlyMap<string, Known>
type Known = readonly string[] | 'missing' | 'unknown'

const MAX_READS = 20

const keysOf = (object: KubernetesObject): string[] =>
  ['data', 'binaryData'].flatMap((field) => (isObject(object[field]) ? Object.keys(object[field]) : []))

/**
 * Reads the ConfigMaps and Secrets that a workload refers to and that its instance does not select: pods find them all
 * the same. Where an instance is a whole namespace, its inventory knows. Only keys are kept.
 */
export const readReferences = async (
  api: KubeApi,
  { labelSelector, namespace }: InstanceDoc,
  workload: KubernetesObject,
  inventory: InstanceInventory,
): Promise<OtherConfig> => {
  if (labelSelector === undefined) return new Map()
  const wanted = new Map(
    configReferences(workload)
      .filter((reference) => inventory.get(reference) === undefined)
      .map(({ kind, name }) => [`${kind}/${name}`, { kind, name }]),
  )
  const read = await Promise.all(
    [...wanted].map(async ([key, { kind, name }], index): Promise<[string, Known]> => {
      if (index >= MAX_READS) return [key, 'unknown']
      try {
        const object = await api.get(kind, namespace, name)
        return [key, object === undefined ? 'missing' : keysOf(object)]
      } catch (error) {
        if (error instanceof SiteError) return [key, 'unknown']
        throw error
      }
    }),
  )
  return new Map(read)
}
