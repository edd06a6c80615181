import { createHash } from 'node:crypto'
import { isTree, type KubeObject, type Tree, valueAt } from './kube-object.ts'

/** A line that a container wrote. */
export interface LoggedLine {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly text: string
}

/** Lines that a container writes while it starts, and then one each so many milliseconds. */
const START_LINES = 40
const EVERY_MS = 1_000

const paths = [
  '/api/items',
  '/api/cart',
  '/healthz',
  '/api/checkout/confirm',
  '/static/app.css',
  '/api/search?q=lantern',
]
const pick = <T>(list: readonly T[], seed: number): T => list[seed % list.length] as T
const seedOf = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0)

/** What a container of the shop says: access lines, JSON, a colour now and then, a long line, a warning. */
const chatter = (pod: string, container: string, index: number): string => {
  const seed = seedOf(`${pod}/${container}/${index}`)
  if (index === 0) return `\u001b[32mINFO\u001b[0m starting ${container}`
  if (index === 1) return `\u001b[32mINFO\u001b[0m listening on port 8080`
  if (index % 23 === 0) return `\u001b[33mWARN\u001b[0m slow answer of upstream: ${200 + (seed % 900)} ms`
  if (index % 31 === 0) return `\u001b[31mERROR\u001b[0m could not reserve stock for order ${seed % 100_000}: retrying`
  if (index % 7 === 0)
    return JSON.stringify({
      level: 'info',
      message: 'order accepted',
      order: seed % 100_000,
      items: (seed % 5) + 1,
      took: `${seed % 90} ms`,
    })
  return `10.42.${seed % 4}.${seed % 250} "GET ${pick(paths, seed)} HTTP/1.1" ${pick([200, 200, 200, 304, 404], seed)} ${seed % 9000} ${seed % 120}ms`
}

const statusOf = (pod: KubeObject, container: string): Tree | undefined => {
  const statuses = valueAt(pod, 'status', 'containerStatuses')
  return (Array.isArray(statuses) ? statuses : []).filter(isTree).find(({ name }) => name === container)
}
const timeOf = (value: unknown): number | undefined => (typeof value === 'string' ? Date.parse(value) : undefined)

/** Logs of the pods of one cluster: what containers say by themselves, and what specs let them say. */
export class PodLogs {
  readonly #said = new Map<string, LoggedLine[]>()

  /** Lets a container say something now. */
  say(namespace: string, pod: string, container: string, text: string): void {
    const key = `${namespace}/${pod}/${container}`
    this.#said.set(key, [...(this.#said.get(key) ?? []), { at: Date.now(), text }])
  }

  /** Everything that a running container wrote from a time on and before another one, in order. */
  current(pod: KubeObject, container: string, after: number, until: number): LoggedLine[] {
    const startedAt = timeOf(valueAt(statusOf(pod, container), 'state', 'running', 'startedAt'))
    if (startedAt === undefined) return []
    const { namespace = '', name } = pod.metadata
    const count = START_LINES + Math.max(Math.floor((until - startedAt) / EVERY_MS), 0)
    const at = (index: number): number =>
      index < START_LINES ? startedAt + index : startedAt + (index - START_LINES + 1) * EVERY_MS
    const first = Math.max(0, Math.floor((after - startedAt) / EVERY_MS) + START_LINES - 2)
    const from = after < startedAt + START_LINES ? 0 : first
    const lines: LoggedLine[] = []
    for (let index = from; index < count; index += 1)
      lines.push({ at: at(index), text: chatter(name, container, index) })
    const said = this.#said.get(`${namespace}/${name}/${container}`) ?? []
    return [...lines, ...said].filter((line) => line.at >= after && line.at < until).sort((a, b) => a.at - b.at)
  }

  /** What the container before the last restart wrote; undefined when it was never restarted. */
  previous(pod: KubeObject, container: string): LoggedLine[] | undefined {
    const ended = valueAt(statusOf(pod, container), 'lastState', 'terminated')
    const finishedAt = timeOf(valueAt(ended, 'finishedAt'))
    if (finishedAt === undefined) return undefined
    const lines = Array.from({ length: 20 }, (_, index) => ({
      at: finishedAt - (21 - index) * 100,
      text: chatter(pod.metadata.name, container, index),
    }))
    const message = String(valueAt(ended, 'message') ?? 'Killed')
    return [...lines, { at: finishedAt, text: message }]
  }
}
