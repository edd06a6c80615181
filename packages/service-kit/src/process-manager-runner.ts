import { categoryOf, type EventStore, PositionBeyondHeadError, type RecordedEvent } from '@rancher-hub/event-store'
import type { Document, ReadModels } from '@rancher-hub/read-model'
import { toStoredEvent, type Upcaster } from './aggregate.ts'
import type { DeadLetters } from './dead-letters.ts'
import { type Lease, type Leases, STANDBY_MS } from './lease.ts'
import type { Logger } from './logger.ts'
import { pause } from './pause.ts'
import type { ProcessContextDeps } from './process-context.ts'
import type { ProcessManager } from './process-manager.ts'
import { createProcessWorks } from './process-works.ts'

const FIRST_WAIT_MS = 100

/** A stream that is not finished yet. */
interface ProcessDoc extends Document {
  readonly org: string
  readonly id: string
}
interface Checkpoint extends Document {
  readonly position: number
}

export interface ProcessManagerRunnerDeps extends ProcessContextDeps {
  readonly store: EventStore
  readonly models: ReadModels
  readonly leases: Leases
  readonly deadLetters: DeadLetters
  readonly log: Logger
  readonly upcasters: (category: string) => Readonly<Record<string, Upcaster>> | undefined
}

export interface ProcessManagerRunner extends AsyncDisposable {
  /** Streams being worked on or waiting, and why it cannot follow events now. What one stream waits for is in the log. */
  progress(): {
    readonly name: string
    readonly active: number
    readonly running: number
    readonly problem?: string | undefined
  }
}

/**
 * Runs one process manager: finds its unfinished streams again after a restart and works on each under a lease. Every
 * process follows the events and works; one of them, by lease, keeps the list of what is unfinished.
 */
export const startProcessManagerRunner = async (
  manager: ProcessManager,
  deps: ProcessManagerRunnerDeps,
): Promise<ProcessManagerRunner> => {
  const processes = await deps.models.collection<ProcessDoc>(`_processes_${manager.name}`)
  const checkpoints = await deps.models.collection<Checkpoint>('_checkpoints')
  const checkpointId = `process:${manager.name}`
  const listLease = `list/${manager.name}`
  const works = createProcessWorks(manager, deps)
  const abort = new AbortController()
  let problem: string | undefined
  let wait = FIRST_WAIT_MS

  /** What an event means to the manager; an event that it cannot understand becomes a dead letter. */
  const understand = async (recorded: RecordedEvent) => {
    try {
      const event = toStoredEvent(recorded, deps.upcasters(categoryOf(recorded.stream)))
      return { event, want: manager.wants(event) }
    } catch (error) {
      await deps.deadLetters.keep({
        consumer: manager.name,
        messageId: recorded.id,
        messageType: recorded.type,
        reason: String(error),
      })
      return undefined
    }
  }

  /** Begins, wakes or ends what an event concerns. `keep`: also in the list. */
  const handle = async (recorded: RecordedEvent, keep: boolean): Promise<void> => {
    const understood = await understand(recorded)
    if (understood?.want === undefined) return
    const { event, want } = understood
    const key = works.begin(event.organization, event.streamId, want === 'start')
    if (want === 'end') works.end(key)
    else works.wake(key)
    if (!keep || want === 'wake') return
    if (want === 'end') await processes.write({ kind: 'delete', id: key })
    else await processes.write({ kind: 'put', doc: { _id: key, org: event.organization, id: event.streamId } })
  }

  /** Follows the events. With a lease, also keeps the list: only what was written last is written over. */
  const follow = async (signal: AbortSignal, lease?: Lease): Promise<void> => {
    let saved = (await checkpoints.get(checkpointId))?.position
    const save = async (position: number): Promise<void> => {
      lease?.assertHeld()
      const doc = { _id: checkpointId, position }
      if (!(await checkpoints.write({ kind: 'put', doc, when: { position: saved ?? null } })))
        throw new Error(`${manager.name} is not at position ${saved ?? 'none'} any more`)
      saved = position
    }
    for await (const doc of processes.scan()) works.wake(works.begin(doc.org, doc.id, true))
    let caughtUp = false
    const after = saved ?? -1
    for await (const message of deps.store.subscribe({ after, categories: manager.categories, signal })) {
      wait = FIRST_WAIT_MS
      problem = undefined
      if (message.kind === 'event') {
        lease?.assertHeld()
        await handle(message.event, lease !== undefined)
        if (lease !== undefined) await save(message.event.position)
      } else if (!caughtUp) {
        // What was waited for may have happened while nobody listened; from now on, events wake.
        caughtUp = true
        works.wakeIdle()
      }
    }
  }

  /** What was listed may never have happened in the store that is there now: begins anew with its first event. */
  const forget = async (error: PositionBeyondHeadError, lease: Lease | undefined): Promise<void> => {
    deps.log.error({ err: error, process: manager.name }, 'list of unfinished work is made anew')
    works.clear()
    if (lease === undefined) return
    lease.assertHeld()
    await checkpoints.write({ kind: 'delete', id: checkpointId })
    await processes.clear()
  }
  const followOrForget = async (signal: AbortSignal, lease?: Lease): Promise<void> => {
    try {
      await follow(signal, lease)
    } catch (error) {
      if (error instanceof PositionBeyondHeadError) await forget(error, lease)
      throw error
    }
  }

  /** Follows without keeping the list, until the list is free. */
  const standBy = async (signal: AbortSignal): Promise<void> => {
    const ended = new AbortController()
    const both = AbortSignal.any([signal, ended.signal])
    const ask = async (): Promise<void> => {
      while (!both.aborted) {
        await pause(STANDBY_MS, both)
        const lease = both.aborted ? undefined : await deps.leases.take(listLease)
        await lease?.release()
        if (lease !== undefined) return
      }
    }
    const end = (): void => ended.abort()
    await Promise.all([followOrForget(both).finally(end), ask().finally(end)])
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const lease = await deps.leases.take(listLease)
      if (lease === undefined) {
        await standBy(signal)
        continue
      }
      try {
        await followOrForget(AbortSignal.any([signal, lease.signal]), lease)
      } finally {
        await lease.release()
      }
    }
  }

  const running = (async () => {
    while (!abort.signal.aborted) {
      try {
        await run(abort.signal)
      } catch (error) {
        if (abort.signal.aborted) return
        problem = String(error)
        deps.log.warn({ err: error, process: manager.name, retryInMs: wait }, 'process manager waits')
        await pause(wait, abort.signal)
        wait = Math.min(wait * 2, 5_000)
      }
    }
  })()

  return {
    progress: () => ({ name: manager.name, ...works.counts(), problem }),
    [Symbol.asyncDispose]: async () => {
      abort.abort()
      await running
      await works[Symbol.asyncDispose]()
    },
  }
}
