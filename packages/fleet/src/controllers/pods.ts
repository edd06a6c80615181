import { createHash } from 'node:crypto'
import { isTree, type KubeObject, type Tree, valueAt } from '../api/kube-object.ts'

const nodes = ['node-1', 'node-2', 'node-3'] as const
/** What a node of the simulated clusters has. */
const NODE_CPUS = 16

const trees = (value: unknown): Tree[] => (Array.isArray(value) ? value.filter(isTree) : [])
const now = (): string => new Date().toISOString().replace(/\.\d+/, '')
const condition = (type: string, isTrue: boolean, reason?: string, message?: string): Tree => ({
  type,
  status: isTrue ? 'True' : 'False',
  lastProbeTime: null,
  lastTransitionTime: now(),
  ...(reason === undefined ? {} : { reason }),
  ...(message === undefined ? {} : { message }),
})

/** What goes wrong with a container, by a word in its image: the simulator's way to be asked for trouble. */
export type Fate = 'runs' | 'broken' | 'crashing' | 'hungry'
export const fateOf = (container: Tree): Fate => {
  const image = String(container['image'] ?? '')
  return (['broken', 'crashing', 'hungry'] as const).find((word) => image.includes(word)) ?? 'runs'
}
const containersOf = (spec: unknown): Tree[] => trees(valueAt(spec, 'containers'))

const cpus = (spec: unknown): number =>
  containersOf(spec).reduce((sum, container) => {
    const text = String(valueAt(container, 'resources', 'requests', 'cpu') ?? '0')
    return sum + (text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text))
  }, 0)

/** Whether pods of this template never become ready. */
export const isDoomed = (template: unknown): boolean => {
  const spec = valueAt(template, 'spec')
  return cpus(spec) > NODE_CPUS || containersOf(spec).some((each) => fateOf(each) !== 'runs')
}
export const isUnschedulable = (spec: unknown): boolean => cpus(spec) > NODE_CPUS

/** Node that takes a pod, always the same for the same name; undefined: none can. */
export const nodeFor = (name: string, spec: unknown): string | undefined =>
  isUnschedulable(spec) ? undefined : nodes[(createHash('sha256').update(name).digest()[0] ?? 0) % nodes.length]

const imageId = (image: string): string =>
  image.includes('@')
    ? image
    : `${image.replace(/:[^:/]*$/, '')}@sha256:${createHash('sha256').update(image).digest('hex')}`

const ended = (exitCode: number, reason: string, message?: string): Tree => ({
  terminated: {
    exitCode,
    reason,
    startedAt: now(),
    finishedAt: now(),
    containerID: 'containerd://0',
    ...(message === undefined ? {} : { message }),
  },
})

/** State of one container that had time to start. */
const startedState = (container: Tree): Tree => {
  const image = String(container['image'] ?? '')
  const name = String(container['name'])
  const backOff = (restarts: number, lastState: Tree): Tree => ({
    ready: false,
    started: false,
    restartCount: restarts,
    lastState,
    state: {
      waiting: {
        reason: 'CrashLoopBackOff',
        message: `back-off 40s restarting failed container=${name}`,
      },
    },
  })
  switch (fateOf(container)) {
    case 'broken':
      return {
        ready: false,
        started: false,
        restartCount: 0,
        lastState: {},
        state: {
          waiting: {
            reason: 'ImagePullBackOff',
            message: `Back-off pulling image "${image}": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`,
          },
        },
      }
    case 'crashing':
      return backOff(4, ended(1, 'Error', 'panic: no route to the database'))
    case 'hungry':
      return backOff(3, ended(137, 'OOMKilled'))
    default:
      return { ready: true, started: true, restartCount: 0, lastState: {}, state: { running: { startedAt: now() } } }
  }
}

const statusOfContainer = (container: Tree, started: boolean): Tree => {
  const image = String(container['image'] ?? '')
  const waiting = {
    ready: false,
    started: false,
    restartCount: 0,
    lastState: {},
    state: { waiting: { reason: 'ContainerCreating' } },
  }
  const state = started ? startedState(container) : waiting
  const ran = started && fateOf(container) !== 'broken'
  return {
    name: container['name'],
    image,
    imageID: ran ? imageId(image) : '',
    ...(ran ? { containerID: `containerd://${createHash('sha256').update(image).digest('hex')}` } : {}),
    ...state,
  }
}

/** Status of a pod: not scheduled, just made, or after its containers had time to start. */
export const podStatus = (pod: KubeObject, started: boolean): Tree => {
  const spec = pod['spec']
  if (isUnschedulable(spec)) {
    const message = `0/${nodes.length} nodes are available: ${nodes.length} Insufficient cpu. preemption: 0/${nodes.length} nodes are available: ${nodes.length} No preemption victims found for incoming pod.`
    return {
      phase: 'Pending',
      qosClass: 'Burstable',
      conditions: [condition('PodScheduled', false, 'Unschedulable', message)],
    }
  }
  const statuses = containersOf(spec).map((container) => statusOfContainer(container, started))
  const unready = statuses.filter(({ ready }) => ready !== true).map(({ name }) => String(name))
  const isReady = unready.length === 0
  const why = isReady ? undefined : `containers with unready status: [${unready.join(' ')}]`
  const reason = isReady ? undefined : 'ContainersNotReady'
  const address = createHash('sha256').update(pod.metadata.name).digest()
  const isRunning = started && statuses.every((each) => each['containerID'] !== undefined)
  return {
    phase: isRunning ? 'Running' : 'Pending',
    qosClass: 'Burstable',
    startTime: now(),
    hostIP: '10.0.0.7',
    podIP: `10.42.${address[0]}.${address[1]}`,
    conditions: [
      condition('PodReadyToStartContainers', started),
      condition('Initialized', true),
      condition('Ready', isReady, reason, why),
      condition('ContainersReady', isReady, reason, why),
      condition('PodScheduled', true),
    ],
    containerStatuses: statuses,
  }
}

/** Whether a pod's containers are still being made. */
export const isStarting = (pod: KubeObject): boolean =>
  trees(valueAt(pod, 'status', 'containerStatuses')).some(
    ({ state }) => valueAt(state, 'waiting', 'reason') === 'ContainerCreating',
  )

/** Whether a pod is ready. */
export const isReady = (pod: KubeObject): boolean =>
  trees(valueAt(pod, 'status', 'conditions')).some(({ type, status }) => type === 'Ready' && status === 'True')
