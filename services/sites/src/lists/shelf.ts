import type { AppInstance } from '@rancher-hub/contracts'
import type { ConfigListRow, WorkloadListRow } from './list-row.ts'
import type { Entry } from './sorted-rows.ts'

/** How much is known of an instance's objects. */
export interface Coverage {
  /** Two with the same signature say the same. */
  readonly signature: string
  /** Whether it is certain that there is no such object. */
  readonly isAbsent: (kind: string, name: string) => boolean
  /** Whether all workloads are known, so that what none of them reads is read by none. */
  readonly knowsWorkloads: boolean
}

export type ShelfEntry = Entry<WorkloadListRow> | Entry<ConfigListRow>

/** What is known of one instance. */
export interface Shelf {
  instance: AppInstance
  neighbourId: string | undefined
  coverage: Coverage
  /** By kind and name: no text of its own for each object. */
  readonly entries: Map<string, Map<string, ShelfEntry>>
  /** Workloads that read a ConfigMap or Secret, by kind and name. */
  readonly uses: Map<string, number>
}

/** Of an instance that nothing has been read of, or that is followed anew. */
export const nothingKnown: Coverage = { signature: '', isAbsent: () => false, knowsWorkloads: false }

export const createShelf = (instance: AppInstance, neighbourId: string | undefined): Shelf => ({
  instance,
  neighbourId,
  coverage: nothingKnown,
  entries: new Map(),
  uses: new Map(),
})

export const entryIn = (shelf: Shelf | undefined, kind: string, name: string): ShelfEntry | undefined =>
  shelf?.entries.get(kind)?.get(name)

/** Puts an entry in its place; undefined takes it away. */
export const setEntry = (shelf: Shelf, kind: string, name: string, entry: ShelfEntry | undefined): void => {
  const ofKind = shelf.entries.get(kind) ?? new Map<string, ShelfEntry>()
  if (entry === undefined) ofKind.delete(name)
  else ofKind.set(name, entry)
  shelf.entries.set(kind, ofKind)
}

export const entriesOf = (shelf: Shelf): ShelfEntry[] =>
  [...shelf.entries.values()].flatMap((each) => [...each.values()])
