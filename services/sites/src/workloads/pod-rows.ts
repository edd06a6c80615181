import type { WorkloadPod } from '@rancher-hub/contracts'
import { type KubernetesObject, podSummary, podTrouble, troubleInWords, valueAt } from '@rancher-hub/kubernetes'
import type { z } from 'zod'
import type { WorkloadView } from './workload-view.ts'

type Row = z.input<typeof WorkloadPod>

const MAX_MESSAGE = 1_000

/** Revision of a ReplicaSet, as its Deployment numbers it. */
export const revisionNumber = (replicaSet: KubernetesObject): number =>
  Number(replicaSet.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0)

/** Hash of the newest revision, as pods carry it; undefined where it is not known. */
export const currentHash = (view: WorkloadView): string | undefined => {
  if (view.ref.kind === 'Deployment') {
    const newest = view.ownReplicaSets().toSorted((a, b) => revisionNumber(b) - revisionNumber(a))[0]
    return newest?.metadata.labels?.['pod-template-hash']
  }
  const update = valueAt(view.object(), 'status', 'updateRevision')
  return view.ref.kind === 'StatefulSet' && typeof update === 'string' ? update : undefined
}

/** Pods of a workload as lists show them, by name. */
export const podRows = (view: WorkloadView): Row[] => {
  const current = currentHash(view)
  const events = Map.groupBy(view.events.values(), ({ object }) => object.uid)
  return view
    .ownPods()
    .map((pod): Row => {
      const { containers, ...summary } = podSummary(pod)
      const trouble = podTrouble(pod, events.get(summary.uid) ?? [])
      return {
        ...summary,
        containers: [...containers],
        isCurrent: current === undefined || summary.revision === undefined ? undefined : summary.revision === current,
        trouble:
          trouble === undefined
            ? undefined
            : {
                severity: trouble.severity,
                text: troubleInWords(trouble),
                message: trouble.message?.slice(0, MAX_MESSAGE) || undefined,
              },
      }
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
}

/** Whether a row has this text in what it shows. */
export const rowMatches = (row: Row, needle: string): boolean =>
  [row.name, row.node, row.status, row.trouble?.text].some((value) => value?.toLowerCase().includes(needle) === true)
