import type { PageKind, WorkloadPod } from '@rancher-hub/contracts'
import { type KubernetesObject, podSummary, podTrouble, troubleInWords, valueAt } from '@rancher-hub/kubernetes'
import type { z } from 'zod'
import { viaOf } from '../inventory/surroundings.ts'
import type { WorkloadView } from './workload-view.ts'

type Row = z.input<typeof WorkloadPod>

const MAX_MESSAGE = 1_000

/** Revision of a ReplicaSet, as its Deployment or Rollout numbers it. */
export const revisionNumber = ({ metadata: { annotations } }: KubernetesObject): number =>
  Number(annotations?.['deployment.kubernetes.io/revision'] ?? annotations?.['rollout.argoproj.io/revision'] ?? 0)

/** Hash of a ReplicaSet's revision, as its pods carry it. */
export const revisionHash = ({ metadata: { labels } }: KubernetesObject): string | undefined =>
  labels?.['pod-template-hash'] ?? labels?.['rollouts-pod-template-hash']

/** The ReplicaSet of the newest revision. */
export const newestReplicaSet = (view: WorkloadView): KubernetesObject | undefined =>
  view.ownReplicaSets().toSorted((a, b) => revisionNumber(b) - revisionNumber(a))[0]

/** Where a status names its newest revision; the others do not. */
const revisionFields: Partial<Record<PageKind, string>> = {
  StatefulSet: 'updateRevision',
  CloneSet: 'updateRevision',
  AdvancedStatefulSet: 'updateRevision',
  AdvancedDaemonSet: 'daemonSetHash',
}

/** Hash of the newest revision, as pods carry it; undefined where it is not known. */
export const currentHash = (view: WorkloadView): string | undefined => {
  if (viaOf(view.ref.kind) === 'ReplicaSet') {
    const newest = newestReplicaSet(view)
    return newest === undefined ? undefined : revisionHash(newest)
  }
  const field = revisionFields[view.ref.kind]
  const revision = field === undefined ? undefined : valueAt(view.object(), 'status', field)
  return typeof revision === 'string' && revision !== '' ? revision : undefined
}

/** OpenKruise may label pods with the hash alone, without the workload’s name before it. */
const isRevision = (label: string, revision: string): boolean => label === revision || revision.endsWith(`-${label}`)

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
        isCurrent:
          current === undefined || summary.revision === undefined ? undefined : isRevision(summary.revision, current),
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
