import { WorkloadKind } from '@rancher-hub/contracts'

/** Address of a workload's page; undefined for what has none: ConfigMaps and Secrets. */
export const workloadPath = (instanceId: string, kind: string, name: string): string | undefined =>
  WorkloadKind.options.some((each) => each === kind)
    ? `/instances/${instanceId}/workloads/${kind}/${encodeURIComponent(name)}`
    : undefined
