import type { ChangeSignal } from './change-signal.ts'
import { PositionBeyondHeadError, type RecordedEvent, type SubscriptionMessage } from './event-store.port.ts'

/** One page of stored events after a position, and how far the store was looked through for it. */
export interface EventPage {
  readonly events: readonly RecordedEvent[]
  /** Every wanted event up to this position is in this page or an earlier one. */
  readonly through: number
  /** The page reaches the end of what was stored. */
  readonly complete: boolean
}

/**
 * Pages through what is stored, then waits for the next commit and pages again: the same reads before and after the
 * switch to live, so that no event is lost or repeated around it.
 * @throws PositionBeyondHeadError when `after` has not been reached
 */
export const follow = async function* (
  { readPage, head }: { readonly readPage: (after: number) => EventPage; readonly head: () => number },
  changes: ChangeSignal,
  after: number,
  signal: AbortSignal,
): AsyncIterable<SubscriptionMessage> {
  if (!signal.aborted && after > head()) throw new PositionBeyondHeadError(after, head())
  let position = after
  while (!signal.aborted) {
    const seen = changes.version
    const page = readPage(position)
    for (const event of page.events) {
      if (signal.aborted) return
      yield { kind: 'event', event }
    }
    position = Math.max(position, page.through)
    if (!page.complete) continue
    yield { kind: 'caught-up', position }
    await changes.changedSince(seen, signal)
  }
}
