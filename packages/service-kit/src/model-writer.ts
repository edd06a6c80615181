import type { StoredEvent } from '@rancher-hub/domain'
import type { Collection, Document, ReadModels, Write } from '@rancher-hub/read-model'
import type { DeadLetters } from './dead-letters.ts'
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

/** Writes one read model: what was folded, and how far it is. */
export interface ModelWriter {
  /** How far the model is; a model of an older version of the projection is emptied. @throws when a newer version made it */
  load(): Promise<number>
  /** How far it is, without any claim to write it. */
  peek(): Promise<number | undefined>
  /** @throws ModelTakenError when somebody else writes the model, or it is not what was written last */
  apply(events: readonly StoredEvent[]): Promise<Changes>
  /** Empties the model; the next event is the first one. */
  clear(): Promise<void>
  /** What comes from now on is little: forgets what only helps while there is much to write. */
  caughtUp(): void
}

/** The model moved on, or back, without us: begin again from what is stored. */
export class ModelTakenError extends Error {
  override name = 'ModelTakenError'
}

/** An event and the ids of the documents that it concerns. */
interface Keyed {
  readonly event: StoredEvent
  readonly ids: readonly string[]
}

const createFold = (projection: Projection, dead: DeadLetters) => {
  /** One event that cannot be handled must not stop the others. */
  const orDeadLetter = async <R>(event: StoredEvent, work: () => R): Promise<R | undefined> => {
    try {
      return work()
    } catch (error) {
      const { eventId: messageId, type: messageType } = event
      await dead.keep({ consumer: projection.name, messageId, messageType, reason: String(error) })
      return undefined
    }
  }
  return {
    keyed: async (events: readonly StoredEvent[]): Promise<Keyed[]> => {
      const all: Keyed[] = []
      for (const event of events) {
        const ids = await orDeadLetter(event, () => [...projection.keys(event)])
        if (ids !== undefined && ids.length > 0) all.push({ event, ids })
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
        await orDeadLetter(event, () => {
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

/** Opens the model of a projection. `shared`: other processes may write it, too, when they think that it is theirs. */
export const openModelWriter = async (
  projection: Projection,
  models: ReadModels,
  deadLetters: DeadLetters,
  shared: boolean,
): Promise<ModelWriter> => {
  const open = async (): Promise<Collection> =>
    await models.collection(projection.name, { indexes: projection.indexes })
  const collection = await open()
  const checkpoints = await models.collection<Checkpoint>('_checkpoints')
  const fold = createFold(projection, deadLetters)
  const presence = createPresence()
  let saved: number | undefined

  const save = async (position: number): Promise<void> => {
    const doc = { _id: projection.name, position, version: projection.version }
    if (await checkpoints.write({ kind: 'put', doc, when: { position: saved ?? null } })) saved = position
    else throw new ModelTakenError(`${projection.name} is not at position ${saved ?? 'none'} any more`)
  }

  /** What others wrote in the meantime stays when it is newer. `fresh`: it was not there before. */
  const toWrite = (id: string, doc: Document | undefined, position: number, fresh: boolean): Write<Document> => {
    const when = shared ? { $or: [{ _position: null }, { _position: { $lt: position } }] } : undefined
    return doc === undefined ? { kind: 'delete', id, when } : { kind: 'put', doc, when, fresh }
  }

  const clear = async (): Promise<void> => {
    const doc = { _id: projection.name, position: -1, version: projection.version }
    await checkpoints.write({ kind: 'put', doc })
    await collection.clear()
    presence.emptied()
    saved = -1
  }

  return {
    clear,
    caughtUp: presence.unknown,
    peek: async () => (await checkpoints.get(projection.name))?.position,
    load: async () => {
      presence.unknown()
      // Who kept the model before may have gone in the middle of emptying it.
      await open()
      const found = await checkpoints.get(projection.name)
      if (found !== undefined && found.version > projection.version)
        throw new Error(`${projection.name} was made by a newer version of the hub (${found.version})`)
      if (found?.version === projection.version) saved = found.position
      else await clear()
      return saved ?? -1
    },
    apply: async (events) => {
      const keyed = await fold.keyed(events)
      const ids = new Set(keyed.flatMap((each) => each.ids))
      const stored = presence.among(ids)
      const docs = new Map<string, Document | undefined>()
      for (const doc of stored.length === 0 ? [] : await collection.getMany(stored)) docs.set(doc._id, doc)
      const before = new Set(docs.keys())
      const changed = await fold.fold(docs, keyed)
      const position = events.at(-1)?.position ?? saved ?? -1
      const writes = [...changed.keys()].map((id) => {
        const doc = docs.get(id)
        return toWrite(id, doc, doc?._position ?? position, !before.has(id))
      })
      presence.wrote(changed.keys())
      if (writes.length > 0) await collection.bulk(writes)
      await save(position)
      return { changed, docs }
    },
  }
}
