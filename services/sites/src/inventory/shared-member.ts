import type { KubeApi } from '../connection/kube-api.ts'
import type { WatchSink } from './watch-sink.ts'
import { createSinkTrack, type SinkTrack } from './watch-track.ts'

/** Who wants to be told of one kind of one namespace. */
export interface SharedRequest {
  readonly namespace: string
  readonly sink: WatchSink
  readonly api: () => Promise<KubeApi>
  readonly signal: AbortSignal
}

/** One of those who may share a cluster-wide watch: told by it, or by a watch of its own. */
export interface SharedMember {
  readonly namespace: string
  readonly track: SinkTrack
  readonly api: () => Promise<KubeApi>
  isTaken(): boolean
  /** The cluster-wide watch tells it from now on: its own one ends. */
  take(): void
  /** It watches by itself again, from where it is. */
  release(): void
  /**
   * Runs a watch of its own whenever it is not taken, until it leaves. `doubtSince`: when it was released; whether the
   * cluster is still the same is for its own watch to find out then.
   */
  run(follow: (signal: AbortSignal, doubtSince: number | undefined) => Promise<void>): Promise<void>
}

/** `progressed` is called whenever more is known. */
export const createSharedMember = (request: SharedRequest, progressed: () => void): SharedMember => {
  const { namespace, api, sink, signal } = request
  const track = createSinkTrack(sink, progressed)
  let own = new AbortController()
  let taken: PromiseWithResolvers<void> | undefined
  let doubtSince: number | undefined

  const release = (): void => {
    doubtSince = performance.now()
    taken?.resolve()
    taken = undefined
  }
  signal.addEventListener('abort', release, { once: true })
  return {
    namespace,
    track,
    api,
    isTaken: () => taken !== undefined,
    take: () => {
      taken = Promise.withResolvers()
      own.abort()
      track.connected()
    },
    release,
    run: async (follow) => {
      while (!signal.aborted) {
        if (taken !== undefined) {
          await taken.promise
          continue
        }
        own = new AbortController()
        await follow(AbortSignal.any([signal, own.signal]), doubtSince)
      }
    },
  }
}
