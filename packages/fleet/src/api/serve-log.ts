import type { ServerResponse } from 'node:http'
import { ApiError, badRequest } from './api-error.ts'
import type { Cluster } from './cluster.ts'
import { isTree, type KubeObject, type Tree, valueAt } from './kube-object.ts'
import type { LoggedLine } from './pod-logs.ts'
import type { Target } from './resources.ts'

const FOLLOW_EVERY_MS = 50

/** PodLogOptions (core/v1). */
interface LogOptions {
  readonly container: string
  readonly follow: boolean
  readonly previous: boolean
  readonly timestamps: boolean
  readonly tailLines: number | undefined
  /** Milliseconds since 1970. */
  readonly since: number
  readonly limitBytes: number | undefined
}

const trees = (value: unknown): Tree[] => (Array.isArray(value) ? value.filter(isTree) : [])
const isOn = (value: string | null): boolean => value === 'true' || value === '1'

const invalidOptions = (field: string, problem: string): ApiError =>
  new ApiError(422, 'Invalid', `PodLogOptions "" is invalid: ${field}: ${problem}`, {
    kind: 'PodLogOptions',
    causes: [{ reason: 'FieldValueInvalid', message: problem, field }],
  })

/** The container that is meant. @throws ApiError 400 in the words of the API server (`registry/core/pod`, LogLocation) */
const containerOf = (pod: KubeObject, wanted: string | null): string => {
  const { name } = pod.metadata
  const names = ['initContainers', 'containers', 'ephemeralContainers']
    .flatMap((list) => trees(valueAt(pod, 'spec', list)))
    .map((each) => String(each['name']))
  if (wanted !== null && wanted !== '') {
    if (!names.includes(wanted)) throw badRequest(`container ${wanted} is not valid for pod ${name}`)
    return wanted
  }
  const [only, ...others] = names
  if (only === undefined || others.length > 0)
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]`)
  return only
}

const numberOf = (query: URLSearchParams, key: string, least: number): number | undefined => {
  const text = query.get(key)
  if (text === null) return undefined
  const value = Number(text)
  if (!Number.isInteger(value)) throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`)
  const problem = `Invalid value: ${value}: must be greater than ${least === 0 ? 'or equal to 0' : '0'}`
  if (value < least) throw invalidOptions(key, problem)
  return value
}

const optionsOf = (pod: KubeObject, query: URLSearchParams): LogOptions => {
  const seconds = numberOf(query, 'sinceSeconds', 1)
  const time = query.get('sinceTime')
  if (seconds !== undefined && time !== null)
    throw new ApiError(
      422,
      'Invalid',
      'PodLogOptions "" is invalid: at most one of `sinceTime` or `sinceSeconds` may be specified',
    )
  return {
    container: containerOf(pod, query.get('container')),
    follow: isOn(query.get('follow')),
    previous: isOn(query.get('previous')),
    timestamps: isOn(query.get('timestamps')),
    tailLines: numberOf(query, 'tailLines', 0),
    since: time === null ? (seconds === undefined ? 0 : Date.now() - seconds * 1000) : Date.parse(time),
    limitBytes: numberOf(query, 'limitBytes', 1),
  }
}

const statusOf = (pod: KubeObject, container: string): Tree | undefined =>
  trees(valueAt(pod, 'status', 'containerStatuses')).find(({ name }) => name === container)

const waitingWords: Readonly<Record<string, string>> = {
  ImagePullBackOff: 'trying and failing to pull image',
  ErrImagePull: "image can't be pulled",
}

/** Refuses what a kubelet refuses, in its words (`pkg/kubelet`, validateContainerLogStatus). @throws ApiError 400 */
const assertHasLog = (cluster: Cluster, pod: KubeObject, { container, previous }: LogOptions): void => {
  const { name } = pod.metadata
  if (previous) {
    if (cluster.logs.previous(pod, container) === undefined)
      throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`)
    return
  }
  const reason = String(valueAt(statusOf(pod, container), 'state', 'waiting', 'reason') ?? '')
  if (reason === '' || reason === 'CrashLoopBackOff') return
  throw badRequest(`container "${container}" in pod "${name}" is waiting to start: ${waitingWords[reason] ?? reason}`)
}

const write = (
  response: ServerResponse,
  lines: readonly LoggedLine[],
  { timestamps, limitBytes }: LogOptions,
): void => {
  const text = lines.map(
    (line) => `${timestamps ? `${new Date(line.at).toISOString().replace('Z', '000001Z')} ` : ''}${line.text}\n`,
  )
  if (text.length === 0) return
  const whole = Buffer.from(text.join(''))
  response.write(limitBytes === undefined ? whole : whole.subarray(0, limitBytes))
}

/** Sends new lines until the caller leaves or the pod is gone. */
const follow = (
  cluster: Cluster,
  target: Target,
  options: LogOptions,
  response: ServerResponse,
  from: number,
): void => {
  let until = from
  const timer = setInterval(() => {
    const pod = cluster.find(target.resource, target.namespace, target.name ?? '')
    if (pod === undefined) return void response.end()
    const now = Date.now()
    write(response, cluster.logs.current(pod, options.container, Math.max(until, options.since), now), options)
    until = now
  }, FOLLOW_EVERY_MS)
  response.on('close', () => clearInterval(timer))
}

/** Answers `GET …/pods/<name>/log`. @throws ApiError */
export const serveLog = (cluster: Cluster, target: Target, query: URLSearchParams, response: ServerResponse): void => {
  const pod = cluster.get(target.resource, target.namespace, target.name ?? '')
  const options = optionsOf(pod, query)
  const isPlaced = typeof valueAt(pod, 'spec', 'nodeName') === 'string'
  if (!isPlaced) return void response.writeHead(204).end()
  assertHasLog(cluster, pod, options)
  const now = Date.now()
  const found = options.previous
    ? (cluster.logs.previous(pod, options.container) ?? []).filter(({ at }) => at >= options.since)
    : // What crashed last is what a waiting container has to show.
      ((statusOf(pod, options.container)?.['ready'] === false
        ? cluster.logs.previous(pod, options.container)
        : undefined) ?? cluster.logs.current(pod, options.container, options.since, now))
  const { tailLines } = options
  const shown = tailLines === undefined ? found : tailLines === 0 ? [] : found.slice(-tailLines)
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.flushHeaders()
  write(response, shown, options)
  if (options.follow && !options.previous) follow(cluster, target, options, response, now)
  else response.end()
}
