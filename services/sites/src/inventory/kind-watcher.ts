import type { SiteProblem } from '@rancher-hub/contracts'
import { pause } from '@rancher-hub/service-kit'
import type { KubeApi, Select, WatchedKind } from '../connection/kube-api.ts'
import { hasStatus, SiteError } from '../egress/site-error.ts'
import { SitePausedError } from '../throttle/call-result.ts'
import { backoffMs } from './backoff.ts'
import type { ClusterHistory } from './cluster-history.ts'
import { listKind } from './list-kind.ts'
import { isBefore } from './resource-versions.ts'
import type { WatchSink } from './watch-sink.ts'
import type { WatchTiming } from './watch-timing.ts'
import { createSinkTrack, type WatchTrack } from './watch-track.ts'

export type { WatchSink } from './watch-sink.ts'
export { defaultWatchTiming, type WatchTiming } from './watch-timing.ts'

export interface FollowOptions {
  readonly kind: WatchedKind
  /** Undefined: of the whole cluster. */
  readonly namespace: string | undefined
  /** Only these; default: all. */
  readonly select?: Select | undefined
  /** Opened anew for every connection: a site's credentials may have changed. */
  readonly api: () => Promise<KubeApi>
  readonly track: WatchTrack
  readonly timing: WatchTiming
  readonly signal: AbortSignal
  /** Objects in a page of a list; default: the API's usual size. */
  readonly pageSize?: number | undefined
  /** Waits before another try; false: stopped meanwhile. Default: {@link pause}. */
  readonly pause?: typeof pause | undefined
  /** Whose changes they are; default: not looked at. */
  readonly history?: ClusterHistory | undefined
  /** Since when it is in doubt that the track’s version is one of this cluster (`performance.now()`); default: it is not. */
  readonly doubtSince?: number | undefined
}

export interface WatcherOptions extends Omit<FollowOptions, 'track' | 'doubtSince'> {
  readonly sink: WatchSink
}

/** A watch that fails that often from one version, without a change in between, is begun anew with a list. */
const FAILURES_UNTIL_LIST = 3
/** A watch that ends sooner than this did not last. */
const SHORT_MS = 1000
/** What has not come after so long, a watch or a list after the first, is told as lost; it is waited for all the same. */
const LATE_MS = 10_000
const notOpened: SiteProblem = {
  code: 'timed-out',
  message: 'The cluster does not answer. What was known before is shown; changes since then are not.',
}
const notListed: SiteProblem = {
  code: 'timed-out',
  message: 'The cluster has not told yet all that there is now. What is shown is from before.',
}
/** Longest pause that a server can ask a watcher for. */
const MAX_RETRY_AFTER_MS = 60_000

const toProblem = (error: unknown): SiteProblem =>
  error instanceof SiteError
    ? error.problem
    : { code: 'upstream-error', message: 'The site’s data could not be used. The log of the hub has the reason.' }

interface WatchState {
  /** Since when the server has to show that it is the same as before; undefined: it need not. */
  doubtSince: number | undefined
  readonly progressed: () => void
}

/** Tells that something is late, unless it is disposed of before. */
const tellLate = ({ track, timing }: FollowOptions, problem: SiteProblem): Disposable => {
  const timer = setTimeout(() => track.late(problem), Math.min(timing.silenceMs, LATE_MS))
  return { [Symbol.dispose]: () => clearTimeout(timer) }
}

