import type { AppInstance } from '@rancher-hub/contracts'
import { isConfigKind } from '@rancher-hub/kubernetes'
import { driftOf } from './drift-of.ts'
import { configRow, rowId, type SeenObject, workloadRow } from './list-row.ts'
import { type ConfigTable, createConfigTable, createWorkloadTable, type WorkloadTable } from './list-tables.ts'
import { neighboursOf } from './neighbours-of.ts'

/** How much is known of an instance's objects. */
export interface Knowledge {
  /** Two with the same signature say the same. */
  readonly signature: string
  /** Whether it is certain that there is no such object. */
  readonly isAbsent: (kind: string, name: string) => boolean
  /** Whether all workloads are known, so that what none of them reads is read by none. */
  readonly knowsWorkloads: boolean
}

/** Rows of all instances of an organization; each change costs the rows that it changes. */
export interface ListIndex {
  readonly workloads: WorkloadTable
  readonly configs: ConfigTable
  /** Raised by every change. */
  version(): number
  /** Says which instances there are, in a fixed order; rows of others disappear. */
  setInstances(instances: readonly AppInstance[]): void
  neighbour(instanceId: string): AppInstance | undefined
  put(instanceId: string, seen: SeenObject): void
  remove(instanceId: string, kind: string, name: string): void
  setKnowledge(instanceId: string, knowledge: Knowledge): void
}

/** What is known of one instance. */
interface Shelf {
  instance: AppInstance
  neighbourId: string | undefined
  knowledge: Knowledge
  readonly objects: Map<string, SeenObject>
  /** Workloads that read a ConfigMap or Secret, by its key. */
  readonly uses: Map<string, number>
}

const nothingKnown: Knowledge = { signature: '', isAbsent: () => false, knowsWorkloads: false }
const keyOf = (kind: string, name: string): string => `${kind}/${name}`
const configsReadBy = (seen: SeenObject | undefined): ReadonlySet<string> =>
  new Set(seen?.object.references.map(({ kind, name }) => keyOf(kind, name)))
const isSameForOthers = (a: SeenObject | undefined, b: SeenObject | undefined): boolean =>
  a !== undefined && b !== undefined && a.object.digest === b.object.digest

/** Makes an empty index. */
export const createListIndex = (): ListIndex => {
  const workloads = createWorkloadTable()
  const configs = createConfigTable()
  const shelves = new Map<string, Shelf>()
  /** Instances that are compared with an instance. */
  const followers = new Map<string, string[]>()
  let version = 0

  const draw = (shelf: Shelf, key: string): void => {
    const seen = shelf.objects.get(key)
    const { instance } = shelf
    const id = `${instance.id}/${key}`
    if (seen === undefined) {
      workloads.put(id, undefined)
      configs.put(id, undefined)
      return
    }
    const { object } = seen
    const neighbour = shelf.neighbourId === undefined ? undefined : shelves.get(shelf.neighbourId)
    const drift =
      neighbour === undefined
        ? 'not-compared'
        : driftOf(object, neighbour.objects.get(key)?.object, () =>
            neighbour.knowledge.isAbsent(object.kind, object.name),
          )
    if (isConfigKind(object.kind)) {
      const usedBy = shelf.knowledge.knowsWorkloads ? (shelf.uses.get(key) ?? 0) : undefined
      configs.put(id, configRow({ instance, drift }, seen, usedBy))
    } else workloads.put(id, workloadRow({ instance, drift }, seen))
  }
  const drawAll = (shelf: Shelf): void => {
    for (const key of shelf.objects.keys()) draw(shelf, key)
  }

  const countUses = (shelf: Shelf, before: SeenObject | undefined, after: SeenObject | undefined): void => {
    if (before?.object.references === after?.object.references) return
    const [was, is] = [configsReadBy(before), configsReadBy(after)]
    for (const key of was.symmetricDifference(is)) {
      shelf.uses.set(key, (shelf.uses.get(key) ?? 0) + (is.has(key) ? 1 : -1))
      if (shelf.objects.has(key)) draw(shelf, key)
    }
  }

  const change = (instanceId: string, key: string, after: SeenObject | undefined): void => {
    const shelf = shelves.get(instanceId)
    const before = shelf?.objects.get(key)
    if (shelf === undefined || (before === undefined && after === undefined)) return
    version += 1
    if (after === undefined) shelf.objects.delete(key)
    else shelf.objects.set(key, after)
    draw(shelf, key)
    countUses(shelf, before, after)
    if (isSameForOthers(before, after)) return
    for (const id of followers.get(instanceId) ?? []) {
      const follower = shelves.get(id)
      if (follower?.objects.has(key)) draw(follower, key)
    }
  }

  const drop = (id: string, shelf: Shelf): void => {
    shelves.delete(id)
    for (const { object } of shelf.objects.values()) {
      const row = rowId(id, object.kind, object.name)
      workloads.put(row, undefined)
      configs.put(row, undefined)
    }
  }

  const place = (instance: AppInstance, neighbourId: string | undefined): Shelf | undefined => {
    const shelf = shelves.get(instance.id)
    if (shelf === undefined) {
      shelves.set(instance.id, { instance, neighbourId, knowledge: nothingKnown, objects: new Map(), uses: new Map() })
      return undefined
    }
    const isSame = shelf.neighbourId === neighbourId && JSON.stringify(shelf.instance) === JSON.stringify(instance)
    if (isSame) return undefined
    shelf.instance = instance
    shelf.neighbourId = neighbourId
    return shelf
  }

  return {
    workloads,
    configs,
    version: () => version,
    neighbour: (instanceId) => shelves.get(shelves.get(instanceId)?.neighbourId ?? '')?.instance,
    setInstances: (instances) => {
      version += 1
      const ids = new Set(instances.map(({ id }) => id))
      for (const [id, shelf] of shelves) if (!ids.has(id)) drop(id, shelf)
      const neighbours = neighboursOf(instances)
      followers.clear()
      const moved: Shelf[] = []
      for (const instance of instances) {
        const neighbourId = neighbours.get(instance.id)?.id
        if (neighbourId !== undefined) followers.set(neighbourId, [...(followers.get(neighbourId) ?? []), instance.id])
        const shelf = place(instance, neighbourId)
        if (shelf !== undefined) moved.push(shelf)
      }
      for (const shelf of moved) drawAll(shelf)
    },
    put: (instanceId, seen) => change(instanceId, keyOf(seen.object.kind, seen.object.name), seen),
    remove: (instanceId, kind, name) => change(instanceId, keyOf(kind, name), undefined),
    setKnowledge: (instanceId, knowledge) => {
      const shelf = shelves.get(instanceId)
      if (shelf === undefined || shelf.knowledge.signature === knowledge.signature) return
      version += 1
      shelf.knowledge = knowledge
      drawAll(shelf)
      for (const id of followers.get(instanceId) ?? []) {
        const follower = shelves.get(id)
        if (follower !== undefined) drawAll(follower)
      }
    },
  }
}
