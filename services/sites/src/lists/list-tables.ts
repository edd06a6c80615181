import { type configSorts, NO_OWNER, type WorkloadRow, type workloadSorts } from '@rancher-hub/contracts'
import { type ConfigListRow, kindKey, type ListRow, type WorkloadListRow } from './list-row.ts'
import { createRowTable, type RowTable, type TableSpec } from './row-table.ts'
import type { Compare } from './sorted-rows.ts'

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const byName: Compare<ListRow> = (a, b) => byText(a.object.name, b.object.name)
const byEnvironment: Compare<ListRow> = (a, b) => a.instance.environment.rank - b.instance.environment.rank
const byInstance: Compare<ListRow> = (a, b) => byText(a.instance.name, b.instance.name)
const byKind: Compare<ListRow> = (a, b) => byText(a.object.kind, b.object.kind)
const byKindKey: Compare<ListRow> = (a, b) => byText(kindKey(a.object), kindKey(b.object))

/**
 * Names are the same in many instances, and kinds of operators are called as built-in ones are, so the rest decides
 * too: every order is complete.
 */
const ties: Compare<ListRow> = (a, b) =>
  byName(a, b) ||
  byEnvironment(a, b) ||
  byInstance(a, b) ||
  byKind(a, b) ||
  byText(a.instance.id, b.instance.id) ||
  byKindKey(a, b)

const sorts = {
  name: byName,
  kind: byKind,
  environment: byEnvironment,
  instance: byInstance,
  // Times of the API server are all written alike: in UTC, in seconds.
  age: (a, b) => byText(b.object.createdAt ?? '', a.object.createdAt ?? ''),
} as const satisfies Record<string, Compare<ListRow>>

const facets = {
  kind: ({ object }) => object.kind,
  environment: ({ instance }) => instance.environment.id,
  instance: ({ instance }) => instance.id,
  site: ({ instance }) => instance.site.id,
  owner: ({ object }) => object.managedBy ?? NO_OWNER,
  drift: ({ drift }) => drift,
} as const satisfies Record<string, (row: ListRow) => string>
export type PlainFacet = keyof typeof facets

export type WorkloadFacet = PlainFacet | 'status'
export type WorkloadSort = (typeof workloadSorts)[number]
export type WorkloadTable = RowTable<WorkloadListRow, WorkloadFacet, WorkloadSort>

/** 0 is worst. */
const severity: Readonly<Record<WorkloadRow['status']['state'], number>> = {
  stalled: 0,
  degraded: 1,
  progressing: 2,
  unknown: 3,
  suspended: 4,
  healthy: 5,
}

const workloadSpec: TableSpec<WorkloadListRow, WorkloadFacet, WorkloadSort> = {
  facets: { ...facets, status: ({ status }) => status.state },
  sorts: {
    ...sorts,
    status: (a, b) => severity[a.status.state] - severity[b.status.state],
    image: (a, b) => byText(a.image, b.image),
    restarts: (a, b) => (a.restarts ?? -1) - (b.restarts ?? -1),
  },
  ties,
}

export type ConfigFacet = PlainFacet | 'type'
export type ConfigSort = (typeof configSorts)[number]
export type ConfigTable = RowTable<ConfigListRow, ConfigFacet, ConfigSort>

const configSpec: TableSpec<ConfigListRow, ConfigFacet, ConfigSort> = {
  facets: { ...facets, type: ({ type }) => type },
  sorts: {
    ...sorts,
    keys: (a, b) => a.keyCount - b.keyCount,
    uses: (a, b) => (a.usedBy ?? -1) - (b.usedBy ?? -1),
  },
  ties,
}

/** The rows of the workload list. */
export const createWorkloadTable = (): WorkloadTable => createRowTable(workloadSpec)
/** The rows of the config list. */
export const createConfigTable = (): ConfigTable => createRowTable(configSpec)
