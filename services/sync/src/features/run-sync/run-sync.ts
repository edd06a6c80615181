import type { Permission } from '@rancher-hub/contracts'
import {
  defineProcessManager,
  type OnBehalf,
  type ProcessContext,
  type ProcessManager,
  RefusedError,
} from '@rancher-hub/service-kit'
import { countItems, finalState } from '../../sync/counts.ts'
import type { SyncEvent } from '../../sync/sync.events.ts'
import type { Sync } from '../../sync/sync.ts'
import { cancelRest, executeItems } from './execute-items.ts'
import { planItems } from './plan-items.ts'
import { openRecorder, type Recorder } from './recorder.ts'

/** The person in whose name the work is done, if they still may do it. */
const personFor = async (
  ctx: ProcessContext,
  userId: string | undefined,
  permission: Permission,
): Promise<OnBehalf | undefined> => {
  try {
    const person = await ctx.onBehalfOf(userId ?? '')
    return person.actor.kind === 'user' && person.actor.permissions.includes(permission) ? person : undefined
  } catch (error) {
    if (
      error instanceof RefusedError &&
      (error.code === 'not-found' || error.code === 'forbidden' || error.code === 'invalid-input')
    )
      return undefined
    throw error
  }
}

const mayNot = (name: string | undefined): string => `${name ?? 'The person who started it'} may not do this any more.`

const finish = async (recorder: Recorder, reason?: string): Promise<void> => {
  await recorder.record('finished', (sync) => {
    if (sync.state !== 'executing' && sync.state !== 'stopping') return []
    const counts = countItems(sync.items.values())
    const finished: SyncEvent = {
      type: 'SyncFinished',
      data: { state: finalState(counts), counts, ...(reason === undefined ? {} : { reason }) },
    }
    return [finished]
  })
}

const plan = async (ctx: ProcessContext, recorder: Recorder): Promise<void> => {
  const { requestedBy } = recorder.current()
  const person = await personFor(ctx, requestedBy?.id, 'sync:plan')
  if (person !== undefined) return await planItems(ctx, recorder, person)
  await recorder.record('refused', (sync) =>
    sync.state === 'planning' ? [{ type: 'SyncRefused', data: { reason: mayNot(requestedBy?.name) } }] : [],
  )
}

/** Items whose write was under way when the person lost the right: nobody may look for them. */
const giveUp = async (recorder: Recorder, reason: string): Promise<void> => {
  await cancelRest(recorder, reason)
  await recorder.record('given-up', (sync) =>
    [...sync.items.values()]
      .filter(({ state }) => state === 'writing' || state === 'rolling-out')
      .map(({ id, state }): SyncEvent => {
        const what =
          state === 'writing'
            ? 'It may have been written: compare again.'
            : 'It was written; its roll-out was not followed to the end.'
        return { type: 'ItemFailed', data: { itemId: id, reason: `${reason} ${what}` } }
      }),
  )
  await finish(recorder, reason)
}

const execute = async (ctx: ProcessContext, recorder: Recorder): Promise<void> => {
  const { executedBy } = recorder.current()
  const person = await personFor(ctx, executedBy?.id, 'sync:execute')
  if (person === undefined) return await giveUp(recorder, mayNot(executedBy?.name))
  await executeItems(ctx, recorder, person)
  ctx.signal.throwIfAborted()
  await finish(recorder)
}

const expire = async (ctx: ProcessContext, recorder: Recorder, sync: Sync): Promise<void> => {
  const expiresAt = new Date(sync.expiresAt ?? 0)
  if (ctx.now() < expiresAt) return ctx.setTimer('expire', expiresAt)
  await recorder.record('expired', ({ state, items }) =>
    state === 'planned'
      ? [
          {
            type: 'SyncFinished',
            data: { state: 'expired', counts: countItems(items.values()), reason: 'Nobody executed the plan in time.' },
          },
        ]
      : [],
  )
}

const run = async (ctx: ProcessContext): Promise<void> => {
  const recorder = await openRecorder(ctx)
  if (recorder.current().state === 'planning') await plan(ctx, recorder)
  const sync = recorder.current()
  if (sync.state === 'planned') await expire(ctx, recorder, sync)
  else if (sync.state === 'executing' || sync.state === 'stopping') await execute(ctx, recorder)
}

const wants = (event: SyncEvent): 'start' | 'wake' | 'end' | undefined => {
  switch (event.type) {
    case 'SyncRequested':
      return 'start'
    case 'SyncPlanned':
    case 'SyncStarted':
    case 'SyncStopRequested':
      return 'wake'
    case 'SyncRefused':
    case 'SyncFinished':
      return 'end'
    default:
      return undefined
  }
}

/** Plans, executes, follows and ends syncs; goes on after a restart where it was. */
export const runSync: ProcessManager = defineProcessManager<SyncEvent>({
  name: 'run-sync',
  categories: ['sync'],
  wants,
  run,
  concurrency: 20,
})
