import { type CallInputOf, exportWorkloads, type InputOf } from '@rancher-hub/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createListIndex, type ListIndex } from './list-index.ts'
import { workloadQuestion } from './list-question.ts'
import type { ListRow } from './list-row.ts'
import { allKnown, anInstance, aWorkload } from './lists.fixtures.ts'

const instances = [
  anInstance({ number: 1, rank: 0 }),
  anInstance({ number: 2, rank: 1 }),
  anInstance({ number: 3, rank: 1, namespace: 'billing' }),
]

const object = fc.record({
  at: fc.nat(instances.length - 1),
  kind: fc.constantFrom('Deployment', 'StatefulSet', 'Rollout'),
  name: fc.constantFrom('cart', 'web', 'mail-cart', 'db', 'a.b'),
  digest: fc.constantFrom('sha256:1', 'sha256:2'),
  image: fc.constantFrom('registry.example/shop/cart:1.5.0', 'nginx', 'quay.io/x/web@sha256:abc'),
  state: fc.constantFrom('healthy' as const, 'degraded' as const, 'stalled' as const),
  managedBy: fc.constantFrom(undefined, 'Helm', 'Argo CD'),
  labels: fc.constantFrom({}, { app: 'cart' }, { app: 'web', tier: 'front' }),
  createdAt: fc.constantFrom(undefined, '2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z'),
  restarts: fc.constantFrom(undefined, 0, 3),
  gone: fc.boolean(),
})
const objects = fc.array(object, { maxLength: 60 })

const subset = <T>(...values: T[]) => fc.option(fc.subarray(values, { minLength: 1 }), { nil: undefined })
const question = fc.record({
  text: fc.constantFrom(undefined, 'CART', 'cart mail', 'nginx web', 'nothing'),
  kind: subset('Deployment', 'Rollout', 'Unheard'),
  status: subset('healthy' as const, 'stalled' as const),
  instance: subset(...instances.map(({ id }) => id)),
  environment: subset(...new Set(instances.map(({ environment }) => environment.id))),
  owner: subset('none', 'Helm'),
  drift: subset('same' as const, 'differs' as const, 'images-differ' as const, 'only-here' as const),
  label: subset('app', 'app=cart', '!tier', 'app in (web,x)'),
  image: fc.constantFrom(undefined, '1.5.0', 'shop cart', 'docker'),
  sort: fc.constantFrom('name' as const, 'status' as const, 'age' as const, 'image' as const, 'restarts' as const),
  direction: fc.constantFrom('asc' as const, 'desc' as const),
})

const indexOf = (sketches: readonly (typeof object extends fc.Arbitrary<infer T> ? T : never)[]): ListIndex => {
  const index = createListIndex()
  index.setInstances(instances)
  for (const instance of instances) index.setCoverage(instance.id, allKnown(index, instance))
  for (const { at, gone, state, restarts, image, ...sketch } of sketches) {
    const { id } = instances[at] ?? (instances[0] as (typeof instances)[number])
    if (gone) index.remove(id, sketch.kind, sketch.name)
    else
      index.put(id, aWorkload({ ...sketch, images: { main: image } }, { status: { state, message: state }, restarts }))
  }
  return index
}
const parse = (input: CallInputOf<typeof exportWorkloads>): InputOf<typeof exportWorkloads> =>
  exportWorkloads.input.parse(input)
const find = (index: ListIndex, input: CallInputOf<typeof exportWorkloads>) =>
  index.workloads.find(workloadQuestion(parse(input)))
const idOf = ({ instance, object: { kind, name } }: ListRow): string => `${instance.id}/${kind}/${name}`
const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((a, b) => a + b, 0)
const parameters = { seed: 20261126, numRuns: 300 }

describe('a search', () => {
  it('finds what each filter alone finds, and nothing else', () => {
    fc.assert(
      fc.property(objects, question, (sketches, { sort, direction, ...filters }) => {
        const index = indexOf(sketches)
        const alone = Object.entries(filters).map(
          ([name, value]) => new Set(find(index, { [name]: value }).rows.map(idOf)),
        )
        const together = find(index, { ...filters, sort, direction }).rows.map(idOf)
        const expected = find(index, {}).rows.filter((row) => alone.every((ids) => ids.has(idOf(row))))
        expect(together.toSorted()).toEqual(expected.map(idOf).toSorted())
      }),
      parameters,
    )
  })

  it('counts each value as it would find it, were it the only one chosen in its facet', () => {
    fc.assert(
      fc.property(objects, question, (sketches, input) => {
        const index = indexOf(sketches)
        const { rows, counts } = find(index, input)
        for (const facet of ['kind', 'status', 'instance', 'environment', 'owner', 'drift'] as const) {
          for (const [value, count] of counts[facet])
            expect(find(index, { ...input, [facet]: [value] }).rows.length).toBe(count)
          if (input[facet] === undefined) expect(sum(counts[facet])).toBe(rows.length)
          const { [facet]: _, ...others } = input
          expect(sum(counts[facet])).toBe(find(index, others).rows.length)
        }
      }),
      parameters,
    )
  })

  it('gives the same order however the rows came in, and after any change', () => {
    fc.assert(
      fc.property(objects, question, fc.nat(), (sketches, { sort, direction }, turn) => {
        const index = createListIndex()
        index.setInstances(instances)
        const asked = indexOf(sketches)
        for (const instance of instances) index.setCoverage(instance.id, allKnown(index, instance))
        const rows = find(asked, {}).rows
        const turned = rows.map((_row, at) => rows[(at + turn) % rows.length] as (typeof rows)[number])
        for (const row of turned) {
          find(index, { sort, direction })
          index.put(row.instance.id, aWorkload({ ...row.object }, { status: row.status, restarts: row.restarts }))
        }
        expect(find(index, { sort, direction }).rows.map(idOf)).toEqual(find(asked, { sort, direction }).rows.map(idOf))
      }),
      parameters,
    )
  })
})

describe('an order', () => {
  const index = indexOf([])
  const put = (
    at: number,
    name: string,
    state: 'healthy' | 'degraded' | 'stalled' | 'progressing',
    createdAt?: string,
  ) =>
    index.put(
      instances[at]?.id ?? '',
      aWorkload({ kind: 'Deployment', name, createdAt }, { status: { state, message: '' } }),
    )
  put(0, 'b', 'healthy', '2026-11-03T00:00:00Z')
  put(1, 'b', 'stalled', '2026-11-01T00:00:00Z')
  put(0, 'a', 'progressing', '2026-11-02T00:00:00Z')
  put(1, 'a', 'degraded')
  const shown = (sort: 'status' | 'age' | 'environment' | 'name', direction: 'asc' | 'desc') =>
    find(index, { sort, direction })
      .rows.map(({ object: { name }, instance: { environment } }) => `${name}${environment.rank}`)
      .join(' ')

  it('begins with the worst status, the newest, the first environment', () => {
    expect(shown('status', 'asc')).toBe('b1 a1 a0 b0')
    expect(shown('age', 'asc')).toBe('b0 a0 b1 a1')
    expect(shown('environment', 'asc')).toBe('a0 b0 a1 b1')
  })

  it('turns around without turning what is equal', () => {
    expect(shown('environment', 'desc')).toBe('a1 b1 a0 b0')
    expect(shown('name', 'desc')).toBe('b0 b1 a0 a1')
  })
})
