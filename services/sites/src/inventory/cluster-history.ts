import type { KubeApi, WatchedKind } from '../connection/kube-api.ts'
import { hasStatus, SiteError } from '../egress/site-error.ts'
import { untilLeft } from '../until-left.ts'
import { isBefore } from './resource-versions.ts'

/**
 * Tells whether a cluster is still the one whose changes were followed: behind an address may be another cluster, or
 * the same one set back to a backup. Then versions mean something else, and a watch from an old one would stay silent.
 */
export interface ClusterHistory {
  /** Counts the clusters that were met at this address. */
  epoch(): number
  /** Looks who the cluster is, when that is not known yet. Throws nothing. */
  learn(api: KubeApi): void
  /** Whether what was known up to `version`, in `epoch`, can be carried on. @throws SiteError */
  goesOn(api: KubeApi, place: HistoryPlace, known: DoubtfulKnowledge): Promise<boolean>
}

/** Where whoever asks may list: how far the cluster is now is read from there. `namespace` undefined: the whole cluster. */
export interface HistoryPlace {
  readonly kind: WatchedKind
  readonly namespace: string | undefined
  readonly signal: AbortSignal
}

/** What is known of a cluster, and since when it is in doubt (milliseconds of the history's clock). */
export interface DoubtfulKnowledge {
  readonly version: string
  readonly epoch: number
  readonly since: number
}

/** Answers are used again for this long: after a restart of an API server, many ask the same. */
const KEEP_MS = 5_000

/**
 * Remembers what a question was answered with, for a moment; those who ask meanwhile get the same answer. That one of
 * them may not ask (403) says nothing of the others: they ask anew.
 */
const createMemo = <T>(now: () => number) => {
  const kept = new Map<string, { readonly answer: Promise<T>; at: number }>()
  /** An answer from before `since` will not do. */
  const get = async (key: string, since: number, ask: () => Promise<T>): Promise<T> => {
    const known = kept.get(key)
    if (known !== undefined && known.at >= since && now() - known.at < KEEP_MS) {
      try {
        return await known.answer
      } catch (error) {
        if (!hasStatus(error, 403)) throw error
        return await get(key, since, ask)
      }
    }
    const entry = { answer: ask(), at: now() }
    kept.set(key, entry)
    try {
      return await entry.answer
    } catch (error) {
      if (kept.get(key) === entry) kept.delete(key)
      throw error
    }
  }
  return get
}

/** `onDefect` is told what nobody waits for. `now`: milliseconds of a clock that nobody sets. */
export const createClusterHistory = (
  onDefect: (error: unknown) => void,
  now: () => number = () => performance.now(),
): ClusterHistory => {
  let uid: string | undefined
  let epoch = 0
  /** Resolves when the first look has ended, however. */
  let learnt = Promise.resolve()
  const identities = createMemo<string | undefined>(now)
  const heads = createMemo<string>(now)

  // Neither is asked with a caller's signal: the answer is for all who wait.
  const look = async (api: KubeApi, since: number): Promise<void> => {
    const found = await identities('', since, async () => await api.identity())
    if (found === undefined) return
    if (uid !== undefined && uid !== found) epoch += 1
    uid = found
  }
  const headOf = async (api: KubeApi, { kind, namespace }: HistoryPlace): Promise<string> =>
    (await api.count(kind, namespace)).resourceVersion

  const goesOn: ClusterHistory['goesOn'] = async (api, place, known) => {
    await learnt
    const before = { uid, epoch }
    await look(api, known.since)
    // Whose it was before nobody knows: that may have been another.
    if (before.uid === undefined && uid !== undefined && epoch === before.epoch) epoch += 1
    if (epoch !== known.epoch) return false
    const { kind } = place
    const head = await heads(kind, known.since, async () => await headOf(api, place))
    if (!isBefore(head, known.version)) return true
    // The answer may be a moment older than what is known.
    return !isBefore(await headOf(api, place), known.version)
  }

  return {
    epoch: () => epoch,
    learn: (api) => {
      if (uid !== undefined) return
      learnt = look(api, Number.NEGATIVE_INFINITY).catch((error: unknown) => {
        // What is wrong with the place is told by whoever lists there.
        if (!(error instanceof SiteError)) onDefect(error)
      })
    },
    goesOn: async (api, place, known) => await untilLeft(goesOn(api, place, known), place.signal),
  }
}
