import { ConfigKind, WorkloadKind } from '@rancher-hub/contracts'

const isOneOf = (kinds: readonly string[], kind: string): boolean => kinds.includes(kind)

/** Address of an object's page; undefined for kinds that have none, such as custom workloads. */
export const objectPath = (instanceId: string, kind: string, name: string): string | undefined => {
  const screen = isOneOf(WorkloadKind.options, kind)
    ? 'workloads'
    : isOneOf(ConfigKind.options, kind)
      ? 'config'
      : undefined
  return screen === undefined
    ? undefined
    : `/instances/${instanceId}/${screen}/${encodeURIComponent(kind)}/${encodeURIComponent(name)}`
}
