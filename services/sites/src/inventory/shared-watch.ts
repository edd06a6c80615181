import type { SiteProblem } from '@rancher-hub/contracts'
import type { WatchedKind } from '../connection/kube-api.ts'
import { SiteError } from '../egress/site-error.ts'
import type { ClusterHistory } from './cluster-history.ts'
import { type ClusterTrack, createClusterTrack } from './cluster-track.ts'
import { type FollowOptions, followKind } from './kind-watcher.ts'
import { compareVersions, isBefore } from './resource-versions.ts'
import { createSharedMember, type SharedMember, type SharedRequest } from './shared-member.ts'
import { isListedAtOnce, isSharingCheaper, isWorthKeeping, mayShare } from './watch-plan.ts'
import type { WatchTiming } from './watch-timing.ts'

/** One kind of one cluster, for all who want it: each watches its own namespace, or they share a cluster-wide watch. */
export interface SharedWatch {
  /** Keeps a sink told until its signal aborts. */
  join(request: SharedRequest): Promise<void>
  /** How many are here. */
  size(): number
  /** How many are told by the cluster-wide watch; 0: there is none. */
  sharing(): number
  /** Resolves when every cluster-wide watch has ended; the last ends with the last who needs it. */
  ended(): Promise<void>
}

export interface SharedWatchOptions {
  readonly kind: WatchedKind
  readonly timing: WatchTiming
  readonly history: ClusterHistory
  readonly onDefect: (error: unknown) => void
  readonly pageSize?: number | undefined
  /** Waits before another try, see {@link FollowOptions}. */
  readonly pause?: FollowOptions['pause']
}

/** A cluster-wide watch that fails so often in a row is given up: namespaces by themselves may be answered. */
const FAILURES_UNTIL_OWN = 5

const boundObjects = (members: readonly SharedMember[]): number =>
  new Map(members.map(({ namespace, track }) => [namespace, track.count()])).values().reduce((sum, n) => sum + n, 0)

/** Whether versions can be compared, and are those of the cluster that is there now. */
const isReady = ({ track }: SharedMember, history: ClusterHistory): boolean => {
  const version = track.version()
  return version !== undefined && compareVersions(version, version) === 0 && track.epoch() === history.epoch()
}

const oldest = (members: readonly SharedMember[]): string =>
  members.map(({ track }) => track.version() ?? '').reduce((a, b) => (isBefore(b, a) ? b : a))

export const createSharedWatch = (options: SharedWatchOptions): SharedWatch => {
  const { kind, timing, history, onDefect } = options
  const members = new Set<SharedMember>()
  let shared: { readonly track: ClusterTrack; readonly abort: AbortController } | undefined
  /** One that was given up may still be ending while the next runs. */
  const running = new Set<Promise<void>>()
  let isConsidering = false
  let notBefore = 0
  let again: NodeJS.Timeout | undefined

  const pause = (ms: number): void => {
    notBefore = performance.now() + ms
    clearTimeout(again)
    again = setTimeout(considerSoon, ms)
    again.unref()
  }

  /** Everybody watches by itself again, from where the cluster-wide watch is; or from a new list. */
  const end = (pauseMs: number, from: 'here' | 'list' = 'here'): void => {
    if (shared === undefined) return
    const { track, abort } = shared
    shared = undefined
    abort.abort()
    pause(pauseMs)
    const at = track.version()
    for (const member of track.members()) {
      if (from === 'list' || at === undefined) member.track.forget()
      else member.track.passed(at)
      member.release()
    }
  }

  const begin = (ready: readonly SharedMember[], first: SharedMember): void => {
    const abort = new AbortController()
    let failures = 0
    let wasOpen = false
    const tellLost = (problem: SiteProblem): void => {
      for (const member of track.members()) member.track.lost(problem)
    }
    const track = createClusterTrack({
      from: { version: oldest(ready), epoch: history.epoch() },
      opened: () => {
        wasOpen = true
        failures = 0
        for (const member of members) track.take(member)
      },
      forbidden: () => end(timing.shareAgainMs),
      lost: (problem: SiteProblem) => {
        failures += 1
        if (!wasOpen || failures >= FAILURES_UNTIL_OWN) return end(timing.retryMaxMs)
        tellLost(problem)
      },
      late: (problem) => (wasOpen ? tellLost(problem) : end(timing.retryMaxMs)),
      needsList: () => {
        if (wasOpen && isListedAtOnce(boundObjects(track.members()))) return true
        end(wasOpen ? 0 : timing.retryMaxMs, 'list')
        return false
      },
    })
    shared = { track, abort }
    const { api } = first
    const { pageSize, pause } = options
    const { signal } = abort
    // Members may be in doubt whether the cluster is still the same.
    const doubtSince = performance.now()
    const follow = { kind, namespace: undefined, api, track, timing, history, pageSize, pause, signal, doubtSince }
    const ended: Promise<void> = followKind(follow, onDefect).finally(() => running.delete(ended))
    running.add(ended)
  }

  const consider = async (): Promise<void> => {
    const ready = (): SharedMember[] => [...members].filter((member) => isReady(member, history))
    const [first] = ready()
    if (first === undefined || !mayShare(ready().length)) return
    isConsidering = true
    try {
      const { total } = await (await first.api()).count(kind, undefined)
      const sharers = ready()
      if (isSharingCheaper({ sharers: sharers.length, bound: boundObjects(sharers), total })) begin(sharers, first)
      else pause(timing.shareAgainMs)
    } catch (error) {
      if (!(error instanceof SiteError)) onDefect(error)
      pause(timing.shareAgainMs)
    } finally {
      isConsidering = false
    }
  }
  const considerSoon = (): void => {
    if (shared !== undefined || isConsidering || performance.now() < notBefore || !mayShare(members.size)) return
    // Throws nothing.
    void consider()
  }

  const leave = (member: SharedMember): void => {
    members.delete(member)
    shared?.track.remove(member)
    if (!isWorthKeeping(members.size)) end(0)
    if (members.size === 0) clearTimeout(again)
  }

  return {
    size: () => members.size,
    sharing: () => shared?.track.members().length ?? 0,
    ended: async () => void (await Promise.all(running)),
    join: async (request) => {
      const member = createSharedMember(request, () => {
        if (shared === undefined) considerSoon()
        else shared.track.take(member)
      })
      members.add(member)
      request.signal.addEventListener('abort', () => leave(member), { once: true })
      const { namespace, api, track } = member
      const { pageSize, pause } = options
      await member.run(
        async (signal, doubtSince) =>
          await followKind(
            { kind, namespace, api, track, timing, history, pageSize, pause, signal, doubtSince },
            onDefect,
          ),
      )
    },
  }
}