/** One connection's worth of changes, up to its end. */
const watchOnce = async (options: FollowOptions, api: KubeApi, from: string, state: WatchState): Promise<void> => {
  const { kind, namespace, select, track, timing, signal, history } = options
  const timeoutSeconds = Math.round(timing.watchSeconds * (1 + Math.random() / 5))
  const { silenceMs } = timing
  const known = { version: from, epoch: track.epoch() }
  const begun = performance.now()
  const watch = { resourceVersion: from, timeoutSeconds, silenceMs, signal, select }
  // Calls wait while a site is paused: meanwhile what is known gets old.
  using late = tellLate(options, notOpened)
  for await (const event of api.watch(kind, namespace, watch)) {
    // Lines that had been read already when another watch took over.
    if (signal.aborted) return
    if (event.type === 'open') {
      const since = state.doubtSince
      if (since !== undefined && history !== undefined && !(await history.goesOn(api, options, { ...known, since })))
        return track.forget()
      state.doubtSince = undefined
      late[Symbol.dispose]()
      if (!signal.aborted) track.connected()
      continue
    }
    if (event.type === 'expired') return track.forget()
    const version = event.type === 'BOOKMARK' ? event.resourceVersion : (event.object.metadata.resourceVersion ?? '')
    // Changes from before the beginning are those of another cluster, or of a backup.
    if (isBefore(version, from)) return track.forget()
    if (event.type === 'BOOKMARK') track.passed(version)
    else track.changed(event)
    state.progressed()
  }
  // A server that ends a watch before its time is going down, or is not the same any more.
  if (performance.now() - begun < timeoutSeconds * 900) state.doubtSince ??= performance.now()
}

/** Lists where that is needed. Undefined: stopped meanwhile. */
const knownVersion = async (options: FollowOptions, api: KubeApi, listed: () => void): Promise<string | undefined> => {
  const { track, timing, signal, history } = options
  const known = track.version()
  if (known !== undefined) return known
  history?.learn(api)
  if (track.wasListed() && !(await pause(Math.random() * timing.relistJitterMs, signal))) return undefined
  using _ = track.wasListed() ? tellLate(options, notListed) : undefined
  const epoch = history?.epoch() ?? 0
  const { objects, resourceVersion } = await listKind(api, { ...options, wants: track.wants })
  if (signal.aborted) return undefined
  listed()
  track.listed(objects, resourceVersion, epoch)
  return resourceVersion
}

const pauseAfter = (error: unknown, failures: number, timing: WatchTiming): number => {
  if (hasStatus(error, 403)) return timing.forbiddenRetryMs
  const asked = error instanceof SiteError ? Math.min(error.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS) : 0
  return Math.max(backoffMs(failures, timing.retryBaseMs, timing.retryMaxMs), asked)
}

/**
 * Keeps one kind known: list, then watch from there; after a cut it goes on where it was, after «too old» (410), or
 * when that fails again and again, or when the cluster turns out to be another one, it lists again. Goes on from where
 * its track is. Runs until `signal` aborts; throws nothing.
 */
export const followKind = async (options: FollowOptions, onDefect: (error: unknown) => void): Promise<void> => {
  const { track, timing, signal, pause: wait = pause } = options
  let failures = 0
  let failuresOfWatch = 0
  const listed = (): void => {
    failuresOfWatch = 0
  }
  const progressed = (): void => {
    failures = 0
    failuresOfWatch = 0
  }
  const state: WatchState = { doubtSince: options.doubtSince, progressed }
  while (!signal.aborted) {
    let waitMs: number
    const begun = performance.now()
    try {
      const api = await options.api()
      const from = await knownVersion(options, api, listed)
      if (from === undefined || signal.aborted) return
      await watchOnce(options, api, from, state)
      // A server that ends watches at once must not be asked in a circle.
      failures = performance.now() - begun < SHORT_MS ? failures + 1 : 0
      waitMs = failures > 1 ? backoffMs(failures, timing.retryBaseMs, timing.retryMaxMs) : 0
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof SiteError)) onDefect(error)
      if (hasStatus(error, 403)) track.forbidden(error.problem)
      else track.lost(toProblem(error))
      waitMs = pauseAfter(error, failures, timing)
      state.doubtSince ??= performance.now()
      failures += 1
      // Nothing was sent while a site is paused: that says nothing of the watch.
      if (!(error instanceof SitePausedError)) failuresOfWatch += 1
      if (failuresOfWatch >= FAILURES_UNTIL_LIST) track.forget()
    }
    if (waitMs > 0 && !(await wait(waitMs, signal))) return
  }
}

/** Keeps the sink told of one kind of one place, see {@link followKind}. */
export const watchKind = async (
  { sink, ...options }: WatcherOptions,
  onDefect: (error: unknown) => void,
): Promise<void> => await followKind({ ...options, track: createSinkTrack(sink) }, onDefect)
