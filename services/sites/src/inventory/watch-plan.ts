import { customKinds, syncedKinds } from '../connection/kinds.ts'
import type { Select, WatchedKind } from '../connection/kube-api.ts'

/** What is known when it is decided how a kind of one cluster is watched. */
export interface SharingFacts {
  /** Inventories there that would share one watch. */
  readonly sharers: number
  /** Objects in their namespaces. */
  readonly bound: number
  /** Objects in the whole cluster; undefined: the server does not say. */
  readonly total: number | undefined
}

/** A cluster-wide watch is begun for so many inventories, */
const MIN_SHARERS = 3
/** and kept while there are so many: one that comes and goes must not turn everything over each time. */
const KEPT_SHARERS = 2
/** Of so many objects, at most one is of a bound namespace: what is read for nothing costs less than the connections. */
const TOTAL_PER_BOUND = 3
/** Few objects cost next to nothing, wherever they are. */
const FEW_OBJECTS = 50
/** More are not held in memory at once while a list is collected: then each namespace is listed by itself. */
const MAX_LISTED_AT_ONCE = 5_000

/** Whether one cluster-wide watch is cheaper than one for each namespace. */
export const isSharingCheaper = ({ sharers, bound, total }: SharingFacts): boolean =>
  sharers >= MIN_SHARERS && total !== undefined && total <= Math.max(FEW_OBJECTS, bound * TOTAL_PER_BOUND)

/** Whether there are enough to think of it. */
export const mayShare = (sharers: number): boolean => sharers >= MIN_SHARERS
/** Whether a cluster-wide watch goes on with so many. */
export const isWorthKeeping = (sharers: number): boolean => sharers >= KEPT_SHARERS
/** Whether a cluster-wide watch that must list again lists cluster-wide. */
export const isListedAtOnce = (bound: number): boolean => bound <= MAX_LISTED_AT_ONCE

/** Secrets are read only where somebody bound a namespace, whatever the token would allow. */
export const isSharable = (kind: WatchedKind, select: Select | undefined): boolean =>
  kind !== 'Secret' && select === undefined

/**
 * What of a kind belongs to an instance with a label selector. Objects that people and tools apply carry the app's
 * labels. What controllers make (pods, ReplicaSets, jobs) carries the labels of a template, which may be others, and
 * autoscalers name their target: of these all are read, and owners and names decide; of Jobs that nobody runs, their own
 * labels.
 */
export const selectOf = (kind: WatchedKind, labelSelector: string | undefined): Select | undefined =>
  labelSelector !== undefined && ([...syncedKinds, ...customKinds] as readonly WatchedKind[]).includes(kind)
    ? { labels: labelSelector }
    : undefined
