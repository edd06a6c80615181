import type { InventoryState, SurroundingState } from '@rancher-hub/contracts'
import type { z } from 'zod'
import type { KindStore } from './kind-store.ts'
import type { Knowledge } from './knowledge.ts'

/** A kind that is only looked at, as it is known. */
export interface LookedAt {
  readonly kind: string
  readonly apiVersion?: string | undefined
  readonly known: Knowledge
}

const timeOf = (ms: number): string => new Date(ms).toISOString()

/** How a kind is known: why not, where it is not, and since when it may be old. */
export const stateOfKind = (known: Knowledge) => {
  const [state, problem, asOf] = [known.state(), known.problem(), known.asOf()]
  return {
    state,
    ...(problem === undefined ? {} : { problem }),
    ...(known.isCurrent() || asOf === undefined ? {} : { asOf: timeOf(asOf) }),
  }
}

const hiddenIn = (stores: readonly KindStore[]): { reason: string; count: number }[] => {
  const counts = new Map<string, number>()
  for (const { leftOut } of stores)
    for (const reason of leftOut.values()) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts].map(([reason, count]) => ({ reason, count })).sort((a, b) => a.reason.localeCompare(b.reason))
}

const toSurrounding = ({ kind, apiVersion, known }: LookedAt): z.input<typeof SurroundingState> => ({
  kind,
  ...(apiVersion === undefined ? {} : { apiVersion }),
  ...stateOfKind(known),
})

/** How much of an instance is known. What is only looked at makes nothing stale that is compared. */
export const describeInventory = (
  revision: string,
  stores: readonly KindStore[],
  around: readonly LookedAt[],
): z.output<typeof InventoryState> => {
  const known = stores.map(({ known: { asOf } }) => asOf()).filter((time) => time !== undefined)
  const troubled = stores.filter(({ known: { isCurrent, problem } }) => !isCurrent() && problem() !== undefined)
  const problem = troubled[0]?.known.problem()
  return {
    revision,
    ...(known.length === 0 ? {} : { asOf: timeOf(Math.min(...known)) }),
    stale: troubled.length > 0,
    kinds: stores.map(({ kind, known: each }) => ({ kind, ...stateOfKind(each) })),
    hidden: hiddenIn(stores),
    surroundings: around.map(toSurrounding),
    ...(problem === undefined ? {} : { problem }),
  }
}
