import { listReaders, prepareWrite } from '@rancher-hub/contracts'
import { type OnBehalf, type ProcessContext, RefusedError } from '@rancher-hub/service-kit'
import PQueue from 'p-queue'
import { planHashOf } from '../../sync/plan-hash.ts'
import type { PlannedOutcome } from '../../sync/sync.events.ts'
import type { Item, Sync } from '../../sync/sync.ts'
import type { Recorder } from './recorder.ts'

const PARALLEL_DRY_RUNS = 6
/** A plan is a promise about a state of the world that fades: after a day it has to be made anew. */
export const PLAN_VALID_MS = 24 * 60 * 60 * 1000

/** Keys of config that a plan writes: from paths like `data[theme]`. */
const writtenKeys = (changes: readonly { readonly path: string }[]): string[] =>
  changes.flatMap(({ path }) => /^(?:data|binaryData)\[(.*)\]$/.exec(path)?.[1]?.replace(/\\(.)/g, '$1') ?? [])

const readersOf = async (item: Item, keys: readonly string[], person: OnBehalf) => {
  if (item.object.kind !== 'ConfigMap' && item.object.kind !== 'Secret') return []
  const { readers } = await person.call(listReaders, {
    instanceId: item.target.id,
    object: item.object,
    keys: keys.slice(0, 500),
  })
  return readers
}

const planItem = async (sync: Sync, item: Item, person: OnBehalf): Promise<PlannedOutcome> => {
  try {
    const outcome = await person.call(prepareWrite, {
      sourceInstanceId: sync.source?.id ?? '',
      targetInstanceId: item.target.id,
      object: item.object,
      selection: item.selection,
    })
    if (outcome.outcome !== 'ready') return outcome
    return { ...outcome, readers: await readersOf(item, writtenKeys(outcome.changes), person) }
  } catch (error) {
    // Trouble on the way is tried again by the runner; a refusal is an answer.
    if (!(error instanceof RefusedError) || error.code === 'unavailable') throw error
    return {
      outcome: 'refused',
      problem: { code: error.code === 'forbidden' ? 'forbidden' : 'upstream-error', message: error.message },
    }
  }
}

/** Asks for a dry run of every item that has none yet, then closes the plan with its hash. */
export const planItems = async (ctx: ProcessContext, recorder: Recorder, person: OnBehalf): Promise<void> => {
  const queue = new PQueue({ concurrency: PARALLEL_DRY_RUNS })
  const open = [...recorder.current().items.values()].filter((item) => item.state === 'planning')
  await queue.addAll(
    open.map((item) => async () => {
      if (ctx.signal.aborted || recorder.current().state !== 'planning') return
      const result = await planItem(recorder.current(), item, person)
      await recorder.record(`planned/${item.id}`, (sync) =>
        sync.state === 'planning' && sync.items.get(item.id)?.state === 'planning'
          ? [{ type: 'ItemPlanned', data: { itemId: item.id, result } }]
          : [],
      )
    }),
  )
  await recorder.record('planned', (sync) => {
    if (sync.state !== 'planning' || [...sync.items.values()].some((item) => item.state === 'planning')) return []
    const expiresAt = new Date(ctx.now().getTime() + PLAN_VALID_MS).toISOString()
    return [{ type: 'SyncPlanned', data: { planHash: planHashOf(sync.items.values()), expiresAt } }]
  })
}
