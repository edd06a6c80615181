import type { StoredEvent } from '@rancher-hub/domain'
import { categoryOf, type RecordedEvent } from '@rancher-hub/event-store'
import type { Collection, Document, ReadModels, Write } from '@rancher-hub/read-model'
import { toStoredEvent, type Upcaster } from './aggregate.ts'
import type { DeadLetters } from './dead-letters.ts'
import { createDeletions, DELETED_AT } from './deleted-documents.ts'
import type { Lease } from './lease.ts'
import type { Projection } from './projection.ts'

interface Checkpoint extends Document {
  readonly position: number
  readonly version: number
}

/** Ids of the documents that changed, with their organization, and what they are now (undefined: deleted). */
export interface Changes {
  readonly changed: ReadonlyMap<string, string>
  readonly docs: ReadonlyMap<string, Document | undefined>
}

/** Writes one read model: what was folded, and how far it is. Only who holds its lease does. */
export interface ModelWriter {
  /** How far the model is; a model of an older version of the projection is emptied. @throws when a newer version made it */
  load(lease: HeldLease): Promise<number>
  /** How far it is, without any claim to write it. */
  peek(): Promise<number | undefined>
  /** @throws ModelTakenError when somebody else writes the model, or it is not what was written last; LeaseLostError */
  apply(recorded: readonly RecordedEvent[], lease: HeldLease): Promise<Changes>
  /** Empties the model; the next event is the first one. @throws LeaseLostError, and then whoever keeps the model begins anew */
  clear(lease: HeldLease): Promise<void>
  /** What comes from now on is little: forgets what only helps while there is much to write. */
  caughtUp(): Promise<void>
}

/** The part of a lease that a writer looks at before each write. */
export type HeldLease = Pick<Lease, 'assertHeld'>

/** The model moved on, or back, without us: begin again from what is stored. */
export class ModelTakenError extends Error {
  override name = 'ModelTakenError'
}

/** An event and the ids of the documents that it concerns. */
interface Keyed {
  readonly event: StoredEvent
  readonly ids: readonly string[]
}

const createFold = (projection: Projection, { deadLetters, upcasters }: ModelWriterDeps) => {
  /** One event that cannot be handled must not stop the others. */
  const orDeadLetter = async <R>(messageId: string, messageType: string, work: () => R): Promise<R | undefined> => {
    try {
      return work()
    } catch (error) {
      await deadLetters.keep({ consumer: projection.name, messageId, messageType, reason: String(error) })
      return undefined
    }
  }
  return {
    keyed: async (recorded: readonly RecordedEvent[]): Promise<Keyed[]> => {
      const all: Keyed[] = []
      for (const each of recorded) {
        const keyed = await orDeadLetter(each.id, each.type, (): Keyed => {
          const event = toStoredEvent(each, upcasters(categoryOf(each.stream)))
          return { event, ids: [...projection.keys(event)] }
        })
        if (keyed !== undefined && keyed.ids.length > 0) all.push(keyed)
      }
      return all
    },
    /** Folds into `docs`, in memory; documents are idempotent by `_position`. */
    fold: async (docs: Map<string, Document | undefined>, keyed: readonly Keyed[]): Promise<Map<string, string>> => {
      const changed = new Map<string, string>()
      const foldOne = (event: StoredEvent, id: string): void => {
        const before = docs.get(id)
        if (before?._position !== undefined && before._position >= event.position) return
        const after = projection.project(before, event, id)
        if (after === undefined && before === undefined) return
        docs.set(id, after === undefined ? undefined : { ...after, _id: id, _position: event.position })
        changed.set(id, event.organization)
      }
      for (const { event, ids } of keyed)
        await orDeadLetter(event.eventId, event.type, () => {
          for (const id of ids) foldOne(event, id)
        })
      return changed
    },
  }
}

/** Beyond so many documents it is cheaper to look them up than to remember which are there. */
const MAX_REMEMBERED = 100_000

