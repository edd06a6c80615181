import type { Kind } from '@rancher-hub/contracts'
import { isWorkloadKind } from '@rancher-hub/kubernetes'
import type { Logger } from '@rancher-hub/service-kit'
import type { InstanceInventory } from '../inventory/instance-inventory.ts'
import type { Inventories, UsedInventory } from '../inventory/inventories.ts'
import { placeKey } from '../inventory/place-key.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import type { ListIndex } from './list-index.ts'
import { kindKey } from './list-row.ts'
import { observeFor } from './observe-for.ts'
import { type Coverage, nothingKnown } from './shelf.ts'

export type InventoryFacts = ReturnType<InstanceInventory['state']>

/** Fills an index from the live inventories of instances, and keeps them running. */
export interface ListFeed extends Disposable {
  /** From now on these instances; what is running already goes on. */
  follow(instances: readonly InstanceDoc[]): void
  /** Resolves when every instance is known, forbidden or failed; each is waited for once, for `waitMs` from its start. */
  settled(signal: AbortSignal): Promise<void>
  /** What is known of an instance; undefined until its inventory runs. */
  facts(instanceId: string): InventoryFacts | undefined
  /** Tells the index what is known now of each instance; whether anything of it is another than before. */
  refresh(): boolean
}

export interface ListFeedDeps {
  readonly inventories: Inventories
  readonly index: ListIndex
  readonly now: () => number
  readonly log: Logger
  /** Milliseconds from the start of an inventory for which answers wait for its first lists. */
  readonly waitMs: number
  readonly changed: () => void
}

/** One instance that is followed. */
interface Followed {
  readonly instance: InstanceDoc
  readonly waitUntil: number
  inventory: InstanceInventory | undefined
  facts: { readonly revision: string; readonly state: InventoryFacts } | undefined
  /** What the index was told last. */
  told: { readonly facts: InventoryFacts; readonly signature: string } | undefined
  readonly opened: Promise<void>
  readonly end: () => void
}

/** Two facts with the same signature are shown alike. While changes arrive, until when it was right is always now. */
const signatureOf = ({ stale, asOf, problem, kinds, surroundings }: InventoryFacts): string =>
  JSON.stringify([stale, stale ? asOf : undefined, problem, kinds, surroundings])

const coverageOf = (inventory: InstanceInventory, { kinds }: InventoryFacts): Coverage => ({
  signature: kinds.map(({ kind, state }) => `${kind}:${state}`).join(),
  // What is known may be old; then the instance says so.
  isAbsent: (kind, name) =>
    kinds.some((each) => each.kind === kind && each.state === 'complete') &&
    inventory.exists({ kind: kind as Kind, name }) !== true,
  knowsWorkloads: kinds.every(({ kind, state }) => !isWorkloadKind(kind) || state === 'complete'),
})

export const createListFeed = ({ inventories, index, now, log, waitMs, changed }: ListFeedDeps): ListFeed => {
  const followed = new Map<string, Followed>()

  const start = (instance: InstanceDoc): Followed => {
    let used: UsedInventory | undefined
    let stopObserving = (): void => {}
    let ended = false
    const end = (): void => {
      ended = true
      stopObserving()
      used?.[Symbol.dispose]()
    }
    const open = async (): Promise<void> => {
      used = await inventories.use(instance)
      if (ended) return used[Symbol.dispose]()
      const { inventory } = used
      entry.inventory = inventory
      stopObserving = observeFor(index, instance._id, inventory, changed)
    }
    const opened = open().catch((error: unknown) => {
      // The next question tries again.
      if (followed.get(instance._id) === entry) followed.delete(instance._id)
      log.error({ err: error, instanceId: instance._id }, 'an app instance could not be followed for lists')
    })
    const entry: Followed = {
      instance,
      waitUntil: now() + waitMs,
      inventory: undefined,
      facts: undefined,
      told: undefined,
      opened,
      end,
    }
    return entry
  }

  const stop = (id: string, entry: Followed): void => {
    followed.delete(id)
    entry.end()
  }

  /** What was shown of an instance that is followed anew may be of another place. */
  const clear = ({ inventory, instance }: Followed): void => {
    for (const object of [...(inventory?.objects() ?? []), ...(inventory?.customs() ?? [])])
      index.remove(instance._id, kindKey(object), object.name)
    // Else others would go on asking the inventory that has ended what is absent.
    index.setCoverage(instance._id, nothingKnown)
  }

  const factsOf = (entry: Followed): InventoryFacts | undefined => {
    const { inventory } = entry
    if (inventory === undefined) return undefined
    if (entry.facts?.revision !== inventory.revision)
      entry.facts = { revision: inventory.revision, state: inventory.state() }
    return entry.facts.state
  }

  return {
    follow: (instances) => {
      const wanted = new Map(instances.map((instance) => [instance._id, instance]))
      for (const [id, entry] of followed) {
        const instance = wanted.get(id)
        const isSame = instance !== undefined && placeKey(instance) === placeKey(entry.instance)
        if (isSame && entry.inventory?.stopped.aborted !== true) continue
        stop(id, entry)
        clear(entry)
      }
      for (const [id, instance] of wanted) if (!followed.has(id)) followed.set(id, start(instance))
    },
    settled: async (signal) => {
      await Promise.all(
        [...followed.values()].map(async (entry) => {
          await entry.opened
          const left = entry.waitUntil - now()
          if (left > 0) await entry.inventory?.livesSettled(left, signal)
        }),
      )
    },
    facts: (instanceId) => {
      const entry = followed.get(instanceId)
      return entry && factsOf(entry)
    },
    refresh: () => {
      let isChanged = false
      for (const entry of followed.values()) {
        const { inventory, instance, told } = entry
        const facts = factsOf(entry)
        if (inventory === undefined || facts === undefined || facts === told?.facts) continue
        const signature = signatureOf(facts)
        entry.told = { facts, signature }
        if (signature === told?.signature) continue
        isChanged = true
        index.setCoverage(instance._id, coverageOf(inventory, facts))
      }
      return isChanged
    },
    [Symbol.dispose]: () => {
      for (const [id, entry] of followed) stop(id, entry)
    },
  }
}
