import type { Topic } from '@rancher-hub/contracts'
import type { DomainEvent, Project, StoredEvent } from '@rancher-hub/domain'
import type { Document, Index } from '@rancher-hub/read-model'

/** A read model: which events shape which documents, and how. */
export interface Projection {
  /** Name of the collection in the service's own read models. */
  readonly name: string
  /** Raise it when `project` or `keys` change: the model is rebuilt at the next start. */
  readonly version: number
  readonly categories: readonly string[]
  readonly indexes: readonly Index[]
  /** Live hints of this topic follow a change; the id is the document's unless `hintId` says otherwise. */
  readonly topic?: Topic | undefined
  readonly hintId: (doc: Document) => string | undefined
  readonly keys: (event: StoredEvent) => readonly string[]
  readonly project: (doc: Document | undefined, event: StoredEvent, id: string) => Document | undefined
}

/**
 * Declares a read model. `project` is pure; it must stand a missing document (an event after the one that removed it)
 * by returning undefined. Documents carry `org` first in their indexes.
 */
export const defineProjection = <Doc extends Document, Event extends DomainEvent>(projection: {
  readonly name: string
  readonly version?: number | undefined
  readonly categories: readonly string[]
  readonly indexes?: readonly Index[] | undefined
  readonly topic?: Topic | undefined
  readonly hintId?: ((doc: Doc) => string | undefined) | undefined
  readonly keys: (event: StoredEvent<Event>) => readonly string[]
  readonly project: Project<Doc, Event>
}): Projection & {
  readonly keys: (event: StoredEvent<Event>) => readonly string[]
  readonly project: Project<Doc, Event>
} =>
  ({
    hintId: (doc: Document) => doc._id,
    ...projection,
    version: projection.version ?? 1,
    indexes: projection.indexes ?? [],
    // The runner hands in only documents of this collection and events of these categories.
  }) as Projection & {
    readonly keys: (event: StoredEvent<Event>) => readonly string[]
    readonly project: Project<Doc, Event>
  }
