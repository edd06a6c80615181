import { setTimeout as wait } from 'node:timers/promises'
import { categoryOf, PositionBeyondHeadError, type SubscriptionMessage } from './event-store.port.ts'
import type { Reader } from './eventstoredb-read.ts'
import type { Tail } from './eventstoredb-tail.ts'

/** For so long a leader that was cut off from its cluster may believe that it still is one, and that nothing happened. */
const STALE_LEADER_MS = 10_000
const LOOK_AGAIN_MS = 500

/** Subscriptions: what is stored is read from the server, what is new comes from the tail. */
export const createSubscriber = (read: Reader, tail: Tail, isCluster: boolean) => {
  /** Looks at the server itself: what this process knows may be behind what another one has read. */
  const assertReached = async (position: number, signal: AbortSignal): Promise<void> => {
    const end = performance.now() + (isCluster ? STALE_LEADER_MS : 0)
    while (!signal.aborted) {
      const head = await read.head()
      if (position <= head.position) return
      if (performance.now() >= end) throw new PositionBeyondHeadError(position, head.position)
      await wait(LOOK_AGAIN_MS)
    }
  }

  return async function* (
    after: number,
    categories: readonly string[] | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<SubscriptionMessage> {
    let position = after
    while (!signal.aborted) {
      await tail.started()
      const seen = tail.changes.version
      const { head } = tail
      if (position > head.position) await assertReached(position, signal)
      else {
        for await (const event of tail.after(position) ?? read.stored(position, head, categories)) {
          if (signal.aborted) return
          if (categories === undefined || categories.includes(categoryOf(event.stream))) yield { kind: 'event', event }
          position = event.position
        }
        position = Math.max(position, head.position)
        if (signal.aborted) return
        yield { kind: 'caught-up', position }
      }
      await tail.changes.changedSince(seen, signal)
    }
  }
}
