import { type CallInputOf, type Contract, getPermissions } from '@rancher-hub/contracts'
import type { EventStore } from '@rancher-hub/event-store'
import { checkedEvents, loadAggregate, streamName } from './aggregate.ts'
import { toNewEvents } from './append.ts'
import type { Caller } from './caller.ts'
import { deterministicId, newId } from './ids.ts'
import type { Logger } from './logger.ts'
import type { OnBehalf, ProcessContext } from './process-manager.ts'
import type { Actor, TokenSigner } from './tokens.ts'

export interface ProcessContextDeps {
  readonly store: EventStore
  readonly caller: Caller
  readonly signer: TokenSigner
  readonly log: Logger
  readonly now: () => Date
}

/** One stream that a process manager works on. */
export interface ProcessKey {
  readonly manager: string
  readonly organization: string
  readonly id: string
  /** Of the lease under which it is worked on. */
  readonly fencing: number
}

const onBehalfOf =
  (
    deps: ProcessContextDeps,
    organization: string,
    correlationId: () => string,
    causationId: string,
    signal: AbortSignal,
  ) =>
  async (userId: string): Promise<OnBehalf> => {
    const signAs = async (actor: Actor): Promise<string> => await deps.signer.sign({ organization, actor })
    const options = async (actor: Actor) => ({
      token: await signAs(actor),
      correlationId: correlationId(),
      causationId,
      signal,
    })
    const self: Actor = { kind: 'service', name: deps.signer.caller }
    const me = await deps.caller.call(getPermissions, { organizationId: organization, userId }, await options(self))
    const actor: Actor = { kind: 'user', userId, name: me.user.name, permissions: me.permissions }
    return {
      actor,
      call: async (contract, input) => await deps.caller.call(contract, input, await options(actor)),
      callStream: async function* <C extends Contract>(contract: C, input: CallInputOf<C>) {
        yield* deps.caller.callStream(contract, input, await options(actor))
      },
    }
  }

/** What one run of a process has to work with. */
export const createProcessContext = (
  deps: ProcessContextDeps,
  { manager, organization, id, fencing }: ProcessKey,
  signal: AbortSignal,
  setTimer: ProcessContext['setTimer'],
): ProcessContext => {
  const key = `${organization}_${id}`
  const self: Actor = { kind: 'service', name: deps.signer.caller }
  let correlationId: string = newId()
  return {
    organization,
    id,
    signal,
    setTimer,
    deterministicId,
    log: deps.log.child({ process: manager, id }),
    now: deps.now,
    load: async (aggregate, before) => {
      const stream = streamName(aggregate.category, organization, id)
      const loaded = await loadAggregate(deps.store, aggregate, stream, before)
      correlationId = loaded.correlationId ?? correlationId
      return loaded
    },
    append: async (aggregate, events, { expected, step, actor }) => {
      // Another worker has it: what this one found out is not for the record any more.
      signal.throwIfAborted()
      const cause = {
        organization,
        actor: actor ?? self,
        correlationId,
        causationId: deterministicId(manager, key, step),
      }
      const stream = streamName(aggregate.category, organization, id)
      const checked = checkedEvents(aggregate, events)
      // Another worker's event of the same step may say something else: it must not pass for this one.
      const ids = (index: number): string => deterministicId(manager, stream, step, fencing, index)
      return await deps.store.append(stream, toNewEvents(checked, cause, deps.now(), ids), {
        expected: expected === -1 ? 'none' : expected,
      })
    },
    onBehalfOf: onBehalfOf(deps, organization, () => correlationId, deterministicId(manager, key), signal),
  }
}
