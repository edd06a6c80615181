import type { ClusterEvent } from './cluster-event.ts'
import { type KubernetesObject, valueAt } from './kubernetes-object.ts'
import { podSummary } from './pod-summary.ts'
import { isPull, type PodTrouble, podTrouble } from './pod-trouble.ts'

/** What a pod says of the workload that it belongs to. */
export interface PodState {
  /** It has ended, or is on its way out: it counts no more. */
  readonly isOver: boolean
  /** All its containers are ready. */
  readonly isReady: boolean
  readonly restarts: number
  /** RFC 3339. */
  readonly lastRestartAt?: string | undefined
  readonly trouble?: PodTrouble | undefined
}

const isOver = (pod: KubernetesObject): boolean =>
  ['Succeeded', 'Failed'].includes(String(valueAt(pod, 'status', 'phase'))) ||
  pod.metadata.deletionTimestamp !== undefined

/** Reduces a pod to what the status of its workload needs. `events`: those of this pod. */
export const podState = (pod: KubernetesObject, events: readonly ClusterEvent[] = []): PodState => {
  const over = isOver(pod)
  const { ready, total, restarts, lastRestartAt } = podSummary(pod)
  return {
    isOver: over,
    isReady: total > 0 && ready === total,
    restarts,
    lastRestartAt,
    trouble: over ? undefined : podTrouble(pod, events),
  }
}

/** The same for many pods, with the events of all of them. */
export const podStates = (pods: readonly KubernetesObject[], events: readonly ClusterEvent[] = []): PodState[] => {
  const byPod = Map.groupBy(events, ({ object }) => object.uid)
  return pods.map((pod) => podState(pod, byPod.get(pod.metadata.uid ?? '') ?? []))
}

/**
 * A state with the reason that the pod gave before: kubelets before 1.30 say why an image cannot be pulled only at the
 * moment when they try (`ErrImagePull`), and not between two tries (`ImagePullBackOff`).
 */
export const withEarlierReason = (now: PodState, before: () => PodState | undefined): PodState => {
  const { trouble } = now
  if (trouble === undefined || trouble.words !== undefined || !isPull(trouble.reason)) return now
  const earlier = before()?.trouble
  if (earlier?.words === undefined || !isPull(earlier.reason) || earlier.container !== trouble.container) return now
  return { ...now, trouble: { ...trouble, words: earlier.words, message: earlier.message } }
}