/** Which documents may be stored: only those that were written since the model was emptied, or, after a while, any. */
const createPresence = () => {
  let written: Set<string> | undefined
  return {
    emptied: (): void => {
      written = new Set()
    },
    unknown: (): void => {
      written = undefined
    },
    among: (ids: ReadonlySet<string>): string[] => [...ids].filter((id) => written?.has(id) !== false),
    wrote: (ids: Iterable<string>): void => {
      for (const id of ids) written?.add(id)
      if (written !== undefined && written.size > MAX_REMEMBERED) written = undefined
    },
  }
}

/** What a writer works with. */
export interface ModelWriterDeps {
  readonly models: ReadModels
  readonly deadLetters: DeadLetters
  readonly upcasters: (category: string) => Readonly<Record<string, Upcaster>> | undefined
  /** Other processes may write the model, too, when they think that it is theirs. */
  readonly shared: boolean
}

/** Opens the model of a projection. */
export const openModelWriter = async (projection: Projection, deps: ModelWriterDeps): Promise<ModelWriter> => {
  const { models, shared } = deps
  const collection: Collection = await models.collection(projection.name, { indexes: projection.indexes })
  const checkpoints = await models.collection<Checkpoint>('_checkpoints')
  const fold = createFold(projection, deps)
  const presence = createPresence()
  const deletions = createDeletions(collection)
  let saved: number | undefined

  const save = async (position: number): Promise<void> => {
    const doc = { _id: projection.name, position, version: projection.version }
    if (await checkpoints.write({ kind: 'put', doc, when: { position: saved ?? null } })) saved = position
    else throw new ModelTakenError(`${projection.name} is not at position ${saved ?? 'none'} any more`)
  }

  /**
   * What others wrote in the meantime stays when it is newer. In a shared model that holds for deleted documents, too:
   * a mark of them stays for a while. `fresh`: it was not there before.
   */
  const toWrite = (id: string, doc: Document | undefined, position: number, fresh: boolean): Write<Document> => {
    if (!shared) return doc === undefined ? { kind: 'delete', id } : { kind: 'put', doc, fresh }
    const when = { $or: [{ _position: null }, { _position: { $lt: position } }] }
    return { kind: 'put', doc: doc ?? deletions.mark(id, position), when, fresh }
  }

  const invalidate = async (): Promise<void> => void (await checkpoints.write({ kind: 'delete', id: projection.name }))

  /** Without a checkpoint the model counts as not made: whoever comes next, after a crash too, empties it again. */
  const clear = async (lease: HeldLease): Promise<void> => {
    lease.assertHeld()
    await invalidate()
    saved = undefined
    lease.assertHeld()
    await collection.clear()
    try {
      lease.assertHeld()
    } catch (error) {
      // What was emptied may have been another keeper's by then.
      await invalidate()
      throw error
    }
    presence.emptied()
    await save(-1)
  }

  return {
    clear,
    caughtUp: async () => {
      presence.unknown()
      if (shared) await deletions.sweep()
    },
    peek: async () => (await checkpoints.get(projection.name))?.position,
    load: async (lease) => {
      presence.unknown()
      const found = await checkpoints.get(projection.name)
      if (found !== undefined && found.version > projection.version)
        throw new Error(`${projection.name} was made by a newer version of the hub (${found.version})`)
      if (found?.version === projection.version) saved = found.position
      else await clear(lease)
      return saved ?? -1
    },
    apply: async (recorded, lease) => {
      const keyed = await fold.keyed(recorded)
      const ids = new Set(keyed.flatMap((each) => each.ids))
      const stored = presence.among(ids)
      const known = new Map<string, Document>()
      for (const doc of stored.length === 0 ? [] : await collection.getMany(stored)) known.set(doc._id, doc)
      const docs = new Map<string, Document | undefined>()
      for (const [id, doc] of known) if (doc[DELETED_AT] === undefined) docs.set(id, doc)
      const changed = await fold.fold(docs, keyed)
      const position = recorded.at(-1)?.position ?? saved ?? -1
      const writes = [...changed.keys()].map((id) => {
        const doc = docs.get(id)
        return toWrite(id, doc, doc?._position ?? position, !known.has(id))
      })
      presence.wrote(changed.keys())
      lease.assertHeld()
      if (writes.length > 0) await collection.bulk(writes)
      lease.assertHeld()
      await save(position)
      return { changed, docs }
    },
  }
}
