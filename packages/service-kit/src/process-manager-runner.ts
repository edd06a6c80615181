import { type CallInputOf, type Contract, getPermissions } from '@rancher-hub/contracts'
import type { EventStore } from '@rancher-hub/event-store'
import type { Document, ReadModels } from '@rancher-hub/read-model'
import { checkedEvents, loadAggregate, streamName, toStoredEvent, type Upcaster } from './aggregate.ts'
import { toNewEvents } from './append.ts'
import type { Caller } from './caller.ts'
import type { DeadLetters } from './dead-letters.ts'
import { deterministicId, newId } from './ids.ts'
import type { Leases } from './lease.ts'
import type { Logger } from './logger.ts'
import { pause } from './pause.ts'
import type { OnBehalf, ProcessContext, ProcessManager } from './process-manager.ts'
import type { Actor, TokenSigner } from './tokens.ts'

const MAX_WAIT_MS = 60_000

interface ProcessDoc extends Document {
  readonly org: string
  readonly id: string
}
interface Checkpoint extends Document {
  readonly position: number
}

export interface ProcessManagerRunnerDeps {
  readonly store: EventStore
  readonly models: ReadModels
  readonly leases: Leases
  readonly deadLetters: DeadLetters
  readonly caller: Caller
  readonly signer: TokenSigner
  readonly log: Logger
  readonly now: () => Date
  readonly upcasters: (category: string) => Readonly<Record<string, Upcaster>> | undefined
}

export interface ProcessManagerRunner extends AsyncDisposable {
  /** Streams being worked on or waiting, and the last problem. */
  progress(): {
    readonly name: string
    readonly active: number
    readonly running: number
    readonly problem?: string | undefined
  }
}

/** One stream that is worked on. */
interface Work {
  readonly organization: string
  readonly id: string
  again: boolean
  running: boolean
  failures: number
  readonly timers: Map<string, NodeJS.Timeout>
}

