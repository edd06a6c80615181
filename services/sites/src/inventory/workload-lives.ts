import { statusOfFacts, type WorkloadFacts, type WorkloadStatus } from '@rancher-hub/kubernetes'
import type { KeptObject } from './observed-object.ts'
import { viaOf, type WorkloadSurroundings } from './surroundings.ts'
import { countsOf, sameCounts, type WorkloadCounts } from './workload-counts.ts'

/** How the workloads of an instance do, worked out when they or what stands around them change. */
export interface WorkloadLives {
  /** Takes a version in; whether its life is shown differently now. `before`: who bore its name. */
  seen(object: KeptObject, before: KeptObject | undefined): boolean
  gone(object: KeptObject): void
  /** Works out those of these uids anew. */
  touched(workloads: ReadonlySet<string> | 'all'): void
  status(uid: string): WorkloadStatus | undefined
  counts(uid: string): WorkloadCounts | undefined
}

interface Life {
  object: KeptObject
  facts: WorkloadFacts
  status: WorkloadStatus
  counts: WorkloadCounts
}

const sameStatus = (a: WorkloadStatus, b: WorkloadStatus): boolean =>
  a.state === b.state && a.message === b.message && a.detail === b.detail

/** Makes an empty one. `changed` is told of each life that pods and jobs changed. */
export const createWorkloadLives = (
  around: WorkloadSurroundings['around'],
  changed: (object: KeptObject) => void,
): WorkloadLives => {
  const lives = new Map<string, Life>()

  const work = ({ uid, kind }: KeptObject, facts: WorkloadFacts): Pick<Life, 'status' | 'counts'> => {
    const surroundings = around({ uid, via: viaOf(kind) })
    return { status: statusOfFacts(facts, surroundings), counts: countsOf(facts.rollout, surroundings.pods) }
  }
  /** Whether it differs from before. */
  const renew = (life: Life): boolean => {
    const { status, counts } = work(life.object, life.facts)
    if (sameStatus(life.status, status) && sameCounts(life.counts, counts)) return false
    life.status = status
    life.counts = counts
    return true
  }
  const renewOf = (object: KeptObject, facts: WorkloadFacts): boolean => {
    const life = lives.get(object.uid)
    if (life === undefined) {
      lives.set(object.uid, { object, facts, ...work(object, facts) })
      return true
    }
    life.object = object
    life.facts = facts
    return renew(life)
  }

  return {
    seen: (object, before) => {
      if (before !== undefined && before.uid !== object.uid) lives.delete(before.uid)
      return object.facts === undefined ? false : renewOf(object, object.facts)
    },
    gone: ({ uid }) => void lives.delete(uid),
    touched: (workloads) => {
      for (const uid of workloads === 'all' ? [...lives.keys()] : workloads) {
        const life = lives.get(uid)
        if (life !== undefined && renew(life)) changed(life.object)
      }
    },
    status: (uid) => lives.get(uid)?.status,
    counts: (uid) => lives.get(uid)?.counts,
  }
}
