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
  /** Lists that must be read anew begin somewhere within this time: many watches break at the same moment. */
  readonly relistJitterMs: number
  /** For how long a kind is not watched cluster-wide after that turned out not to be allowed, or not to be cheaper. */
  readonly shareAgainMs: number
}
export const defaultWatchTiming: WatchTiming = {
  silenceMs: 100_000,
  watchSeconds: 270,
  retryBaseMs: 500,
  retryMaxMs: 30_000,
  forbiddenRetryMs: 60_000,
  relistJitterMs: 1_000,
  shareAgainMs: 600_000,
}
