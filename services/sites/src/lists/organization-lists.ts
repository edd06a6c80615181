import { setImmediate as turn } from 'node:timers/promises'
import type { AppInstance, RuleInForce } from '@rancher-hub/contracts'
import type { Logger } from '@rancher-hub/service-kit'
import type { Inventories } from '../inventory/inventories.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import { createListFeed, type InventoryFacts } from './list-feed.ts'
import { createListIndex, type ListIndex } from './list-index.ts'

/** What lists of one organization are made of. */
export interface Landscape {
  readonly docs: readonly InstanceDoc[]
  /** The same instances with names, in their order. Those whose environment or site is gone are left out. */
  readonly instances: readonly AppInstance[]
  /** Rules that ignore, of the organization and of all its instances. */
  readonly rules: readonly RuleInForce[]
}

/** The lists of one organization, live from the first question until nobody asks any more. */
export interface OrganizationLists extends Disposable {
  readonly index: ListIndex
  /** The instances as of the last question. */
  instances(): readonly AppInstance[]
  facts(instanceId: string): InventoryFacts | undefined
  /** Two answers to the same question are equal while this stays the same. */
  revision(): string
  /** Takes over what there is now, and waits a moment for what is not known yet. */
  prepare(landscape: Landscape, signal: AbortSignal): Promise<void>
}

export interface OrganizationListsDeps {
  readonly inventories: Inventories
  readonly now: () => number
  readonly runId: string
  readonly log: Logger
  readonly waitMs: number
  readonly changed: () => void
}

/** Milliseconds until others are answered in between. */
const TURN_MS = 10

const inTurns = async (steps: readonly (() => void)[]): Promise<void> => {
  let begun = performance.now()
  for (const step of steps) {
    step()
    if (performance.now() - begun < TURN_MS) continue
    await turn()
    begun = performance.now()
  }
}

export const createOrganizationLists = (deps: OrganizationListsDeps): OrganizationLists => {
  const index = createListIndex()
  const feed = createListFeed({ ...deps, index })
  let instances: readonly AppInstance[] = []
  let landscapeText = ''
  let rulesText = ''
  /** Resolves when every row knows the rules of the last question. */
  let ruled = Promise.resolve()
  /** Raised when what is known of an instance is another than before. */
  let factsVersion = 0

  const takeOver = ({ docs, instances: named, rules }: Landscape): void => {
    const text = JSON.stringify(named)
    if (text !== landscapeText) {
      landscapeText = text
      instances = named
      index.setInstances(named)
    }
    const revisions = rules.map(({ id, revision }) => `${id}.${revision}`).join(' ')
    if (revisions !== rulesText) {
      rulesText = revisions
      ruled = inTurns(index.setRules(rules))
    }
    const ids = new Set(named.map(({ id }) => id))
    feed.follow(docs.filter(({ _id }) => ids.has(_id)))
  }

  return {
    index,
    instances: () => instances,
    facts: feed.facts,
    revision: () => `${deps.runId}.${index.version()}.${factsVersion}`,
    prepare: async (landscape, signal) => {
      takeOver(landscape)
      await ruled
      await feed.settled(signal)
      if (feed.refresh()) factsVersion += 1
    },
    [Symbol.dispose]: () => feed[Symbol.dispose](),
  }
}
