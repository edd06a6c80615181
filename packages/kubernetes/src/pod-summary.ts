import { isObject, type KubernetesObject, objectsIn, valueAt } from './kubernetes-object.ts'
import { conditionOf } from './pod-trouble.ts'

type Loose = Readonly<Record<string, unknown>>

/** How a container ended last. */
export interface Termination {
  readonly container: string
  readonly reason?: string | undefined
  readonly exitCode: number
  readonly signal?: number | undefined
  readonly at?: string | undefined
  readonly message?: string | undefined
}

/** One container of a pod as it runs. */
export interface PodContainer {
  readonly name: string
  readonly role: 'init' | 'sidecar' | 'main' | 'ephemeral'
  readonly image: string
  readonly state: 'running' | 'waiting' | 'terminated' | 'unknown'
  readonly reason?: string | undefined
  readonly ready: boolean
  readonly restarts: number
  readonly hasPrevious: boolean
}

/** A pod as `kubectl get pods` shows it, with its containers. */
export interface PodSummary {
  readonly name: string
  readonly uid: string
  /** kubectl's STATUS: `Running`, `CrashLoopBackOff`, `Init:0/1`, `Terminating`. */
  readonly status: string
  readonly phase: string
  readonly ready: number
  readonly containers: readonly PodContainer[]
  /** Containers that count for `ready`. */
  readonly total: number
  readonly restarts: number
  readonly lastRestartAt?: string | undefined
  readonly lastTermination?: Termination | undefined
  readonly node?: string | undefined
  readonly createdAt?: string | undefined
  /** `pod-template-hash`, `rollouts-pod-template-hash` of Argo Rollouts, or `controller-revision-hash`. */
  readonly revision?: string | undefined
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const optional = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const count = (value: unknown): number => (typeof value === 'number' ? value : 0)
const listOf = (pod: KubernetesObject, list: string): Loose[] => objectsIn(valueAt(pod, 'status', list))

const isSidecar = (pod: KubernetesObject, name: unknown): boolean =>
  objectsIn(valueAt(pod, 'spec', 'initContainers')).some(
    (each) => each['name'] === name && each['restartPolicy'] === 'Always',
  )

const exitText = (terminated: Loose): string => {
  const { signal, exitCode } = terminated
  return typeof signal === 'number' && signal !== 0 ? `Signal:${signal}` : `ExitCode:${count(exitCode)}`
}

/** What an init container that has not done its work makes of the status; undefined when it has. */
const initStatus = (status: Loose, sidecar: boolean, index: number, total: number): string | undefined => {
  const terminated = valueAt(status, 'state', 'terminated')
  if (isObject(terminated)) {
    if (terminated['exitCode'] === 0) return undefined
    return `Init:${text(terminated['reason']) || exitText(terminated)}`
  }
  if (sidecar && status['started'] === true) return undefined
  const waiting = text(valueAt(status, 'state', 'waiting', 'reason'))
  return waiting !== '' && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${total}`
}

const initializing = (pod: KubernetesObject): string | undefined => {
  const inits = listOf(pod, 'initContainerStatuses')
  const total = objectsIn(valueAt(pod, 'spec', 'initContainers')).length
  for (const [index, status] of inits.entries()) {
    const found = initStatus(status, isSidecar(pod, status['name']), index, total)
    if (found !== undefined) return found
  }
  return undefined
}

const runningStatus = (pod: KubernetesObject, phase: string): string => {
  let reason = phase
  let hasRunning = false
  for (const status of listOf(pod, 'containerStatuses').toReversed()) {
    const waiting = text(valueAt(status, 'state', 'waiting', 'reason'))
    const terminated = valueAt(status, 'state', 'terminated')
    if (waiting !== '') reason = waiting
    else if (isObject(terminated)) reason = text(terminated['reason']) || exitText(terminated)
    else if (status['ready'] === true && isObject(valueAt(status, 'state', 'running'))) hasRunning = true
  }
  if (reason !== 'Completed' || !hasRunning) return reason
  return conditionOf(pod, 'Ready')?.['status'] === 'True' ? 'Running' : 'NotReady'
}

/** kubectl's STATUS column (`pkg/printers/internalversion/printers.go`, printPod). */
const statusOf = (pod: KubernetesObject): string => {
  const phase = text(valueAt(pod, 'status', 'phase')) || 'Unknown'
  const own = text(valueAt(pod, 'status', 'reason'))
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (own === 'NodeLost') return 'Unknown'
    if (phase !== 'Succeeded' && phase !== 'Failed') return 'Terminating'
  }
  const init = initializing(pod)
  if (init !== undefined && conditionOf(pod, 'Initialized')?.['status'] !== 'True') return init
  const gated = conditionOf(pod, 'PodScheduled')?.['reason'] === 'SchedulingGated'
  return runningStatus(pod, own || (gated ? 'SchedulingGated' : phase))
}

const states = ['running', 'waiting', 'terminated'] as const

const toContainer = (pod: KubernetesObject, role: PodContainer['role'], status: Loose): PodContainer => {
  const state = states.find((each) => isObject(valueAt(status, 'state', each))) ?? 'unknown'
  return {
    name: text(status['name']),
    role: role === 'init' && isSidecar(pod, status['name']) ? 'sidecar' : role,
    image: text(status['image']),
    state,
    reason: optional(valueAt(status, 'state', state, 'reason')),
    ready: status['ready'] === true,
    restarts: count(status['restartCount']),
    hasPrevious: isObject(valueAt(status, 'lastState', 'terminated')),
  }
}

/** Containers that the spec names, for pods that no node has taken yet. */
const specContainers = (pod: KubernetesObject): PodContainer[] =>
  objectsIn(valueAt(pod, 'spec', 'containers')).map(({ name, image }) => ({
    name: text(name),
    role: 'main',
    image: text(image),
    state: 'unknown',
    ready: false,
    restarts: 0,
    hasPrevious: false,
  }))

const MAX_MESSAGE = 2_000

const lastTermination = (statuses: readonly Loose[]): Termination | undefined => {
  const ended = statuses.flatMap((status): Termination[] =>
    [valueAt(status, 'state', 'terminated'), valueAt(status, 'lastState', 'terminated')]
      .filter(isObject)
      .map((each) => ({
        container: text(status['name']),
        reason: optional(each['reason']),
        exitCode: count(each['exitCode']),
        signal: typeof each['signal'] === 'number' && each['signal'] !== 0 ? each['signal'] : undefined,
        at: optional(each['finishedAt']),
        message: optional(each['message'])?.slice(0, MAX_MESSAGE),
      })),
  )
  return ended.toSorted((a, b) => (b.at ?? '').localeCompare(a.at ?? ''))[0]
}

/** Reduces a pod to what lists show. */
export const podSummary = (pod: KubernetesObject): PodSummary => {
  const inits = listOf(pod, 'initContainerStatuses')
  const mains = listOf(pod, 'containerStatuses')
  const found = [
    ...inits.map((status) => toContainer(pod, 'init', status)),
    ...(mains.length === 0 ? specContainers(pod) : mains.map((status) => toContainer(pod, 'main', status))),
    ...listOf(pod, 'ephemeralContainerStatuses').map((status) => toContainer(pod, 'ephemeral', status)),
  ]
  const counted = found.filter(({ role }) => role === 'main' || role === 'sidecar')
  // Init containers that did their work are no news, the same as with kubectl, which shows restarts of the others.
  const termination = lastTermination([
    ...inits.filter((each) => valueAt(each, 'state', 'terminated', 'exitCode') !== 0),
    ...mains,
  ])
  const labels = pod.metadata.labels ?? {}
  return {
    name: pod.metadata.name,
    uid: pod.metadata.uid ?? '',
    status: statusOf(pod),
    phase: text(valueAt(pod, 'status', 'phase')) || 'Unknown',
    ready: counted.filter(({ ready }) => ready).length,
    total: counted.length,
    containers: found,
    restarts: counted.reduce((sum, { restarts }) => sum + restarts, 0),
    lastRestartAt: mains
      .map((status) => optional(valueAt(status, 'lastState', 'terminated', 'finishedAt')))
      .filter((at) => at !== undefined)
      .toSorted()
      .at(-1),
    lastTermination: termination,
    node: optional(valueAt(pod, 'spec', 'nodeName')),
    createdAt: optional(pod.metadata.creationTimestamp),
    revision: labels['pod-template-hash'] ?? labels['rollouts-pod-template-hash'] ?? labels['controller-revision-hash'],
  }
}
