import { type EventStore, PositionBeyondHeadError, type RecordedEvent } from '@rancher-hub/event-store'
import type { ReadModels } from '@rancher-hub/read-model'
import { z } from 'zod'
import type { Upcaster } from './aggregate.ts'
import type { DeadLetters } from './dead-letters.ts'
import { type Lease, type Leases, whileHolding } from './lease.ts'
import type { Logger } from './logger.ts'
import { type Changes, type HeldLease, openModelWriter } from './model-writer.ts'
import { createOneAhead } from './one-ahead.ts'
import { pause } from './pause.ts'
import { createPositionWaiters } from './position-waiters.ts'
import type { Projection } from './projection.ts'
import { sendHints } from './projection-hints.ts'

const BATCH = 500
const FIRST_WAIT_MS = 100
/** Who keeps a model says so this often, also when there is nothing new; */
const HEARTBEAT_MS = 500
/** and who stands by takes it for gone after this silence: the lease has yet to run out. */
const SILENCE_MS = 1_500

export interface ProjectionRunnerDeps {
  readonly store: EventStore
  readonly models: ReadModels
  readonly deadLetters: DeadLetters
  readonly leases: Leases
  readonly log: Logger
  readonly upcasters: (category: string) => Readonly<Record<string, Upcaster>> | undefined
  /** Called after documents changed, with the hint ids by organization (undefined: many). */
  readonly onChanged: (projection: Projection, organization: string, ids: ReadonlySet<string> | undefined) => void
  /** Called by the process that keeps the model when it has come further, for those that stand by. */
  readonly announce?: ((progress: ProjectionProgress) => void) | undefined
}

export interface ProjectionProgress {
  readonly name: string
  /** Position up to which the model is right. */
  readonly position: number
  /** `standby`: another process keeps the model, and `position` is what it said last. */
  readonly state: 'catching-up' | 'live' | 'standby' | 'waiting' | 'stopped'
  readonly problem?: string | undefined
}

/** Progress as it travels between the processes of a service. */
export const ProjectionProgressMessage = z.object({
  name: z.string(),
  position: z.number(),
  state: z.enum(['catching-up', 'live', 'standby', 'waiting', 'stopped']),
  problem: z.string().optional(),
})

export interface ProjectionRunner extends AsyncDisposable {
  progress(): ProjectionProgress
  /** Whether the model is behind what is stored, as far as this process knows. */
  behind(): boolean
  /** Takes note of how far the process is that keeps the model. */
  heard(progress: ProjectionProgress): void
  /** Resolves when the model has seen this position; rejects when `signal` aborts. */
  settled(position: number, signal: AbortSignal): Promise<void>
  /** Empties the model and makes it anew from the first event on. @throws Error when another process keeps it */
  rebuild(onProgress?: (done: number, total: number) => void): Promise<void>
}

