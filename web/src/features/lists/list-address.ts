import type { ScreenName } from './list-screens.ts'
import { screens } from './list-screens.ts'
import { type ListState, listFilters, pageSizes, usualState, validColumns, validFilter } from './list-state.ts'

/** A query as vue-router gives it. */
export type AddressQuery = Readonly<Record<string, string | null | readonly (string | null)[] | undefined>>

/** Short names in the address; the others stand as they are. */
const names: Readonly<Record<string, string>> = { environment: 'env', namespace: 'ns' }
const nameOf = (filter: string): string => names[filter] ?? filter

const all = (value: AddressQuery[string]): string[] =>
  [value].flat().filter((each): each is string => typeof each === 'string')
const first = (value: AddressQuery[string]): string => all(value)[0] ?? ''
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** What an address says of a list; what it says wrongly counts as not said. */
export const readAddress = (screen: ScreenName, query: AddressQuery): ListState => {
  const used = first(query['used'])
  const given: Record<string, unknown> = Object.fromEntries(listFilters.map((name) => [name, all(query[nameOf(name)])]))
  const filter = validFilter(screen, {
    ...given,
    text: first(query['text']),
    image: first(query['image']),
    used: used === 'yes' ? true : used === 'no' ? false : undefined,
  })
  const page = Number(first(query['page']))
  const columns = first(query['cols'])
  const view = first(query['view'])
  const chosen = columns === '' ? undefined : validColumns(screen, columns.split(','))
  return {
    filter,
    sort: screens[screen].sorts.find((sort) => sort === first(query['sort'])) ?? usualState.sort,
    direction: first(query['dir']) === 'desc' ? 'desc' : 'asc',
    page: Number.isSafeInteger(page) && page >= 1 && page <= 5000 ? page : 1,
    size: pageSizes.find((size) => String(size) === first(query['size'])) ?? usualState.size,
    ...(chosen === undefined ? {} : { columns: chosen }),
    ...(uuid.test(view) ? { view } : {}),
  }
}

/** The address of a state: without what is usual. Reading it gives the same state. */
export const writeAddress = (state: ListState): Record<string, string | string[]> => {
  const { filter, sort, direction, page, size, columns, view } = state
  const lists = listFilters.flatMap((name) => {
    const values = filter[name] ?? []
    return values.length === 0 ? [] : [[nameOf(name), [...values]] as const]
  })
  const single: readonly (readonly [string, string | undefined])[] = [
    ['text', filter.text],
    ['image', filter.image],
    ['used', filter.used === undefined ? undefined : filter.used ? 'yes' : 'no'],
    ['sort', sort === usualState.sort ? undefined : sort],
    ['dir', direction === 'asc' ? undefined : direction],
    ['page', page === 1 ? undefined : String(page)],
    ['size', size === usualState.size ? undefined : String(size)],
    ['cols', columns?.join(',')],
    ['view', view],
  ]
  return Object.fromEntries([...lists, ...single.flatMap(([key, value]) => (value ? [[key, value] as const] : []))])
}
