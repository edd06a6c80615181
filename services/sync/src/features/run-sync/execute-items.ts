import type { OnBehalf, ProcessContext } from '@rancher-hub/service-kit'
import PQueue from 'p-queue'
import type { SyncEvent } from '../../sync/sync.events.ts'
import { type Item, type Sync, waveOf } from '../../sync/sync.ts'
import type { Recorder } from './recorder.ts'
import { followItem, writeItem } from './write-item.ts'

/** Writes at the same time on one site; its own rate limit is in the client. */
const PARALLEL_WRITES_PER_SITE = 4
const MAX_EVENTS_PER_APPEND = 200

const inState = (sync: Sync, ...states: Item['state'][]): Item[] =>
  [...sync.items.values()].filter((item) => states.includes(item.state))

/** Roll-outs run beside the writes: what goes wrong is looked at when all of them have ended. */
const errorOf = async (work: Promise<void>): Promise<unknown> =>
  await work.then(
    () => undefined,
    (error: unknown) => error,
  )

const writeWave = async (
  ctx: ProcessContext,
  recorder: Recorder,
  wave: number,
  person: OnBehalf,
  rollouts: Promise<unknown>[],
): Promise<void> => {
  const queues = new Map<string, PQueue>()
  const items = inState(recorder.current(), 'ready', 'writing').filter((item) => waveOf(item.object) === wave)
  // All of them end before this does, also when one fails: whoever goes on after it must not meet them.
  const results = await Promise.allSettled(
    items.map(async (item) => {
      const queue = queues.get(item.target.site.id) ?? new PQueue({ concurrency: PARALLEL_WRITES_PER_SITE })
      queues.set(item.target.site.id, queue)
      await queue.add(async () => await writeItem(ctx, recorder, item.id, person))
      rollouts.push(errorOf(followItem(ctx, recorder, item.id, person)))
    }),
  )
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/** Records every item that will not be written as cancelled. */
export const cancelRest = async (recorder: Recorder, reason: string): Promise<void> => {
  for (;;) {
    const [first] = inState(await recorder.refresh(), 'ready')
    if (first === undefined) return
    await recorder.record(`cancel/${first.id}`, (sync) =>
      inState(sync, 'ready')
        .slice(0, MAX_EVENTS_PER_APPEND)
        .map(({ id }): SyncEvent => ({ type: 'ItemCancelled', data: { itemId: id, reason } })),
    )
  }
}

/** Writes wave by wave and follows the roll-outs; resumes what a crash interrupted, stops when a person says so. */
export const executeItems = async (ctx: ProcessContext, recorder: Recorder, person: OnBehalf): Promise<void> => {
  const rollouts = inState(recorder.current(), 'rolling-out').map(
    async (item) => await errorOf(followItem(ctx, recorder, item.id, person)),
  )
  for (const wave of [0, 1]) await writeWave(ctx, recorder, wave, person, rollouts)
  if ((await recorder.refresh()).state === 'stopping') await cancelRest(recorder, 'The sync was stopped')
  const failed = (await Promise.all(rollouts)).find((error) => error !== undefined)
  if (failed !== undefined) throw failed
}