/** Runs one projection: checkpointed, idempotent, rebuildable; kept by one process at a time. */
export const startProjectionRunner = async (
  projection: Projection,
  deps: ProjectionRunnerDeps,
): Promise<ProjectionRunner> => {
  const lease = `projection/${projection.name}`
  const writer = await openModelWriter(projection, { ...deps, shared: deps.leases.shared })
  const waiters = createPositionWaiters()
  let position = -1
  let state: ProjectionProgress['state'] = 'catching-up'
  let keeperState: ProjectionProgress['state'] = 'live'
  let heardAt = performance.now()
  // Since when there is something that the model does not show yet.
  let behindSince: number | undefined
  let problem: string | undefined
  let wait = FIRST_WAIT_MS

  const isLate = (): boolean => behindSince !== undefined && performance.now() - behindSince > SILENCE_MS
  const currentState = (): ProjectionProgress['state'] => (state === 'live' && isLate() ? 'catching-up' : state)
  const progress = (): ProjectionProgress => ({ name: projection.name, position, state: currentState(), problem })
  const reached = (upTo: number): void => {
    position = Math.max(position, upTo)
    waiters.reached(position)
  }

  const apply = async (recorded: readonly RecordedEvent[], lease: HeldLease): Promise<Changes> => {
    const changes = await writer.apply(recorded, lease)
    reached(recorded.at(-1)?.position ?? position)
    return changes
  }

  const follow = async (signal: AbortSignal, lease: Lease): Promise<void> => {
    state = 'catching-up'
    position = await writer.load(lease)
    behindSince = undefined
    let batch: RecordedEvent[] = []
    // Organizations whose documents changed while nobody was told.
    const untold = new Set<string>()
    const writing = createOneAhead()
    const write = async (events: readonly RecordedEvent[]): Promise<void> => {
      const changes = await apply(events, lease)
      if (state === 'live') sendHints(projection, changes, deps.onChanged)
      else for (const organization of changes.changed.values()) untold.add(organization)
    }
    const caughtUp = async (upTo: number): Promise<void> => {
      await writer.caughtUp()
      behindSince = undefined
      state = 'live'
      problem = undefined
      wait = FIRST_WAIT_MS
      reached(upTo)
      if (projection.topic !== undefined)
        for (const organization of untold) deps.onChanged(projection, organization, undefined)
      untold.clear()
    }
    const heartbeat = setInterval(() => deps.announce?.(progress()), HEARTBEAT_MS)
    try {
      for await (const message of deps.store.subscribe({
        after: position,
        categories: projection.categories,
        signal,
      })) {
        if (message.kind === 'event') {
          behindSince ??= performance.now()
          batch.push(message.event)
          if (batch.length < BATCH) continue
        }
        const events = batch
        batch = []
        if (events.length > 0) await writing.begin(async () => await write(events))
        if (message.kind === 'caught-up') {
          await writing.done()
          await caughtUp(message.position)
        }
        deps.announce?.(progress())
      }
      await writing.done()
    } catch (error) {
      if (error instanceof PositionBeyondHeadError) {
        deps.log.error({ err: error, projection: projection.name }, 'read model is made anew')
        await writing.settled()
        await writer.clear(lease)
      }
      throw error
    } finally {
      clearInterval(heartbeat)
      await writing.settled()
    }
  }

  /** Progress is announced; asking the store covers what was not heard. */
  const standBy = async (): Promise<void> => {
    if (state !== 'standby') {
      keeperState = 'live'
      heardAt = performance.now()
    }
    state = 'standby'
    problem = undefined
    if (waiters.any()) reached((await writer.peek()) ?? -1)
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        await whileHolding(deps.leases, lease, signal, { work: follow, standBy })
      } catch (error) {
        if (signal.aborted) break
        state = 'waiting'
        problem = String(error)
        deps.log.warn({ err: error, projection: projection.name, retryInMs: wait }, 'projection waits')
        await pause(wait, signal)
        wait = Math.min(wait * 2, 5_000)
      }
    }
    state = 'stopped'
  }

  const rebuildHeld = async (lease: HeldLease, onProgress?: (done: number, total: number) => void): Promise<void> => {
    state = 'catching-up'
    position = -1
    await writer.clear(lease)
    const total = await deps.store.head()
    const writing = createOneAhead()
    const write = async (events: readonly RecordedEvent[]): Promise<void> =>
      await writing.begin(async () => {
        await apply(events, lease)
        onProgress?.(events.at(-1)?.position ?? 0, total)
      })
    try {
      let batch: RecordedEvent[] = []
      for await (const event of deps.store.readAll({ categories: projection.categories })) {
        if (batch.push(event) < BATCH) continue
        await write(batch)
        batch = []
      }
      if (batch.length > 0) await write(batch)
      await writing.done()
    } finally {
      await writing.settled()
    }
    onProgress?.(total, total)
  }

  let abort = new AbortController()
  let running = run(abort.signal)

  return {
    progress,
    behind: () =>
      state === 'standby'
        ? keeperState !== 'live' || performance.now() - heardAt > SILENCE_MS
        : currentState() !== 'live',
    heard: (other) => {
      if (state !== 'standby' || other.name !== projection.name) return
      keeperState = other.state
      heardAt = performance.now()
      reached(other.position)
    },
    settled: async (wanted, signal) => {
      if (position < wanted) await waiters.wait(wanted, signal)
    },
    rebuild: async (onProgress) => {
      abort.abort()
      await running
      const held = await deps.leases.take(lease)
      try {
        if (held === undefined) throw new Error(`${projection.name} is kept by another process; rebuild it there`)
        await rebuildHeld(held, onProgress)
      } finally {
        await held?.release()
        abort = new AbortController()
        running = run(abort.signal)
      }
    },
    [Symbol.asyncDispose]: async () => {
      abort.abort()
      await running
    },
  }
}
