import type { listConfig, listWorkloads, ReturnOf } from '@rancher-hub/contracts'
import type { ConfigListRow, ListRow, WorkloadListRow } from './list-row.ts'

type WorkloadItem = ReturnOf<typeof listWorkloads>['items'][number]
type ConfigItem = ReturnOf<typeof listConfig>['items'][number]

const plainItem = ({ instance, object, drift }: ListRow, withLabels: boolean) => ({
  instanceId: instance.id,
  kind: object.kind,
  apiVersion: object.apiVersion,
  name: object.name,
  uid: object.uid,
  digest: object.digest,
  labels: withLabels ? { ...object.labels } : undefined,
  managedBy: object.managedBy,
  createdAt: object.createdAt,
  drift,
})

/** What the list shows of a workload. */
export const workloadItem = (row: WorkloadListRow, withLabels: boolean): WorkloadItem => ({
  ...plainItem(row, withLabels),
  images: { ...row.object.images },
  status: row.status,
  ready: row.ready,
  desired: row.desired,
  restarts: row.restarts,
  autoscaled: row.autoscaled,
})

/** What the list shows of a ConfigMap or Secret. */
export const configItem = (row: ConfigListRow, withLabels: boolean): ConfigItem => ({
  ...plainItem(row, withLabels),
  type: row.type === '' ? undefined : row.type,
  keyCount: row.keyCount,
  bytes: row.bytes,
  usedBy: row.usedBy,
})
