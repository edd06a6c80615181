import { ConfigKind, type PageKind, pageKindOf } from '@rancher-hub/contracts'

const addressOf = (instanceId: string, screen: 'workloads' | 'config', kind: string, name: string): string =>
  `/instances/${instanceId}/${screen}/${encodeURIComponent(kind)}/${encodeURIComponent(name)}`

/** Address of a workload's page. */
export const workloadPath = (instanceId: string, kind: PageKind, name: string): string =>
  addressOf(instanceId, 'workloads', kind, name)

/** Address of an object's page; undefined for kinds that have none. Kinds that are only shown carry their `apiVersion`. */
export const objectPath = (
  instanceId: string,
  kind: string,
  name: string,
  apiVersion?: string | undefined,
): string | undefined => {
  const workload = pageKindOf(kind, apiVersion)
  if (workload !== undefined) return workloadPath(instanceId, workload, name)
  const config = ConfigKind.options.find((each) => each === kind)
  return config === undefined ? undefined : addressOf(instanceId, 'config', config, name)
}
