import {
  type ConfigRow,
  configFilter,
  configSorts,
  type FacetValue,
  type listConfig,
  type listWorkloads,
  type ResultOf,
  type WorkloadRow,
  workloadFilter,
  workloadSorts,
} from '@rancher-hub/contracts'

export type ScreenName = 'workloads' | 'config'

/** A row of either list: what both have, and what only one of them has. */
export type ListRow = Omit<WorkloadRow, 'images' | 'status' | 'autoscaled'> &
  Partial<Pick<WorkloadRow, 'images' | 'status' | 'autoscaled'>> &
  Partial<Pick<ConfigRow, 'type' | 'keyCount' | 'bytes' | 'usedBy'>>

type Answer = ResultOf<typeof listWorkloads> | ResultOf<typeof listConfig>
export type ListedInstance = Answer['instances'][number]
export type FacetName = keyof ResultOf<typeof listWorkloads>['facets'] | keyof ResultOf<typeof listConfig>['facets']

/** What either list answers. */
export interface ListAnswer extends Pick<Answer, 'total' | 'revision' | 'sources' | 'instances'> {
  readonly items: readonly ListRow[]
  readonly facets: Partial<Record<FacetName, readonly FacetValue[]>>
}

/** Names a row in the whole list. */
export const rowId = ({
  instanceId,
  apiVersion = '',
  kind,
  name,
}: Pick<ListRow, 'instanceId' | 'apiVersion' | 'kind' | 'name'>): string =>
  `${instanceId}/${apiVersion}/${kind}/${name}`

export const columnIds = [
  'name',
  'kind',
  'environment',
  'instance',
  'namespace',
  'site',
  'type',
  'status',
  'images',
  'keys',
  'bytes',
  'usedBy',
  'restarts',
  'drift',
  'owner',
  'labels',
  'age',
] as const
export type ColumnId = (typeof columnIds)[number]

/** Columns whose figures stand at their end. */
export const numericColumns: ReadonlySet<ColumnId> = new Set(['restarts', 'keys', 'bytes', 'usedBy'])

interface Screen {
  readonly filter: typeof workloadFilter | typeof configFilter
  readonly sorts: readonly string[]
  /** Columns that can be shown, in their order. The name always is. */
  readonly columns: readonly ColumnId[]
  /** Columns that are shown until somebody chooses. */
  readonly usual: readonly ColumnId[]
  /** Sort of the columns that can be sorted by. */
  readonly sortOf: Partial<Record<ColumnId, string>>
  readonly facets: readonly FacetName[]
}

const places = ['kind', 'environment', 'instance', 'namespace', 'site'] as const
const placeSorts = { name: 'name', kind: 'kind', environment: 'environment', instance: 'instance', age: 'age' } as const

export const screens: Readonly<Record<ScreenName, Screen>> = {
  workloads: {
    filter: workloadFilter,
    sorts: workloadSorts,
    columns: ['name', ...places, 'status', 'images', 'restarts', 'drift', 'owner', 'labels', 'age'],
    usual: ['name', 'environment', 'instance', 'status', 'images', 'drift'],
    sortOf: { ...placeSorts, status: 'status', images: 'image', restarts: 'restarts' },
    facets: ['status', 'environment', 'kind', 'drift', 'instance', 'owner', 'site'],
  },
  config: {
    filter: configFilter,
    sorts: configSorts,
    columns: ['name', ...places, 'type', 'keys', 'bytes', 'usedBy', 'drift', 'owner', 'labels', 'age'],
    usual: ['name', 'environment', 'instance', 'type', 'keys', 'usedBy', 'drift', 'age'],
    sortOf: { ...placeSorts, keys: 'keys', usedBy: 'uses' },
    facets: ['kind', 'environment', 'drift', 'type', 'instance', 'owner', 'site'],
  },
}
