import type { PodState } from '@rancher-hub/kubernetes'

/** Numbers of a workload; undefined: not known, or it has no such number. */
export interface WorkloadCounts {
  readonly desired: number | undefined
  readonly updated: number | undefined
  readonly ready: number | undefined
  /** Pods that have not ended. */
  readonly pods: number | undefined
  /** Restarts of their containers. */
  readonly restarts: number | undefined
  /** RFC 3339. */
  readonly lastRestartAt: string | undefined
}

const latest = (pods: readonly PodState[]): string | undefined =>
  pods.reduce<string | undefined>(
    (last, { lastRestartAt }) => (lastRestartAt !== undefined && (last ?? '') < lastRestartAt ? lastRestartAt : last),
    undefined,
  )

/** Numbers from what a controller says and, where they are known, its pods. */
export const countsOf = (
  { desired, updated, ready }: Partial<Pick<WorkloadCounts, 'desired' | 'updated' | 'ready'>>,
  pods: readonly PodState[] | undefined,
): WorkloadCounts => {
  const alive = pods?.filter(({ isOver }) => !isOver)
  return {
    desired,
    updated,
    ready,
    pods: alive?.length,
    restarts: alive?.reduce((sum, { restarts }) => sum + restarts, 0),
    lastRestartAt: alive && latest(alive),
  }
}

/** Whether both say the same. */
export const sameCounts = (a: WorkloadCounts, b: WorkloadCounts): boolean =>
  a.desired === b.desired &&
  a.updated === b.updated &&
  a.ready === b.ready &&
  a.pods === b.pods &&
  a.restarts === b.restarts &&
  a.lastRestartAt === b.lastRestartAt
