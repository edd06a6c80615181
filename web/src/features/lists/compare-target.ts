import type { ListRow } from './list-screens.ts'

/** At most so many instances are compared side by side. */
const MAX_COMPARED = 10
/** Kinds that comparisons know. */
export const comparedKinds: readonly string[] = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'CronJob',
  'ConfigMap',
  'Secret',
]

/** What is known of the app instances of rows. */
interface Instances {
  /** Place of its environment in their order; undefined: not known. */
  readonly rankOf: (instanceId: string) => number | undefined
  /** Id of the one before it. */
  readonly neighbourOf: (instanceId: string) => string | undefined
}

/**
 * Address of the comparison of the instances of these rows, in the order of their environments, narrowed to their kinds
 * and, where they share one, their name. One instance alone is compared with the one before it.
 */
export const compareTarget = (rows: readonly ListRow[], { rankOf, neighbourOf }: Instances) => {
  const rank = (id: string): number => rankOf(id) ?? Number.MAX_SAFE_INTEGER
  const ids = [...new Set(rows.map(({ instanceId }) => instanceId))].sort((a, b) => rank(a) - rank(b))
  const before = ids.length === 1 ? neighbourOf(ids[0] ?? '') : undefined
  const names = new Set(rows.map(({ name }) => name))
  const kinds = [...new Set(rows.map(({ kind }) => kind))].filter((kind) => comparedKinds.includes(kind))
  const [name = ''] = names
  return {
    path: '/compare',
    query: {
      instances: [...(before === undefined ? [] : [before]), ...ids].slice(0, MAX_COMPARED).join(','),
      ...(names.size === 1 ? { text: name } : {}),
      ...(kinds.length > 0 ? { kind: kinds.join(',') } : {}),
      state: 'all',
    },
  }
}
