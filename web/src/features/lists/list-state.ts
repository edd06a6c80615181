import type { ViewContent } from '@rancher-hub/contracts'
import { type ColumnId, columnIds, type ScreenName, screens } from './list-screens.ts'

/** Filters that are lists of values; of one field they widen, fields narrow. */
export const listFilters = [
  'kind',
  'environment',
  'instance',
  'site',
  'namespace',
  'label',
  'owner',
  'drift',
  'status',
  'type',
] as const
export type ListFilterName = (typeof listFilters)[number]
/** Filters that are words. */
export const textFilters = ['text', 'image'] as const

export type ListFilter = { [K in ListFilterName]?: readonly string[] } & {
  readonly text?: string | undefined
  readonly image?: string | undefined
  readonly used?: boolean | undefined
}

/** What a list screen shows: all of it stands in the address. */
export interface ListState {
  readonly filter: ListFilter
  readonly sort: string
  readonly direction: 'asc' | 'desc'
  /** From 1. */
  readonly page: number
  readonly size: number
  /** Undefined: those of the screen. */
  readonly columns?: readonly ColumnId[] | undefined
  /** The saved view that it began with. */
  readonly view?: string | undefined
}

export const pageSizes = [25, 50, 100, 200] as const
export const usualState: ListState = { filter: {}, sort: 'name', direction: 'asc', page: 1, size: 50 }

/** The schema of a filter, where the screen has it. */
const schemaOf = (screen: ScreenName, name: string): { safeParse(value: unknown): { success: boolean } } | undefined =>
  (screens[screen].filter as Readonly<Record<string, { safeParse(value: unknown): { success: boolean } }>>)[name]

/** Keeps of a filter what the screen's list takes: an old or hand-made address never leads to a refusal. */
export const validFilter = (screen: ScreenName, given: Readonly<Record<string, unknown>>): ListFilter => {
  const entries: [string, unknown][] = []
  for (const name of listFilters) {
    const schema = schemaOf(screen, name)
    const values = [given[name] ?? []].flat()
    const valid = [...new Set(values)].filter((value) => schema?.safeParse([value]).success === true)
    if (valid.length > 0 && schema?.safeParse(valid).success === true) entries.push([name, valid])
  }
  for (const name of textFilters) {
    const value = given[name]
    const text = typeof value === 'string' ? value.trim() : ''
    if (text !== '' && schemaOf(screen, name)?.safeParse(text).success === true) entries.push([name, text])
  }
  if (typeof given['used'] === 'boolean' && schemaOf(screen, 'used') !== undefined)
    entries.push(['used', given['used']])
  return Object.fromEntries(entries) as ListFilter
}

/** Columns of the screen in its order, the name first; undefined when they are the usual ones. */
export const validColumns = (screen: ScreenName, given: readonly string[]): readonly ColumnId[] | undefined => {
  const { columns, usual } = screens[screen]
  const chosen = columns.filter((column) => column === 'name' || given.includes(column))
  return chosen.join() === columns.filter((column) => usual.includes(column)).join() ? undefined : chosen
}

export const shownColumns = (screen: ScreenName, { columns }: ListState): readonly ColumnId[] =>
  columns ?? screens[screen].columns.filter((column) => screens[screen].usual.includes(column))

/** How many filters are set, the text apart. */
export const filterCount = ({ text: _, ...filter }: ListFilter): number =>
  Object.values(filter).reduce<number>((sum, value) => sum + (Array.isArray(value) ? value.length : 1), 0)

/** What a saved view keeps of a state. */
export const contentOf = (screen: ScreenName, { filter, sort, direction, columns }: ListState): ViewContent =>
  ({ screen, filter, sort, direction, ...(columns === undefined ? {} : { columns: [...columns] }) }) as ViewContent

/** The state that a saved view restores, on its first page. */
export const stateOf = (content: ViewContent, size: number, view?: string): ListState => {
  const { screen, filter, sort, direction, columns } = content
  const known = (columns ?? []).filter((column): column is ColumnId => columnIds.some((each) => each === column))
  return {
    filter: validFilter(screen, filter),
    sort,
    direction,
    page: 1,
    size,
    ...(columns === undefined ? {} : { columns: validColumns(screen, known) }),
    ...(view === undefined ? {} : { view }),
  }
}

const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical).sort()
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, canonical(inner)])
}
/** Whether two states show the same: the order in which filters were chosen does not matter. */
export const showsSame = (screen: ScreenName, a: ListState, b: ListState): boolean =>
  JSON.stringify(canonical(contentOf(screen, a))) === JSON.stringify(canonical(contentOf(screen, b)))
