import { describeInstances, type InputOf, type InstanceSnapshot, planSync } from '@rancher-hub/contracts'
import { type Decide, reject } from '@rancher-hub/domain'
import { type CallContext, decideCommand, type Handler, refuse } from '@rancher-hub/service-kit'
import type { EventOf } from '../../sync/sync.events.ts'
import { type Sync, syncAggregate } from '../../sync/sync.ts'

const MAX_ITEMS = 1000

/** The input with what had to be looked up: names are kept, so that history can tell them for ever. */
export interface PlanSync {
  readonly syncId: string
  readonly source: InstanceSnapshot
  readonly targets: readonly InstanceSnapshot[]
  readonly items: InputOf<typeof planSync>['items']
  readonly note?: string | undefined
  readonly by: { readonly id: string; readonly name: string }
}

export const decidePlanSync: Decide<
  PlanSync,
  Sync,
  EventOf<'SyncRequested'>,
  'source-is-target' | 'item-twice' | 'too-many-items'
> = (command) => {
  const { syncId, source, targets, items, note, by } = command
  if (targets.some(({ id }) => id === source.id)) return reject('source-is-target')
  const names = items.map(({ object }) => `${object.kind}/${object.name}`)
  if (new Set(names).size < names.length || new Set(targets.map(({ id }) => id)).size < targets.length)
    return reject('item-twice')
  if (items.length * targets.length > MAX_ITEMS) return reject('too-many-items')
  const base = { syncId, source, targets: [...targets], items: [...items], by }
  return [{ type: 'SyncRequested', data: note === undefined || note === '' ? base : { ...base, note } }]
}

const prepare = async (input: InputOf<typeof planSync>, ctx: CallContext): Promise<PlanSync> => {
  const { items: found } = await ctx.call(describeInstances, { ids: [...new Set([input.source, ...input.targets])] })
  const snapshotOf = (id: string): InstanceSnapshot => {
    const instance = found.find((each) => each.id === id)
    if (instance === undefined)
      throw refuse(planSync, 'not-found', undefined, 'An app instance of this plan does not exist any more.')
    const { revision: _, ...snapshot } = instance
    return snapshot
  }
  if (ctx.actor.kind !== 'user') throw refuse(planSync, 'forbidden')
  return {
    syncId: ctx.newId(),
    source: snapshotOf(input.source),
    targets: input.targets.map(snapshotOf),
    items: input.items,
    note: input.note,
    by: { id: ctx.actor.userId, name: ctx.actor.name },
  }
}

/** Records what a person wants moved; the dry runs follow. */
export const planSyncFeature: Handler = decideCommand(planSync, {
  aggregate: syncAggregate,
  id: ({ syncId }) => syncId,
  prepare,
  decide: decidePlanSync,
  result: ({ syncId }) => ({ id: syncId }),
})
