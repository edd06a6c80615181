import { type InputOf, readPodLog } from '@rancher-hub/contracts'
import { type Handler, handleStream, type RefusedError, refuse } from '@rancher-hub/service-kit'
import { toNetworkError } from '../egress/network-problem.ts'
import { hasStatus, SiteError } from '../egress/site-error.ts'
import { defaultLogTiming, type LogTiming, logChunks } from './log-chunks.ts'
import { instanceOf, type WorkloadDeps } from './workload-deps.ts'

/** A container may say nothing for as long as it likes; connections that are dead without a word end here. */
const SILENCE_MS = 2 * defaultLogTiming.totalMs
/** A little more than the hub hands on: the rest is counted, not kept. */
const LIMIT_BYTES = 256 * 1024 * 1024

/** What a person needs when there is no log: the cluster's own words carry it (kubelet, pods/log). */
const refusalFor = (error: SiteError, { pod, previous }: InputOf<typeof readPodLog>): RefusedError => {
  const { problem } = error
  const words = problem.upstream ?? ''
  const details = { problem }
  if (hasStatus(error, 404) && /pods? "/.test(words))
    return refuse(readPodLog, 'no-log', details, `The pod ${pod} is not there any more.`)
  if (/previous terminated container/.test(words))
    return refuse(readPodLog, 'no-log', details, 'This container has not been restarted: there is no log from before.')
  const waiting = /is waiting to start: (.*)$/.exec(words)
  if (waiting !== null)
    return refuse(
      readPodLog,
      'no-log',
      details,
      `The container has not started yet, so it has no log${waiting[1] === '' ? '' : `: ${waiting[1]}`}.`,
    )
  if (hasStatus(error, 400)) {
    const lost = previous ? ' The log from before the last restart may have been removed.' : ''
    return refuse(readPodLog, 'no-log', details, `There is no such log: ${words || problem.message}.${lost}`)
  }
  return refuse(readPodLog, 'site-problem', details, problem.message)
}

/** Failures of the connection while lines come in, as sentences. */
const readable = async function* (body: AsyncIterable<Uint8Array>, host: string): AsyncIterable<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw toNetworkError(error, host)
  }
}

/** Answers `sites.read-pod-log`. Nothing of a log is kept, and nothing of it goes into the hub's own log. */
export const answerReadPodLog = (deps: WorkloadDeps, timing: LogTiming = defaultLogTiming): Handler =>
  handleStream(readPodLog, async function* (input, ctx) {
    const { instanceId, pod, container, tail, follow, previous, sinceSeconds, after, text } = input
    const instance = await instanceOf(deps, readPodLog, instanceId, ctx)
    const stopped = new AbortController()
    const signal = AbortSignal.any([ctx.signal, stopped.signal, deps.stopping])
    try {
      const api = await deps.apiOf(instance)
      const body = await api.log(instance.namespace, pod, {
        container,
        follow,
        previous,
        tailLines: after === undefined ? tail : undefined,
        sinceSeconds: after === undefined ? sinceSeconds : undefined,
        sinceTime: after,
        limitBytes: follow ? undefined : LIMIT_BYTES,
        silenceMs: SILENCE_MS,
        signal,
      })
      yield { kind: 'open' as const }
      yield* logChunks(
        readable(body, api.host),
        { text, after },
        timing,
        () => ctx.now().getTime(),
        () => stopped.abort(),
      )
    } catch (error) {
      if (ctx.signal.aborted) return
      if (deps.stopping.aborted) throw refuse(readPodLog, 'unavailable')
      if (error instanceof SiteError) throw refusalFor(error, input)
      throw error
    } finally {
      stopped.abort()
    }
  })
