import type { AppInstance, ListedInstance, listWorkloads, ReturnOf } from '@rancher-hub/contracts'
import { isConfigKind } from '@rancher-hub/kubernetes'
import type { InventoryFacts } from './list-feed.ts'
import type { OrganizationLists } from './organization-lists.ts'

type State = ListedInstance['state']

/** Which kinds a list is made of: of workloads also those that say how they do. Others are no trouble of the list. */
export type Scope = 'workloads' | 'config'

const kindsIn = (facts: InventoryFacts, scope: Scope): ListedInstance['kinds'] =>
  facts.kinds.filter(({ kind }) => isConfigKind(kind) === (scope === 'config'))

type Part = NonNullable<ListedInstance['surroundings']>[number]
const isMissing = ({ state }: Part): boolean => state === 'forbidden' || state === 'failed'
const missingAround = (facts: InventoryFacts | undefined, scope: Scope): Part[] =>
  scope === 'config' ? [] : (facts?.surroundings ?? []).filter(isMissing)

const stateOf = (facts: InventoryFacts | undefined, scope: Scope): State => {
  if (facts === undefined) return 'loading'
  const states = kindsIn(facts, scope).map(({ state }) => state)
  if (states.every((state) => state === 'complete'))
    return missingAround(facts, scope).length > 0 ? 'partial' : 'complete'
  if (states.includes('loading')) return 'loading'
  return states.includes('complete') ? 'partial' : 'failed'
}

const describe = (lists: OrganizationLists, instance: AppInstance, scope: Scope): ListedInstance => {
  const facts = lists.facts(instance.id)
  const neighbour = lists.index.neighbour(instance.id)
  const surroundings = missingAround(facts, scope)
  return {
    instance,
    state: stateOf(facts, scope),
    stale: facts?.stale ?? false,
    ...(facts?.stale === true && facts.asOf !== undefined ? { asOf: facts.asOf } : {}),
    kinds: facts === undefined ? [] : kindsIn(facts, scope).filter(({ state }) => state !== 'complete'),
    ...(surroundings.length === 0 ? {} : { surroundings }),
    ...(facts?.problem === undefined ? {} : { problem: facts.problem }),
    ...(neighbour === undefined ? {} : { neighbour: { id: neighbour.id, name: neighbour.name } }),
  }
}

/** All instances of an organization, each with what of it is not known or not current. */
export const listedInstances = (lists: OrganizationLists, scope: Scope): ListedInstance[] =>
  lists.instances().map((instance) => describe(lists, instance, scope))

/** How many instances there are, and of how many not everything is known. */
export const sourcesOf = (lists: OrganizationLists, scope: Scope): ReturnOf<typeof listWorkloads>['sources'] => {
  const all = lists.instances().map(({ id }) => lists.facts(id))
  const count = (wanted: State): number => all.filter((facts) => stateOf(facts, scope) === wanted).length
  return {
    total: all.length,
    loading: count('loading'),
    partial: count('partial'),
    failed: count('failed'),
    stale: all.filter((facts) => facts?.stale === true).length,
  }
}
