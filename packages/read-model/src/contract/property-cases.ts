import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openMemoryReadModels } from '../memory.ts'
import type { Condition, Filter, Index, Sort, Write } from '../read-model.port.ts'
import type { Suite } from './suite.ts'

const FIELDS = ['a', 'b', 'c.d', 'n', 't', '_id'] as const
/** Those whose values have an order that is promised everywhere. */
const SORTED = ['n', 't', '_id'] as const
/** Characters whose place among those above U+FFFF is not promised. */
const unplaced = /[\ue000-\uffff]/u
const text = fc.oneof(
  fc.constantFrom('', 'a', 'A', 'b', '%', '_', "'", '{"d":1}', '[1]', '1', 'é', '😀'),
  fc.string({ unit: 'grapheme', maxLength: 4 }).filter((each) => !unplaced.test(each)),
)
const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer(), fc.constantFrom(0.5, -0.25, 1e9))
const scalar = fc.oneof(text, number, fc.boolean(), fc.constant(null))
const id = fc.constantFrom('1', '2', '3', 'a', 'A', 'é')
const nested = fc.oneof(scalar, fc.record({ d: scalar }, { requiredKeys: [] }), fc.array(scalar, { maxLength: 2 }))
const sorted = fc.oneof(fc.constant(null), number, fc.constantFrom('', 'a', 'A', 'b', 'é', 'ế', '😀'))
const doc = fc.record({ _id: id, a: scalar, b: scalar, c: nested, n: sorted, t: sorted }, { requiredKeys: ['_id'] })

const condition: fc.Arbitrary<Condition> = fc.oneof(
  scalar,
  fc.record({ $in: fc.array(scalar, { maxLength: 4 }) }),
  fc.record({ $ne: scalar }),
  fc.record({ $contains: text }),
  ...(['$gt', '$gte', '$lt', '$lte'] as const).map((operator) =>
    fc.oneof(text, number).map((value) => ({ [operator]: value }) as Condition),
  ),
)
const fields = fc.dictionary(fc.constantFrom(...FIELDS), condition, { maxKeys: 3, noNullPrototype: true })
const filter: fc.Arbitrary<Filter> = fc.oneof(
  fields,
  fc.tuple(fields, fc.array(fields, { maxLength: 3 })).map(([all, $or]): Filter => ({ ...all, $or })),
)
const sort: fc.Arbitrary<Sort> = fc.array(fc.tuple(fc.constantFrom(...SORTED), fc.constantFrom('asc', 'desc')), {
  maxLength: 2,
})
const write: fc.Arbitrary<Write<{ readonly _id: string }>> = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    doc,
    when: fc.option(filter, { nil: undefined }),
    fresh: fc.option(fc.boolean(), { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('delete' as const), id, when: fc.option(filter, { nil: undefined }) }),
)
const query = fc.record({
  filter,
  sort,
  skip: fc.nat({ max: 3 }),
  limit: fc.nat({ max: 6 }),
  by: fc.constantFrom('a', 'b', '_id'),
})
const indexes: Index[] = [{ fields: ['a', 'c.d'] }, { fields: ['b'] }]

/** Random writes and questions: the adapter answers as the one in memory does. */
export const propertyCases = ({ open }: Suite): void => {
  describe('random documents, filters and sorts', () => {
    it('has the same outcome and gives the same answers as the adapter in memory', async () => {
      await using tested = await open()
      await using models = openMemoryReadModels()
      const actual = await tested.collection('things', { indexes })
      const wanted = await models.collection('things')
      const both = async <R>(ask: (collection: typeof actual) => Promise<R>) =>
        expect(await ask(actual)).toEqual(await ask(wanted))
      const property = fc.asyncProperty(
        fc.array(write, { maxLength: 12 }),
        fc.array(write, { maxLength: 12 }),
        fc.array(query, { maxLength: 8 }),
        async (writes, together, queries) => {
          await both(async (things) => await things.clear())
          for (const each of writes) await both(async (things) => await things.write(each))
          await both(async (things) => await things.bulk(together))
          for (const { filter: where, by, ...options } of queries) {
            await both(async (things) => await things.find(where, options))
            await both(async (things) => await things.count(where))
            await both(
              async (things) => new Map((await things.countBy(where, by)).map(({ value, count }) => [value, count])),
            )
          }
        },
      )
      await fc.assert(property, { numRuns: 300 })
    })
  })
}
