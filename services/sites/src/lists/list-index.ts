import type { AppInstance, RuleInForce } from '@rancher-hub/contracts'
import { driftOf } from './drift-of.ts'
import { createDriftUnderRules, mayBeHidden } from './drift-under-rules.ts'
import {
  type ConfigListRow,
  configRow,
  kindKey,
  type ListedObject,
  type ListRow,
  type SeenObject,
  type WorkloadListRow,
  workloadRow,
} from './list-row.ts'
import { type ConfigTable, createConfigTable, createWorkloadTable, type WorkloadTable } from './list-tables.ts'
import { neighboursOf } from './neighbours-of.ts'
import { type Coverage, createShelf, entriesOf, entryIn, type Shelf, type ShelfEntry, setEntry } from './shelf.ts'
import type { Entry } from './sorted-rows.ts'

/** Rows of all instances of an organization; each change costs the rows that it changes. */
export interface ListIndex {
  readonly workloads: WorkloadTable
  readonly configs: ConfigTable
  /** Raised by every change. */
  version(): number
  /** `kind` as {@link kindKey} writes it, here and where something is removed. */
  row(instanceId: string, kind: string, name: string): WorkloadListRow | ConfigListRow | undefined
  /** Says which instances there are, in a fixed order; rows of others disappear. */
  setInstances(instances: readonly AppInstance[]): void
  /** Says which rules that ignore there are. What is left to do comes back as small steps: each looks at one row again. */
  setRules(rules: readonly RuleInForce[]): (() => void)[]
  neighbour(instanceId: string): AppInstance | undefined
  put(instanceId: string, seen: SeenObject): void
  remove(instanceId: string, kind: string, name: string): void
  setCoverage(instanceId: string, coverage: Coverage): void
}

/** Rows of workloads have a status; nothing else tells the two apart. */
const isOfWorkload = (entry: ShelfEntry): entry is Entry<WorkloadListRow> => 'status' in entry.row
const seenAgain = (entry: ShelfEntry): SeenObject =>
  isOfWorkload(entry) ? { object: entry.row.object, life: entry.row } : { object: entry.row.object, config: entry.row }

const useKey = ({ kind, name }: { readonly kind: string; readonly name: string }): string => `${kind}/${name}`
const readBy = (object: ListedObject | undefined): ReadonlySet<string> => new Set(object?.references.map(useKey))

