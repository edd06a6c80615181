import { setTimeout as wait } from 'node:timers/promises'
import { executeWrite, followRollout, type Rollout, type SiteProblem } from '@rancher-hub/contracts'
import { type OnBehalf, type ProcessContext, RefusedError } from '@rancher-hub/service-kit'
import type { SyncEvent } from '../../sync/sync.events.ts'
import type { Item, Sync } from '../../sync/sync.ts'
import type { Recorder } from './recorder.ts'

const ROLLOUT_SECONDS = 600
const MAX_UNKNOWN = 8

type WriteResult = Awaited<ReturnType<typeof callWrite>>

const callWrite = async (
  sync: Sync,
  item: Item,
  syncId: string,
  writeId: string,
  retrying: boolean,
  person: OnBehalf,
) => {
  const plan = item.plan
  if (plan === undefined) throw new Error(`Item ${item.id} has no plan`)
  return await person.call(executeWrite, {
    sourceInstanceId: sync.source?.id ?? '',
    targetInstanceId: item.target.id,
    object: item.object,
    selection: item.selection,
    syncId,
    writeId,
    preconditions: plan.preconditions,
    patchDigest: plan.patchDigest,
    afterDigest: plan.afterDigest,
    retrying,
  })
}

const asUnknown = (error: unknown): WriteResult => {
  if (error instanceof RefusedError && error.code !== 'unavailable') {
    return {
      outcome: 'failed',
      problem: { code: error.code === 'forbidden' ? 'forbidden' : 'upstream-error', message: error.message },
    }
  }
  const problem: SiteProblem = {
    code: 'unreachable',
    message: 'The write was sent, but no answer came back.',
    upstream: String(error).slice(0, 300),
  }
  return { outcome: 'unknown', problem }
}

/** Writes until it is known whether the write happened: an unknown outcome is looked at again, never repeated blindly. */
const writeUntilKnown = async (
  ctx: ProcessContext,
  sync: Sync,
  item: Item,
  writeId: string,
  resumed: boolean,
  person: OnBehalf,
): Promise<WriteResult> => {
  let retrying = resumed
  for (let attempt = 1; ; attempt += 1) {
    const result = await callWrite(sync, item, ctx.id, writeId, retrying, person).catch(asUnknown)
    if (result.outcome !== 'unknown' || attempt >= MAX_UNKNOWN) return result
    ctx.signal.throwIfAborted()
    retrying = true
    await wait(Math.min(250 * 2 ** attempt, 15_000), undefined, { signal: ctx.signal })
  }
}

const resultEvent = (item: Item, result: WriteResult): SyncEvent => {
  const itemId = item.id
  switch (result.outcome) {
    case 'written': {
      const { outcome: _, ...written } = result
      return { type: 'ItemWritten', data: { itemId, ...written } }
    }
    case 'conflict':
      return { type: 'ItemConflicted', data: { itemId, conflict: result.conflict } }
    case 'failed':
      return { type: 'ItemFailed', data: { itemId, problem: result.problem, reason: result.problem.message } }
    case 'unknown':
      return {
        type: 'ItemFailed',
        data: {
          itemId,
          problem: result.problem,
          reason: `${result.problem.message} It may have been written: compare again.`,
        },
      }
  }
}

/**
 * Intent, write, result. With an intent from before a crash, the target is looked at first.
 * Does nothing when the sync was stopped before the intent.
 */
export const writeItem = async (
  ctx: ProcessContext,
  recorder: Recorder,
  itemId: string,
  person: OnBehalf,
): Promise<void> => {
  const writeId = ctx.deterministicId('write', ctx.id, itemId)
  // An intent that is not of this very run: the write may have happened.
  let resumed = true
  await recorder.record(`intent/${itemId}`, (sync) => {
    resumed = !(sync.state === 'executing' && sync.items.get(itemId)?.state === 'ready')
    return resumed ? [] : [{ type: 'ItemWriteStarted', data: { itemId, writeId } }]
  })
  const item = recorder.current().items.get(itemId)
  if (item?.state !== 'writing') return
  const result = await writeUntilKnown(ctx, recorder.current(), item, writeId, resumed, person)
  // A process that is being shut down learns the outcome after its restart, by looking.
  if (result.outcome === 'unknown') ctx.signal.throwIfAborted()
  await recorder.record(`result/${itemId}`, (sync) =>
    sync.items.get(itemId)?.state === 'writing' ? [resultEvent(item, result)] : [],
  )
}

const rolloutEvent = (itemId: string, rollout: Rollout): SyncEvent => {
  if (rollout.state === 'complete' || rollout.state === 'none')
    return { type: 'ItemRolledOut', data: { itemId, rollout } }
  const late =
    rollout.state === 'progressing'
      ? `The roll-out did not finish within ${ROLLOUT_SECONDS / 60} minutes: ${rollout.message}`
      : rollout.message
  return { type: 'ItemFailed', data: { itemId, rollout, reason: late } }
}

/** Follows the roll-out of a written item to its end. */
export const followItem = async (
  ctx: ProcessContext,
  recorder: Recorder,
  itemId: string,
  person: OnBehalf,
): Promise<void> => {
  const item = recorder.current().items.get(itemId)
  if (item?.state !== 'rolling-out') return
  let last: Rollout = { state: 'unknown', message: 'The roll-out could not be followed' }
  try {
    const input = {
      instanceId: item.target.id,
      object: item.object,
      uid: item.uid ?? '',
      generation: item.generation,
      timeoutSeconds: ROLLOUT_SECONDS,
    }
    for await (const rollout of person.callStream(followRollout, input)) last = rollout
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code === 'unavailable') throw error
    last = { state: 'unknown', message: error.message }
  }
  ctx.signal.throwIfAborted()
  await recorder.record(`rollout/${itemId}`, (sync) =>
    sync.items.get(itemId)?.state === 'rolling-out' ? [rolloutEvent(itemId, last)] : [],
  )
}
