import type { Logger } from '@rancher-hub/service-kit'
import type { Inventories } from '../inventory/inventories.ts'
import { createOrganizationLists, type Landscape, type OrganizationLists } from './organization-lists.ts'

/** Lists over all app instances, one for each organization somebody asks for. */
export interface Lists extends Disposable {
  /** The lists of an organization, up to date with what is known now. Asking keeps them alive. */
  of(organization: string, signal: AbortSignal): Promise<OrganizationLists>
  /** Something about an instance changed that its objects do not tell: what is known of it, or how current that is. */
  touched(organization: string): void
  /** How many organizations have lists now. */
  count(): number
}

export interface ListsDeps {
  readonly inventories: Inventories
  readonly landscape: (organization: string) => Promise<Landscape>
  readonly now: () => number
  readonly newId: () => string
  readonly log: Logger
  /** Milliseconds without a question after which lists and what they follow are let go. */
  readonly idleMs: number
  /** Milliseconds for which the first answer waits for instances that are not known yet. */
  readonly waitMs: number
  /** At most one hint per organization in this many milliseconds; the first goes out at once. */
  readonly hintMs: number
  readonly hint: (organization: string) => void
}

interface Running {
  readonly lists: OrganizationLists
  idle: NodeJS.Timeout | undefined
  /** Until this runs out, hints wait. */
  quiet: NodeJS.Timeout | undefined
  /** Changes since the last hint. */
  changes: number
}

/** So many changes between two hints are a first list, or a cluster that is rebuilt: then pages are hinted at less often. */
const MANY_CHANGES = 200
const MANY_CHANGES_HINT_MS = 1_000

export const createLists = (deps: ListsDeps): Lists => {
  const running = new Map<string, Running>()

  const tell = (organization: string, entry: Running): void => {
    deps.hint(organization)
    const quietMs = entry.changes > MANY_CHANGES ? MANY_CHANGES_HINT_MS : deps.hintMs
    entry.changes = 0
    entry.quiet = setTimeout(() => {
      entry.quiet = undefined
      if (entry.changes > 0) tell(organization, entry)
    }, quietMs)
    entry.quiet.unref()
  }
  const hintSoon = (organization: string): void => {
    const entry = running.get(organization)
    if (entry === undefined) return
    entry.changes += 1
    if (entry.quiet === undefined) tell(organization, entry)
  }

  const stop = (organization: string, entry: Running): void => {
    running.delete(organization)
    clearTimeout(entry.idle)
    clearTimeout(entry.quiet)
    entry.lists[Symbol.dispose]()
  }

  const start = (organization: string): Running => {
    const lists = createOrganizationLists({
      ...deps,
      runId: deps.newId().slice(0, 8),
      changed: () => hintSoon(organization),
    })
    const entry: Running = { lists, idle: undefined, quiet: undefined, changes: 0 }
    running.set(organization, entry)
    return entry
  }

  return {
    count: () => running.size,
    touched: hintSoon,
    of: async (organization, signal) => {
      const landscape = await deps.landscape(organization)
      const entry = running.get(organization) ?? start(organization)
      clearTimeout(entry.idle)
      entry.idle = setTimeout(() => stop(organization, entry), deps.idleMs)
      entry.idle.unref()
      await entry.lists.prepare(landscape, signal)
      return entry.lists
    },
    [Symbol.dispose]: () => {
      for (const [organization, entry] of running) stop(organization, entry)
    },
  }
}
