import { executeSync, type InputOf, type Person, refuseSync, stopSync } from '@rancher-hub/contracts'
import { type Decide, reject } from '@rancher-hub/domain'
import { type CallContext, decideCommand, type Handler, refuse } from '@rancher-hub/service-kit'
import type { z } from 'zod'
import type { EventOf } from '../../sync/sync.events.ts'
import { type Sync, syncAggregate } from '../../sync/sync.ts'

type By = { readonly by: z.output<typeof Person> }

/** Environments whose name has to be typed before anything is written to them. */
export const protectedEnvironments = (sync: Sync): string[] => [
  ...new Set(
    sync.targets.filter(({ environment }) => environment.protected).map(({ environment }) => environment.name),
  ),
]

const wrongState = (sync: Sync) =>
  sync.state === 'absent' ? reject('not-found') : reject('wrong-state', { state: sync.state })

type ExecuteCodes = 'not-found' | 'wrong-state' | 'plan-changed' | 'confirmation-required' | 'nothing-to-write'

export const decideExecuteSync: Decide<InputOf<typeof executeSync> & By, Sync, EventOf<'SyncStarted'>, ExecuteCodes> = (
  command,
  sync,
  now,
) => {
  if (sync.state !== 'planned') return wrongState(sync)
  if (sync.expiresAt !== undefined && sync.expiresAt <= now.toISOString())
    return reject('wrong-state', { state: 'expired' })
  if (command.planHash !== sync.planHash) return reject('plan-changed')
  const typed = (command.confirmation ?? []).map((name) => name.trim())
  const missing = protectedEnvironments(sync).filter((name) => !typed.includes(name))
  if (missing.length > 0) return reject('confirmation-required', { environments: missing })
  if (![...sync.items.values()].some((item) => item.state === 'ready')) return reject('nothing-to-write')
  return [{ type: 'SyncStarted', data: { planHash: command.planHash, by: command.by } }]
}

export const decideRefuseSync: Decide<
  InputOf<typeof refuseSync> & By,
  Sync,
  EventOf<'SyncRefused'>,
  'not-found' | 'wrong-state'
> = (command, sync) =>
  sync.state === 'planned' || sync.state === 'planning'
    ? [{ type: 'SyncRefused', data: { by: command.by, reason: command.reason } }]
    : wrongState(sync)

export const decideStopSync: Decide<
  InputOf<typeof stopSync> & By,
  Sync,
  EventOf<'SyncStopRequested'>,
  'not-found' | 'wrong-state'
> = (command, sync) => {
  if (sync.state === 'stopping') return []
  return sync.state === 'executing' ? [{ type: 'SyncStopRequested', data: { by: command.by } }] : wrongState(sync)
}

const byPerson = <I>(input: I, ctx: CallContext): I & By => {
  if (ctx.actor.kind !== 'user') throw refuse(executeSync, 'forbidden')
  return { ...input, by: { id: ctx.actor.userId, name: ctx.actor.name } }
}

const id = ({ syncId }: { readonly syncId: string }): string => syncId
const result = () => ({})

/** What a person may do with a plan or a running sync. */
export const executeSyncFeatures: readonly Handler[] = [
  decideCommand(executeSync, { aggregate: syncAggregate, id, prepare: byPerson, decide: decideExecuteSync, result }),
  decideCommand(refuseSync, { aggregate: syncAggregate, id, prepare: byPerson, decide: decideRefuseSync, result }),
  decideCommand(stopSync, { aggregate: syncAggregate, id, prepare: byPerson, decide: decideStopSync, result }),
]
