import { type FacetValue, type InputOf, listConfig, listWorkloads } from '@rancher-hub/contracts'
import { type CallContext, createRecent, type Handler, handleQuery, type Recent } from '@rancher-hub/service-kit'
import { fitPage } from './fit-page.ts'
import type { ListIndex } from './list-index.ts'
import { configItem, workloadItem } from './list-items.ts'
import { checkedQuestion, configQuestion, workloadQuestion } from './list-question.ts'
import type { ListRow } from './list-row.ts'
import type { PlainFacet } from './list-tables.ts'
import { listedInstances, type Scope, sourcesOf } from './listed-instances.ts'
import type { Lists } from './lists.ts'
import type { OrganizationLists } from './organization-lists.ts'
import type { Counts, Found } from './row-table.ts'

/** Results that are remembered: of searches, which hold all rows that match, and of pages. */
const SEARCHES = 12
const PAGES = 100

/** Values with their counts, most frequent first; with names where values are ids. */
const facetOf = (counts: ReadonlyMap<string, number>, labels?: ReadonlyMap<string, string>): FacetValue[] =>
  [...counts]
    .map(([value, count]) => ({ value, count, ...(labels === undefined ? {} : { label: labels.get(value) ?? value }) }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))

const plainFacets = (lists: OrganizationLists, counts: Counts<PlainFacet>) => {
  const all = lists.instances()
  return {
    kind: facetOf(counts.kind),
    environment: facetOf(counts.environment, new Map(all.map(({ environment: { id, name } }) => [id, name]))),
    instance: facetOf(counts.instance, new Map(all.map(({ id, name }) => [id, name]))),
    site: facetOf(counts.site, new Map(all.map(({ site: { id, name } }) => [id, name]))),
    owner: facetOf(counts.owner),
    drift: facetOf(counts.drift),
  }
}

interface Page {
  readonly offset: number
  readonly limit: number
  readonly withLabels: boolean
}

const answerOf = <R extends ListRow, I, C extends object>(
  lists: OrganizationLists,
  scope: Scope,
  { rows, facets }: { readonly rows: readonly R[]; readonly facets: C },
  { offset, limit, withLabels }: Page,
  itemOf: (row: R, withLabels: boolean) => I,
) => {
  const besides = { total: rows.length, revision: lists.revision(), sources: sourcesOf(lists, scope), facets }
  const page = fitPage({
    rows: rows.slice(offset, offset + limit),
    itemOf: (row) => itemOf(row, withLabels),
    all: listedInstances(lists, scope),
    besides,
  })
  return { ...besides, ...page }
}

/** Equal questions have equal keys, whatever page they ask for. */
const searchKey = <I extends Page>({ offset: _, limit: __, withLabels: ___, ...rest }: I): string =>
  JSON.stringify(rest)

/** Answers questions about one table, and remembers answers while nothing changes. */
const createAnswerer = <R extends ListRow, F extends string, I extends Page, A extends object>(
  lists: Lists,
  find: (index: ListIndex, input: I) => Found<R, F>,
  answer: (of: OrganizationLists, found: Found<R, F>, input: I) => A,
) => {
  // What is remembered goes with the lists it is about.
  const remembered = new WeakMap<OrganizationLists, { searches: Recent<Found<R, F>>; pages: Recent<A> }>()
  const memoryOf = (of: OrganizationLists) => {
    const memory = remembered.get(of) ?? { searches: createRecent(SEARCHES), pages: createRecent(PAGES) }
    remembered.set(of, memory)
    return memory
  }
  return async (input: I, { organization, signal }: CallContext): Promise<A> => {
    const of = await lists.of(organization, signal)
    const revision = of.revision()
    const { searches, pages } = memoryOf(of)
    const found = () => searches.get(searchKey(input), revision, () => find(of.index, input))
    // What is frozen is written as JSON once.
    return pages.get(JSON.stringify(input), revision, () => Object.freeze(answer(of, found(), input)))
  }
}

/** Answers of the lists over all app instances. */
export const listAnswers = (lists: Lists): Handler[] => [
  handleQuery(
    listWorkloads,
    createAnswerer(
      lists,
      ({ workloads }, input: InputOf<typeof listWorkloads>) =>
        workloads.find(checkedQuestion(() => workloadQuestion(input))),
      (of, { rows, counts }, input) => {
        const facets = { ...plainFacets(of, counts), status: facetOf(counts.status) }
        return answerOf(of, 'workloads', { rows, facets }, input, workloadItem)
      },
    ),
  ),
  handleQuery(
    listConfig,
    createAnswerer(
      lists,
      ({ configs }, input: InputOf<typeof listConfig>) => configs.find(checkedQuestion(() => configQuestion(input))),
      (of, { rows, counts }, input) => {
        const facets = { ...plainFacets(of, counts), type: facetOf(counts.type) }
        return answerOf(of, 'config', { rows, facets }, input, configItem)
      },
    ),
  ),
]
