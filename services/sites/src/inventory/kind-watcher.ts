import type { SiteProblem } from '@rancher-hub/contracts'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import type { KubeApi, Select, WatchedKind } from '../connection/kube-api.ts'
import { hasStatus, SiteError } from '../egress/site-error.ts'
import { backoffMs, waited } from './backoff.ts'

/** Times of list and watch, milliseconds. */
export interface WatchTiming {
  /** A watch without a byte for this long is dead; API servers send a bookmark about once a minute. */
  readonly silenceMs: number
  /** Seconds after which the server ends a watch by itself (up to a fifth more). */
  readonly watchSeconds: number
  readonly retryBaseMs: number
  readonly retryMaxMs: number
  /** When a kind that may not be read is tried again. */
  readonly forbiddenRetryMs: number
}
export const defaultWatchTiming: WatchTiming = {
  silenceMs: 100_000,
  watchSeconds: 270,
  retryBaseMs: 500,
  retryMaxMs: 30_000,
  forbiddenRetryMs: 60_000,
}

/** What a watcher tells, in order. */
export interface WatchSink {
  /** All objects there are; what is not among them is gone. */
  replace(objects: readonly KubernetesObject[]): void
  upsert(object: KubernetesObject): void
  remove(object: KubernetesObject): void
  /** Changes arrive as they happen. */
  connected(): void
  forbidden(problem: SiteProblem): void
  /** What is known may be old from now on. */
  lost(problem: SiteProblem): void
}

export interface WatcherOptions {
  readonly kind: WatchedKind
  readonly namespace: string
  /** Only these; default: all. */
  readonly select?: Select | undefined
  /** Opened anew for every connection: a site's credentials may have changed. */
  readonly api: () => Promise<KubeApi>
  readonly sink: WatchSink
  readonly timing: WatchTiming
  readonly signal: AbortSignal
}

/** A watch that fails that often from one version, without a change in between, is begun anew with a list. */
const FAILURES_UNTIL_LIST = 3

const toProblem = (error: unknown): SiteProblem =>
  error instanceof SiteError
    ? error.problem
    : { code: 'upstream-error', message: 'The site’s data could not be used. The log of the hub has the reason.' }

const listAll = async ({ kind, namespace, signal, sink, select }: WatcherOptions, api: KubeApi): Promise<string> => {
  const found: KubernetesObject[] = []
  let resourceVersion = ''
  for await (const page of api.list(kind, namespace, signal, select)) {
    found.push(...page.items)
    resourceVersion = page.resourceVersion
  }
  sink.replace(found)
  return resourceVersion
}

/** One connection's worth of changes. Returns where to go on; undefined: list again. */
const watchOnce = async (
  options: WatcherOptions,
  api: KubeApi,
  from: string,
  seen: (version: string) => void,
): Promise<string | undefined> => {
  const { kind, namespace, select, sink, timing, signal } = options
  const timeoutSeconds = Math.round(timing.watchSeconds * (1 + Math.random() / 5))
  let resourceVersion = from
  for await (const event of api.watch(kind, namespace, {
    resourceVersion,
    timeoutSeconds,
    silenceMs: timing.silenceMs,
    signal,
    select,
  })) {
    if (event.type === 'expired') return undefined
    if (event.type === 'open') {
      sink.connected()
      continue
    }
    if (event.type === 'BOOKMARK') resourceVersion = event.resourceVersion
    else {
      resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion
      if (event.type === 'DELETED') sink.remove(event.object)
      else sink.upsert(event.object)
    }
    seen(resourceVersion)
  }
  return resourceVersion
}

/**
 * Keeps one kind of one namespace known: list, then watch from there; after a cut it goes on where it was, after «too
 * old» (410), or when that fails again and again, it lists again. Runs until `signal` aborts; throws nothing.
 */
export const watchKind = async (options: WatcherOptions, onDefect: (error: unknown) => void): Promise<void> => {
  const { sink, timing, signal } = options
  let resourceVersion: string | undefined
  let failures = 0
  let failuresOfWatch = 0
  while (!signal.aborted) {
    let pause: number
    const begun = Date.now()
    try {
      const api = await options.api()
      if (resourceVersion === undefined) {
        resourceVersion = await listAll(options, api)
        failuresOfWatch = 0
      }
      resourceVersion = await watchOnce(options, api, resourceVersion, (version) => {
        resourceVersion = version
        failures = 0
        failuresOfWatch = 0
      })
      // A server that ends watches at once must not be asked in a circle.
      failures = Date.now() - begun < 1000 ? failures + 1 : 0
      pause = failures > 1 ? backoffMs(failures, timing.retryBaseMs, timing.retryMaxMs) : 0
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof SiteError)) onDefect(error)
      if (hasStatus(error, 403)) {
        resourceVersion = undefined
        sink.forbidden(error.problem)
        pause = timing.forbiddenRetryMs
      } else {
        sink.lost(toProblem(error))
        pause = Math.max(
          backoffMs(failures, timing.retryBaseMs, timing.retryMaxMs),
          error instanceof SiteError ? Math.min(error.retryAfterMs ?? 0, 60_000) : 0,
        )
      }
      failures += 1
      failuresOfWatch += 1
      if (failuresOfWatch >= FAILURES_UNTIL_LIST) resourceVersion = undefined
    }
    if (pause > 0 && !(await waited(pause, signal))) return
  }
}
