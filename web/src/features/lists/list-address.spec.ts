import { listConfig, listWorkloads, ViewContent } from '@rancher-hub/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AddressQuery, readAddress, writeAddress } from './list-address.ts'
import { type ScreenName, screens } from './list-screens.ts'
import { contentOf, type ListState, showsSame, stateOf, validColumns, validFilter } from './list-state.ts'

const screen = fc.constantFrom<ScreenName>('workloads', 'config')
const contracts = { workloads: listWorkloads, config: listConfig }
const some = <T>(values: fc.Arbitrary<T>) => fc.array(values, { maxLength: 3 })
const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,8}[a-z0-9])?$/)

/** Any filter that somebody may have in mind; what the screen does not have falls out. */
const filters = fc.record({
  text: fc.string(),
  image: fc.string(),
  used: fc.option(fc.boolean(), { nil: undefined }),
  kind: some(fc.constantFrom('Deployment', 'Rollout', 'ConfigMap', 'not a kind')),
  environment: some(fc.uuid()),
  instance: some(fc.uuid()),
  site: some(fc.uuid()),
  namespace: some(name),
  label: some(fc.string({ minLength: 1 })),
  owner: some(fc.string()),
  drift: some(fc.constantFrom('same', 'differs', 'never')),
  status: some(fc.constantFrom('healthy', 'stalled', 'never')),
  type: some(fc.string()),
})
const states = screen.chain((each) =>
  fc.record({
    screen: fc.constant(each),
    state: fc
      .record({
        filter: filters.map((filter) => validFilter(each, filter)),
        sort: fc.constantFrom(...screens[each].sorts),
        direction: fc.constantFrom('asc' as const, 'desc' as const),
        page: fc.integer({ min: 1, max: 5000 }),
        size: fc.constantFrom(25, 50, 100, 200),
        columns: fc.option(fc.subarray([...screens[each].columns]), { nil: undefined }),
        view: fc.option(fc.uuid(), { nil: undefined }),
      })
      .map(({ columns, view, ...rest }): ListState => {
        const chosen = columns === undefined ? undefined : validColumns(each, columns)
        return {
          ...rest,
          ...(chosen === undefined ? {} : { columns: chosen }),
          ...(view === undefined ? {} : { view }),
        }
      }),
  }),
)
/** As the browser hands an address on: through a text. */
const throughUrl = (query: Record<string, string | string[]>): AddressQuery => {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) for (const each of [value].flat()) params.append(key, each)
  const read = new URL(`https://hub.example/workloads?${params}`).searchParams
  return Object.fromEntries([...read.keys()].map((key) => [key, read.getAll(key)]))
}

describe('the address of a list', () => {
  it('gives the state back that it was made of', () => {
    fc.assert(
      fc.property(states, ({ screen: each, state }) => {
        expect(readAddress(each, throughUrl(writeAddress(state)))).toEqual(state)
      }),
    )
  })

  it('never says anything that the list refuses, whatever stands in it', () => {
    const value = fc.oneof(fc.string(), fc.constant(null), fc.array(fc.oneof(fc.string(), fc.constant(null))))
    const keys = ['kind', 'env', 'instance', 'label', 'text', 'image', 'used', 'sort', 'dir', 'page', 'size', 'cols']
    const query = fc.dictionary(fc.constantFrom(...keys), value)
    fc.assert(
      fc.property(screen, query, (each, given) => {
        const { filter, sort, direction, page, size } = readAddress(each, given)
        const input = { ...filter, sort, direction, offset: (page - 1) * size, limit: size }
        expect(contracts[each].input.safeParse(input).success).toBe(true)
      }),
    )
  })

  it('leaves out what is usual', () => {
    expect(writeAddress(readAddress('workloads', {}))).toEqual({})
    const { columns, usual } = screens.config
    expect(validColumns('config', [...usual].reverse())).toBeUndefined()
    expect(validColumns('config', columns)).toEqual(columns)
  })
})

describe('a saved view of a list', () => {
  it('restores what was saved, on its first page', () => {
    fc.assert(
      fc.property(states, ({ screen: each, state }) => {
        const content = ViewContent.parse(contentOf(each, state))
        const restored = stateOf(content, state.size, state.view)
        expect(restored).toEqual({ ...state, page: 1 })
        expect(showsSame(each, restored, state)).toBe(true)
      }),
    )
  })

  it('is the same in whatever order its filters were chosen, and another with another filter', () => {
    const of = (kind: string[]): ListState => ({ ...readAddress('workloads', {}), filter: { kind } })
    expect(showsSame('workloads', of(['Deployment', 'CronJob']), of(['CronJob', 'Deployment']))).toBe(true)
    expect(showsSame('workloads', of(['Deployment']), of(['CronJob']))).toBe(false)
  })
})
