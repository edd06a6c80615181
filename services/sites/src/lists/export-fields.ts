import type { Cell } from './csv.ts'
import type { ConfigListRow, ListRow, WorkloadListRow } from './list-row.ts'

/** A column of an exported file: its name, and its value as JSON and as a cell. */
export interface ExportField<R> {
  readonly name: string
  readonly value: (row: R) => Cell | Readonly<Record<string, string>>
}

const places: readonly ExportField<ListRow>[] = [
  { name: 'environment', value: ({ instance }) => instance.environment.name },
  { name: 'instance', value: ({ instance }) => instance.name },
  { name: 'site', value: ({ instance }) => instance.site.name },
  { name: 'cluster', value: ({ instance }) => instance.cluster.name },
  { name: 'namespace', value: ({ instance }) => instance.namespace },
  { name: 'kind', value: ({ object }) => object.kind },
  { name: 'name', value: ({ object }) => object.name },
]
const ends: readonly ExportField<ListRow>[] = [
  { name: 'drift', value: ({ drift }) => drift },
  { name: 'managedBy', value: ({ object }) => object.managedBy },
  { name: 'createdAt', value: ({ object }) => object.createdAt },
  { name: 'labels', value: ({ object }) => object.labels },
  { name: 'digest', value: ({ object }) => object.digest },
]

/** Columns of exported workloads. */
export const workloadFields: readonly ExportField<WorkloadListRow>[] = [
  ...places,
  { name: 'status', value: ({ status }) => status.state },
  { name: 'reason', value: ({ status }) => status.message },
  { name: 'ready', value: ({ ready }) => ready },
  { name: 'desired', value: ({ desired }) => desired },
  { name: 'restarts', value: ({ restarts }) => restarts },
  { name: 'autoscaled', value: ({ autoscaled }) => autoscaled },
  { name: 'images', value: ({ object }) => object.images },
  ...ends,
]

/** Columns of exported config; never a value, and of Secrets not even the size. */
export const configFields: readonly ExportField<ConfigListRow>[] = [
  ...places,
  { name: 'type', value: ({ type }) => (type === '' ? undefined : type) },
  { name: 'keys', value: ({ keyCount }) => keyCount },
  { name: 'bytes', value: ({ bytes }) => bytes },
  { name: 'usedBy', value: ({ usedBy }) => usedBy },
  ...ends,
]