const onBehalfOf =
  (
    deps: ProcessManagerRunnerDeps,
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

/** Runs one process manager: finds its unfinished streams again after a restart and works on each under a lease. */
export const startProcessManagerRunner = async (
  manager: ProcessManager,
  deps: ProcessManagerRunnerDeps,
): Promise<ProcessManagerRunner> => {
  const processes = await deps.models.collection<ProcessDoc>(`_processes_${manager.name}`)
  const checkpoints = await deps.models.collection<Checkpoint>('_checkpoints')
  const checkpointId = `process:${manager.name}`
  const works = new Map<string, Work>()
  const queue: string[] = []
  const inFlight = new Set<Promise<void>>()
  const abort = new AbortController()
  let problem: string | undefined

  const contextOf = (key: string, work: Work, signal: AbortSignal): ProcessContext => {
    const { organization, id } = work
    let correlationId: string = newId()
    const self: Actor = { kind: 'service', name: deps.signer.caller }
    return {
      organization,
      id,
      signal,
      log: deps.log.child({ process: manager.name, id }),
      now: deps.now,
      load: async (aggregate, before) => {
        const loaded = await loadAggregate(
          deps.store,
          aggregate,
          streamName(aggregate.category, organization, id),
          before,
        )
        correlationId = loaded.correlationId ?? correlationId
        return loaded
      },
      append: async (aggregate, events, { expected, step, actor }) => {
        const cause = {
          organization,
          actor: actor ?? self,
          correlationId,
          causationId: deterministicId(manager.name, key, step),
        }
        const stream = streamName(aggregate.category, organization, id)
        const checked = checkedEvents(aggregate, events)
        const ids = (index: number): string => deterministicId(manager.name, stream, step, index)
        return await deps.store.append(stream, toNewEvents(checked, cause, deps.now(), ids), {
          expected: expected === -1 ? 'none' : expected,
        })
      },
      deterministicId,
      onBehalfOf: onBehalfOf(deps, organization, () => correlationId, deterministicId(manager.name, key), signal),
      setTimer: (name, at) => {
        clearTimeout(work.timers.get(name))
        // Node's timers hold 24.8 days at most; a longer one wakes early, looks, and sets itself again.
        const wait = Math.min(Math.max(at.getTime() - deps.now().getTime(), 0), 2 ** 31 - 1)
        const timer = setTimeout(() => wake(key), wait)
        timer.unref()
        work.timers.set(name, timer)
      },
    }
  }

  const retryLater = (key: string, work: Work, error: unknown): void => {
    work.failures += 1
    problem = String(error)
    const wait = Math.min(250 * 2 ** work.failures, MAX_WAIT_MS)
    deps.log.warn({ err: error, process: manager.name, id: work.id, retryInMs: wait }, 'process waits')
    const timer = setTimeout(() => wake(key), wait)
    timer.unref()
    work.timers.set('_retry', timer)
  }

  const runOnce = async (key: string, work: Work): Promise<void> => {
    const lease = await deps.leases.take(`${manager.name}/${key}`)
    if (lease === undefined) throw new Error('another worker holds the lease')
    try {
      await manager.run(contextOf(key, work, AbortSignal.any([abort.signal, lease.signal])))
      work.failures = 0
    } finally {
      await lease.release()
    }
  }

  const work = async (key: string): Promise<void> => {
    const item = works.get(key)
    if (item === undefined || item.running) return
    item.running = true
    try {
      do {
        item.again = false
        await runOnce(key, item)
      } while (item.again && !abort.signal.aborted)
    } catch (error) {
      if (!abort.signal.aborted) retryLater(key, item, error)
    } finally {
      item.running = false
      drain()
    }
  }

  const drain = (): void => {
    while (queue.length > 0 && inFlight.size < manager.concurrency && !abort.signal.aborted) {
      const key = queue.shift() ?? ''
      const running: Promise<void> = work(key).finally(() => inFlight.delete(running))
      inFlight.add(running)
    }
  }

  const wake = (key: string): void => {
    const item = works.get(key)
    if (item === undefined) return
    if (item.running) item.again = true
    else if (!queue.includes(key)) queue.push(key)
    drain()
  }

  const begin = (organization: string, id: string): string => {
    const key = `${organization}_${id}`
    if (!works.has(key))
      works.set(key, { organization, id, again: false, running: false, failures: 0, timers: new Map() })
    return key
  }

  const end = async (key: string): Promise<void> => {
    await processes.write({ kind: 'delete', id: key })
    for (const timer of works.get(key)?.timers.values() ?? []) clearTimeout(timer)
    works.delete(key)
  }

  const follow = async (): Promise<void> => {
    let position = (await checkpoints.get(checkpointId))?.position ?? -1
    for await (const message of deps.store.subscribe({
      after: position,
      categories: manager.categories,
      signal: abort.signal,
    })) {
      if (message.kind === 'caught-up') {
        for (const key of works.keys()) if (works.get(key)?.running === false) wake(key)
        continue
      }
      const event = toStoredEvent(message.event, deps.upcasters(message.event.stream.split('-', 1)[0] ?? ''))
      const key = `${event.organization}_${event.streamId}`
      try {
        const want = manager.wants(event)
        if (want === 'start') {
          begin(event.organization, event.streamId)
          await processes.write({ kind: 'put', doc: { _id: key, org: event.organization, id: event.streamId } })
        }
        if (want === 'end') await end(key)
        else if (want !== undefined) wake(key)
      } catch (error) {
        await deps.deadLetters.keep({
          consumer: manager.name,
          messageId: event.eventId,
          messageType: event.type,
          reason: String(error),
        })
      }
      position = message.event.position
      await checkpoints.write({ kind: 'put', doc: { _id: checkpointId, position } })
    }
  }

  for await (const doc of processes.scan()) wake(begin(doc.org, doc.id))
  const following = (async () => {
    for (let wait = 100; !abort.signal.aborted; wait = Math.min(wait * 2, 10_000)) {
      try {
        await follow()
      } catch (error) {
        if (abort.signal.aborted) return
        problem = String(error)
        deps.log.warn({ err: error, process: manager.name, retryInMs: wait }, 'process manager waits')
        await pause(wait, abort.signal)
      }
    }
  })()

  return {
    progress: () => ({ name: manager.name, active: works.size, running: inFlight.size, problem }),
    [Symbol.asyncDispose]: async () => {
      abort.abort()
      await Promise.all([following, ...inFlight])
      for (const item of works.values()) for (const timer of item.timers.values()) clearTimeout(timer)
    },
  }
}
