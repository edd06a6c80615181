import type { ClusterEvent } from './cluster-event.ts'
import { isObject, type KubernetesObject, objectsIn, valueAt } from './kubernetes-object.ts'
import { pullProblem } from './pull-problem.ts'

type Loose = Readonly<Record<string, unknown>>

/** Why a pod does not work. */
export interface PodTrouble {
  /** As Kubernetes calls it: `ImagePullBackOff`, `OOMKilled`, `Unschedulable`. */
  readonly reason: string
  readonly container?: string | undefined
  /** In a few words, equal for pods with the same trouble: «registry says not found». */
  readonly words?: string | undefined
  /** The cluster's own message. */
  readonly message?: string | undefined
  /** `waiting`: it may pass by itself. */
  readonly severity: 'broken' | 'waiting'
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const isBlocking = (reason: string): boolean => /^Err|Error$|BackOff$|^InvalidImageName$/.test(reason)
/** Whether a container waits for its image. */
export const isPull = (reason: string): boolean => /ImagePull|^InvalidImageName$|^ErrImage/.test(reason)

/** Statuses of a pod's containers, init containers first. */
export const containerStatuses = (pod: KubernetesObject): Loose[] =>
  ['initContainerStatuses', 'containerStatuses'].flatMap((list) => objectsIn(valueAt(pod, 'status', list)))

/** A condition of an object's status. */
export const conditionOf = (object: KubernetesObject, type: string): Loose | undefined =>
  objectsIn(valueAt(object, 'status', 'conditions')).find((each) => each['type'] === type)

/** How a container ended, in words: «exit code 137, OOMKilled». */
export const endingInWords = (terminated: unknown): string | undefined => {
  if (!isObject(terminated)) return undefined
  const { reason, exitCode, signal } = terminated
  const code = typeof signal === 'number' && signal > 0 ? `signal ${signal}` : `exit code ${String(exitCode ?? '?')}`
  const named = text(reason)
  return named === '' || named === 'Error' || named === 'Completed' ? code : `${named}, ${code}`
}

const newestMessage = (events: readonly ClusterEvent[], reasons: RegExp): string | undefined =>
  events
    .filter((event) => event.type === 'Warning' && reasons.test(event.reason))
    .toSorted((a, b) => (b.lastAt ?? '').localeCompare(a.lastAt ?? ''))
    .map(({ message }) => message)
    .find((message) => message !== '')

/** Names the container only where there are several: names are long, and alone it is clear. */
const subject = (container: string, isAlone: boolean): string => (isAlone ? '' : `container ${container} `)

const ofWaiting = (status: Loose, isAlone: boolean, events: readonly ClusterEvent[]): PodTrouble | undefined => {
  const waiting = valueAt(status, 'state', 'waiting')
  const reason = text(valueAt(waiting, 'reason'))
  if (!isBlocking(reason)) return undefined
  const container = text(status['name'])
  const message = text(valueAt(waiting, 'message'))
  const base = { reason, container, severity: 'broken' as const }
  if (isPull(reason)) {
    const events_ = newestMessage(events, /^(Failed|InspectFailed)$/)
    // Older kubelets say only «Back-off pulling image» here, and the reason in an event.
    const words = pullProblem(message) ?? (events_ === undefined ? undefined : pullProblem(events_))
    return { ...base, message: message || events_, words }
  }
  if (reason === 'CrashLoopBackOff') {
    const ended = endingInWords(valueAt(status, 'lastState', 'terminated'))
    return {
      ...base,
      message,
      words: ended === undefined ? undefined : `${subject(container, isAlone)}ended with ${ended}`,
    }
  }
  return { ...base, message, words: message === '' ? undefined : message.slice(0, 200) }
}

const ofEnding = (status: Loose, isAlone: boolean): PodTrouble | undefined => {
  if (status['ready'] === true) return undefined
  const container = text(status['name'])
  const now = valueAt(status, 'state', 'terminated')
  const last = valueAt(status, 'lastState', 'terminated')
  const ended =
    isObject(now) && now['exitCode'] !== 0 ? now : valueAt(last, 'reason') === 'OOMKilled' ? last : undefined
  if (!isObject(ended)) return undefined
  const reason = text(ended['reason']) || 'Error'
  const words = `${subject(container, isAlone)}ended with ${endingInWords(ended) ?? 'an error'}`
  return { reason, container, words, message: text(ended['message']), severity: 'broken' }
}

const ofScheduling = (pod: KubernetesObject): PodTrouble | undefined => {
  const scheduled = conditionOf(pod, 'PodScheduled')
  if (scheduled?.['status'] !== 'False') return undefined
  const message = text(scheduled['message'])
  // «0/3 nodes are available: 3 Insufficient cpu. preemption: …»: the first sentence says it.
  const words = message.split(/(?<=\w)\. /, 1)[0] ?? message
  return {
    reason: text(scheduled['reason']) || 'Unschedulable',
    words: words.slice(0, 200) || undefined,
    message,
    severity: 'broken',
  }
}

const ofStarting = (pod: KubernetesObject, events: readonly ClusterEvent[]): PodTrouble | undefined => {
  const isCreating = containerStatuses(pod).some(
    (status) => valueAt(status, 'state', 'waiting', 'reason') === 'ContainerCreating',
  )
  if (!isCreating) return undefined
  const mount = newestMessage(events, /^Failed(Mount|AttachVolume|CreatePodSandBox)$/)
  return mount === undefined
    ? undefined
    : { reason: 'ContainerCreating', words: mount.slice(0, 200), message: mount, severity: 'broken' }
}

const ofReadiness = (pod: KubernetesObject, events: readonly ClusterEvent[]): PodTrouble | undefined => {
  if (valueAt(pod, 'status', 'phase') !== 'Running') return undefined
  const ready = conditionOf(pod, 'Ready')
  if (ready === undefined || ready['status'] === 'True') return undefined
  const unready = containerStatuses(pod).find(
    (status) => status['ready'] === false && isObject(valueAt(status, 'state', 'running')),
  )
  const message = newestMessage(events, /^Unhealthy$/) ?? text(ready['message'])
  return {
    reason: 'NotReady',
    container: unready === undefined ? undefined : text(unready['name']),
    words:
      message.startsWith('Readiness probe') ||
      message.startsWith('Startup probe') ||
      message.startsWith('Liveness probe')
        ? message.slice(0, 200)
        : undefined,
    message,
    severity: 'waiting',
  }
}

const ofPhase = (pod: KubernetesObject): PodTrouble | undefined => {
  if (valueAt(pod, 'status', 'phase') !== 'Failed') return undefined
  const reason = text(valueAt(pod, 'status', 'reason'))
  const message = text(valueAt(pod, 'status', 'message'))
  if (reason === '')
    return containerStatuses(pod)
      .map((status, _, all) => ofEnding(status, all.length === 1))
      .find((found) => found !== undefined)
  return { reason, message, words: message.slice(0, 200) || undefined, severity: 'broken' }
}

/** First reason why a pod does not work, if it does not; init containers count too. `events`: those of this pod. */
export const podTrouble = (pod: KubernetesObject, events: readonly ClusterEvent[] = []): PodTrouble | undefined => {
  if (pod.metadata.deletionTimestamp !== undefined || valueAt(pod, 'status', 'phase') === 'Succeeded') return undefined
  const statuses = containerStatuses(pod)
  const isAlone = statuses.length === 1
  const first = (find: (status: Loose) => PodTrouble | undefined): PodTrouble | undefined => {
    for (const status of statuses) {
      const found = find(status)
      if (found !== undefined) return found
    }
    return undefined
  }
  return (
    ofPhase(pod) ??
    first((status) => ofWaiting(status, isAlone, events)) ??
    first((status) => ofEnding(status, isAlone)) ??
    ofScheduling(pod) ??
    ofStarting(pod, events) ??
    ofReadiness(pod, events)
  )
}

/** A trouble in one line: «ImagePullBackOff, registry says not found». */
export const troubleInWords = ({ reason, words }: PodTrouble): string =>
  words === undefined || words === '' ? reason : `${reason}, ${words}`