/** Makes an empty index. */
export const createListIndex = (): ListIndex => {
  const workloads = createWorkloadTable()
  const configs = createConfigTable()
  const shelves = new Map<string, Shelf>()
  /** Instances that are compared with an instance. */
  const followers = new Map<string, string[]>()
  let version = 0
  let underRules = createDriftUnderRules([])

  const driftIn = ({ instance, neighbourId = '' }: Shelf, object: ListedObject): ListRow['drift'] => {
    const neighbour = shelves.get(neighbourId)
    if (neighbour === undefined || object.digest === undefined) return 'not-compared'
    const { kind, name } = object
    const other = entryIn(neighbour, kind, name)?.row.object
    const drift = driftOf(object, other, () => neighbour.coverage.isAbsent(kind, name))
    return underRules(drift, { instanceId: instance.id, object, neighbourId, other })
  }

  const draw = (shelf: Shelf, seen: SeenObject): void => {
    const { object } = seen
    const { name } = object
    const kind = kindKey(object)
    const before = entryIn(shelf, kind, name)
    const place = { instance: shelf.instance, drift: driftIn(shelf, object) }
    const put = (): ShelfEntry => {
      if ('life' in seen)
        return workloads.put(before as Entry<WorkloadListRow> | undefined, workloadRow(place, object, seen.life))
      const usedBy = shelf.coverage.knowsWorkloads ? (shelf.uses.get(useKey(object)) ?? 0) : undefined
      const row = configRow(place, object, seen.config, usedBy)
      return configs.put(before as Entry<ConfigListRow> | undefined, row)
    }
    setEntry(shelf, kind, name, put())
  }
  const redraw = (shelf: Shelf | undefined, kind: string, name: string): void => {
    const entry = entryIn(shelf, kind, name)
    if (shelf !== undefined && entry !== undefined) draw(shelf, seenAgain(entry))
  }
  const redrawAll = (shelf: Shelf): void => {
    for (const entry of entriesOf(shelf)) draw(shelf, seenAgain(entry))
  }
  const erase = (entry: ShelfEntry): void => {
    if (isOfWorkload(entry)) workloads.remove(entry)
    else configs.remove(entry)
  }
  const followersOf = (id: string): Shelf[] => (followers.get(id) ?? []).flatMap((each) => shelves.get(each) ?? [])

  const countUses = (shelf: Shelf, before: ListedObject | undefined, after: ListedObject | undefined): void => {
    if (before?.references === after?.references) return
    const is = readBy(after)
    for (const key of readBy(before).symmetricDifference(is)) {
      shelf.uses.set(key, (shelf.uses.get(key) ?? 0) + (is.has(key) ? 1 : -1))
      const [kind = '', name = ''] = key.split('/')
      redraw(shelf, kind, name)
    }
  }

  /** What follows from an object being another one now, besides its own row. */
  const changed = (shelf: Shelf, before: ListedObject | undefined, after: ListedObject | undefined): void => {
    version += 1
    countUses(shelf, before, after)
    if (before?.digest === after?.digest) return
    const { kind = '', name = '' } = after ?? before ?? {}
    for (const follower of followersOf(shelf.instance.id)) redraw(follower, kind, name)
  }

  const place = (instance: AppInstance, neighbourId: string | undefined): Shelf | undefined => {
    const shelf = shelves.get(instance.id)
    if (shelf === undefined) {
      shelves.set(instance.id, createShelf(instance, neighbourId))
      return undefined
    }
    if (shelf.neighbourId === neighbourId && JSON.stringify(shelf.instance) === JSON.stringify(instance))
      return undefined
    shelf.instance = instance
    shelf.neighbourId = neighbourId
    return shelf
  }

  return {
    workloads,
    configs,
    version: () => version,
    row: (instanceId, kind, name) => entryIn(shelves.get(instanceId), kind, name)?.row,
    neighbour: (instanceId) => shelves.get(shelves.get(instanceId)?.neighbourId ?? '')?.instance,
    setInstances: (instances) => {
      version += 1
      const ids = new Set(instances.map(({ id }) => id))
      for (const [id, shelf] of shelves) {
        if (ids.has(id)) continue
        shelves.delete(id)
        for (const entry of entriesOf(shelf)) erase(entry)
      }
      const neighbours = neighboursOf(instances)
      followers.clear()
      const moved: Shelf[] = []
      for (const instance of instances) {
        const neighbourId = neighbours.get(instance.id)?.id
        if (neighbourId !== undefined) followers.set(neighbourId, [...(followers.get(neighbourId) ?? []), instance.id])
        const shelf = place(instance, neighbourId)
        if (shelf !== undefined) moved.push(shelf)
      }
      for (const shelf of moved) redrawAll(shelf)
    },
    setRules: (rules) => {
      version += 1
      underRules = createDriftUnderRules(rules)
      // Until its turn comes, a row says what it said under the rules before; it may move or go meanwhile.
      return [...shelves].flatMap(([id, shelf]) =>
        entriesOf(shelf)
          .filter(({ row }) => mayBeHidden(row.drift))
          .map(({ row: { object } }) => () => {
            version += 1
            redraw(shelves.get(id), kindKey(object), object.name)
          }),
      )
    },
    put: (instanceId, seen) => {
      const shelf = shelves.get(instanceId)
      if (shelf === undefined) return
      const before = entryIn(shelf, kindKey(seen.object), seen.object.name)?.row.object
      draw(shelf, seen)
      changed(shelf, before, seen.object)
    },
    remove: (instanceId, kind, name) => {
      const shelf = shelves.get(instanceId)
      if (shelf === undefined) return
      const entry = entryIn(shelf, kind, name)
      if (entry === undefined) {
        // One that is not shown came or went: whether there is none is answered otherwise now.
        version += 1
        for (const follower of followersOf(instanceId)) redraw(follower, kind, name)
        return
      }
      setEntry(shelf, kind, name, undefined)
      erase(entry)
      changed(shelf, entry.row.object, undefined)
    },
    setCoverage: (instanceId, coverage) => {
      const shelf = shelves.get(instanceId)
      if (shelf === undefined || shelf.coverage.signature === coverage.signature) return
      version += 1
      shelf.coverage = coverage
      for (const each of [shelf, ...followersOf(instanceId)]) redrawAll(each)
    },
  }
}
