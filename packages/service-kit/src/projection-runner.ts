import type { StoredEvent } from '@rancher-hub/domain'
import type { EventStore, RecordedEvent } from '@rancher-hub/event-store'
import type { Collection, Document, ReadModels, Write } from '@rancher-hub/read-model'
import { toStoredEvent, type Upcaster } from './aggregate.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { Logger } from './logger.ts'
import { pause } from './pause.ts'
import type { Projection } from './projection.ts'

const BATCH = 500

interface Checkpoint extends Document {
  readonly position: number
  readonly version: number
}

export interface ProjectionRunnerDeps {
  readonly store: EventStore
  readonly models: ReadModels
  readonly deadLetters: DeadLetters
  readonly log: Logger
  readonly upcasters: (category: string) => Readonly<Record<string, Upcaster>> | undefined
  /** Called after documents changed, with the hint ids by organization (undefined: many). */
  readonly onChanged: (projection: Projection, organization: string, ids: ReadonlySet<string> | undefined) => void
}

export interface ProjectionProgress {
  readonly name: string
  /** Position up to which the model is right. */
  readonly position: number
  readonly state: 'catching-up' | 'live' | 'waiting' | 'stopped'
  readonly problem?: string | undefined
}

export interface ProjectionRunner extends AsyncDisposable {
  progress(): ProjectionProgress
  /** Resolves when the model has seen this position; rejects when `signal` aborts. */
  settled(position: number, signal: AbortSignal): Promise<void>
  /** Empties the model and makes it anew from the first event on. */
  rebuild(onProgress?: (done: number, total: number) => void): Promise<void>
}

/** Folds a batch of events into documents, in memory; documents are idempotent by `_position`. */
const foldBatch = async (
  projection: Projection,
  docs: Map<string, Document | undefined>,
  events: readonly StoredEvent[],
  dead: DeadLetters,
) => {
  const changed = new Map<string, string>()
  for (const event of events) {
    try {
      for (const id of projection.keys(event)) {
        const before = docs.get(id)
        if (before?._position !== undefined && before._position >= event.position) continue
        const after = projection.project(before, event, id)
        if (after === undefined && before === undefined) continue
        docs.set(id, after === undefined ? undefined : { ...after, _id: id, _position: event.position })
        changed.set(id, event.organization)
      }
    } catch (error) {
      await dead.keep({
        consumer: projection.name,
        messageId: event.eventId,
        messageType: event.type,
        reason: String(error),
      })
    }
  }
  return changed
}

/** Runs one projection: checkpointed, idempotent, rebuildable. */
export const startProjectionRunner = async (
  projection: Projection,
  deps: ProjectionRunnerDeps,
): Promise<ProjectionRunner> => {
  const collection: Collection = await deps.models.collection(projection.name, { indexes: projection.indexes })
  const checkpoints = await deps.models.collection<Checkpoint>('_checkpoints')
  const waiters = new Set<{ position: number; resolve: () => void }>()
  let position = -1
  let state: ProjectionProgress['state'] = 'catching-up'
  let problem: string | undefined

  const reached = (upTo: number): void => {
    position = Math.max(position, upTo)
    for (const waiter of waiters) {
      if (waiter.position > position) continue
      waiters.delete(waiter)
      waiter.resolve()
    }
  }

  const saveCheckpoint = async (upTo: number): Promise<void> => {
    await checkpoints.write({ kind: 'put', doc: { _id: projection.name, position: upTo, version: projection.version } })
  }

  const hint = (changed: ReadonlyMap<string, string>, docs: ReadonlyMap<string, Document | undefined>): void => {
    if (projection.topic === undefined) return
    const byOrganization = new Map<string, Set<string>>()
    for (const [id, organization] of changed) {
      const ids = byOrganization.get(organization) ?? new Set()
      const doc = docs.get(id)
      const hintId = doc === undefined ? id : projection.hintId(doc)
      if (hintId !== undefined) ids.add(hintId)
      byOrganization.set(organization, ids)
    }
    for (const [organization, ids] of byOrganization)
      deps.onChanged(projection, organization, ids.size > 20 ? undefined : ids)
  }

  const apply = async (recorded: readonly RecordedEvent[], live: boolean): Promise<void> => {
    const events = recorded.map((event) => toStoredEvent(event, deps.upcasters(event.stream.split('-', 1)[0] ?? '')))
    const ids = new Set<string>()
    for (const event of events) {
      // An event whose keys cannot be told is kept as dead letter by the fold below.
      try {
        for (const id of projection.keys(event)) ids.add(id)
      } catch (error) {
        deps.log.debug({ err: error, projection: projection.name }, 'keys of an event cannot be told')
      }
    }
    const docs = new Map<string, Document | undefined>()
    for (const doc of ids.size === 0 ? [] : await collection.getMany([...ids])) docs.set(doc._id, doc)
    const changed = await foldBatch(projection, docs, events, deps.deadLetters)
    const writes = [...changed.keys()].map((id): Write<Document> => {
      const doc = docs.get(id)
      return doc === undefined ? { kind: 'delete', id } : { kind: 'put', doc }
    })
    if (writes.length > 0) await collection.bulk(writes)
    const last = recorded.at(-1)?.position ?? position
    await saveCheckpoint(last)
    reached(last)
    if (live) hint(changed, docs)
  }

  const follow = async (signal: AbortSignal): Promise<void> => {
    let batch: RecordedEvent[] = []
    let live = false
    for await (const message of deps.store.subscribe({ after: position, categories: projection.categories, signal })) {
      if (message.kind === 'event') {
        batch.push(message.event)
        if (batch.length < BATCH) continue
      }
      if (batch.length > 0) await apply(batch, live)
      batch = []
      if (message.kind === 'caught-up') {
        live = true
        state = 'live'
        problem = undefined
        reached(message.position)
      }
    }
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    for (let wait = 100; !signal.aborted; wait = Math.min(wait * 2, 10_000)) {
      try {
        await follow(signal)
      } catch (error) {
        if (signal.aborted) break
        state = 'waiting'
        problem = String(error)
        deps.log.warn({ err: error, projection: projection.name, retryInMs: wait }, 'projection waits')
        await pause(wait, signal)
      }
    }
    state = 'stopped'
  }

  const saved = await checkpoints.get(projection.name)
  if (saved !== undefined && saved.version === projection.version) position = saved.position
  else await collection.clear()
  let abort = new AbortController()
  let running = run(abort.signal)

  return {
    progress: () => ({ name: projection.name, position, state, problem }),
    settled: async (wanted, signal) => {
      if (position >= wanted) return
      await new Promise<void>((resolve, reject) => {
        const waiter = { position: wanted, resolve }
        waiters.add(waiter)
        const onAbort = (): void => {
          waiters.delete(waiter)
          reject(signal.reason as Error)
        }
        signal.addEventListener('abort', onAbort, { once: true })
      })
    },
    rebuild: async (onProgress) => {
      abort.abort()
      await running
      await collection.clear()
      position = -1
      state = 'catching-up'
      await saveCheckpoint(-1)
      const total = await deps.store.head()
      let batch: RecordedEvent[] = []
      for await (const event of deps.store.readAll({ categories: projection.categories })) {
        batch.push(event)
        if (batch.length < BATCH) continue
        await apply(batch, false)
        onProgress?.(batch.at(-1)?.position ?? 0, total)
        batch = []
      }
      if (batch.length > 0) await apply(batch, false)
      onProgress?.(total, total)
      abort = new AbortController()
      running = run(abort.signal)
    },
    [Symbol.asyncDispose]: async () => {
      abort.abort()
      await running
    },
  }
}
