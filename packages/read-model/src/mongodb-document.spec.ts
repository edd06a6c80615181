import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeDocument, encodeDocument, encodePath } from './mongodb-document.ts'

const key = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.constantFrom('', '__proto__', '~json', '~', 'a.b', '$set', '~2e', '\0', '0', '10'),
)
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.constantFrom('\ud800', '{"a":1}'),
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

describe('documents in MongoDB', () => {
  it('come back byte for byte', () => {
    fc.assert(
      fc.property(fc.dictionary(key, tree, { noNullPrototype: true }), (fields) => {
        const text = JSON.stringify({ ...fields, _id: 'x' })
        expect(JSON.stringify(decodeDocument(encodeDocument(JSON.parse(text))))).toBe(text)
      }),
    )
  })

  it('have no key that MongoDB would take for a path or an operator', () => {
    const doc = { _id: '1', 'with.dot': 1, $set: { $in: 2 }, '': 3, list: [{ a: 1 }], plain: { text: 'x' } }
    expect(encodeDocument(doc)).toEqual({
      _id: '1',
      'with~2edot': 1,
      '~24set': { '~24in': 2 },
      '~empty': 3,
      list: { '~json': '[{"a":1}]' },
      plain: { text: 'x' },
    })
  })

  it('are reached by the same path as before', () => {
    expect(encodePath('home.city')).toBe('home.city')
    expect(encodePath('$x.tên gọi')).toBe('~24x.tên gọi')
  })
})
