import { type AppendResult, WrongExpectedRevisionError } from '@rancher-hub/event-store'
import type { Loaded, ProcessContext } from '@rancher-hub/service-kit'
import type { SyncEvent } from '../../sync/sync.events.ts'
import { type Sync, syncAggregate } from '../../sync/sync.ts'

/** The sync as it stands, and the one place that appends to it. */
export interface Recorder {
  readonly current: () => Sync
  /** Reads what others (a person who stops the sync) appended. */
  refresh(): Promise<Sync>
  /** Appends what `decide` makes of the newest state; one after the other, decided anew when a person was faster. `step` names the step for ever. */
  record(step: string, decide: (sync: Sync) => readonly SyncEvent[]): Promise<void>
}

/** Serializes the appends of concurrent items into one stream. */
export const openRecorder = async (ctx: ProcessContext): Promise<Recorder> => {
  let loaded: Loaded<Sync> = await ctx.load(syncAggregate)
  let tail: Promise<unknown> = Promise.resolve()

  const appendOnce = async (
    step: string,
    decide: (sync: Sync) => readonly SyncEvent[],
  ): Promise<AppendResult | undefined> => {
    for (;;) {
      ctx.signal.throwIfAborted()
      loaded = await ctx.load(syncAggregate, loaded)
      const events = decide(loaded.state)
      if (events.length === 0) return undefined
      try {
        const result = await ctx.append(syncAggregate, events, { expected: loaded.revision, step })
        loaded = await ctx.load(syncAggregate, loaded)
        return result
      } catch (error) {
        if (!(error instanceof WrongExpectedRevisionError)) throw error
      }
    }
  }

  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    const result = tail.then(work)
    tail = result.then(
      () => undefined,
      () => undefined,
    )
    return await result
  }

  return {
    current: () => loaded.state,
    refresh: async () =>
      await inTurn(async () => {
        loaded = await ctx.load(syncAggregate, loaded)
        return loaded.state
      }),
    record: async (step, decide) => {
      await inTurn(async () => await appendOnce(step, decide))
    },
  }
}
