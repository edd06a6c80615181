import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeDocument,
  encodeDocument,
  encodeValue,
  escapeKey,
  fieldsOfUniqueKey,
  unescapeKey,
  uniqueKey,
} from './mongodb-document.ts'
import type { Document } from './read-model.port.ts'

const unit = fc.oneof(
  fc.constantFrom('%', '.', '$', '\u0000', '\ud800', '\udc00', '2', 'E', 'u', 'a', '😀'),
  fc.string({ unit: 'binary', maxLength: 1 }),
)
const text = fc.oneof(
  fc.array(unit, { maxLength: 5 }).map((units) => units.join('')),
  fc.constantFrom('', '__proto__', '_bsontype', '%json', '%id', '%key:["a"]', '%u0024', '1', '0', 'constructor'),
)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY)),
    fc.boolean(),
    fc.constantFrom(null, undefined),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
}))
const fields = fc.array(text, { minLength: 1, maxLength: 3 })
const doc = fc
  .tuple(fc.array(fc.tuple(text, value), { maxLength: 4 }), text, fc.array(fc.tuple(text, value), { maxLength: 3 }))
  .map(([before, id, after]) => Object.fromEntries([...before, ['_id', id], ...after]) as unknown as Document)

const everyKey = (stored: unknown): string[] =>
  typeof stored === 'object' && stored !== null
    ? Object.entries(stored).flatMap(([key, each]) => [key, ...everyKey(each)])
    : []

describe('documents in MongoDB', () => {
  it('are the same JSON text when they are read back', () => {
    const property = fc.property(doc, fc.array(fields, { maxLength: 2 }), (given, unique) => {
      const stored = encodeDocument(given, unique)
      expect(JSON.stringify(decodeDocument(stored))).toBe(JSON.stringify(JSON.parse(JSON.stringify(given))))
    })
    fc.assert(property, { numRuns: 2_000 })
  })

  it('have no key that BSON, paths or the driver take for something else, and no list', () => {
    const property = fc.property(doc, fc.array(fields, { maxLength: 2 }), (given, unique) => {
      const stored = encodeDocument(given, unique)
      for (const key of everyKey(stored)) {
        expect(key).not.toMatch(/^$|^\$|\.|\0|^__proto__$|^_bsontype$/u)
        expect(key.isWellFormed()).toBe(true)
      }
      expect(Object.keys(stored).filter((key) => key === '_id')).toHaveLength(1)
    })
    fc.assert(property, { numRuns: 500 })
  })

  it('have different keys for different keys', () => {
    fc.assert(fc.property(text, (key) => expect(unescapeKey(escapeKey(key))).toBe(key)))
  })

  it('are stored as they are when they are plain', () => {
    const plain = { _id: '1', name: 'Huế', owner: { age: 36, tags: null }, 'a-b c': true }
    expect(encodeDocument(plain, [])).toEqual(plain)
  })

  it.each([
    [[1, { a: [2] }], { '%json': '[1,{"a":[2]}]' }],
    ['\ud800', { '%json': '"\\ud800"' }],
    [{ 'a.b': 1, $c: 2, '': 3, '%': 4 }, { 'a%2Eb': 1, '%24c': 2, '%': 3, '%25': 4 }],
    [{ '%json': 'x' }, { '%25json': 'x' }],
    [-0, 0],
  ])('stores %j as %j', (given, stored) => {
    expect(encodeValue(given)).toStrictEqual(stored)
  })

  it('carry the values of unique indexes, unless one of them is null', () => {
    const unique = [['org', 'owner.name'], ['email']]
    const stored = encodeDocument({ _id: '1', org: 'a', owner: { name: 'ada' }, email: null }, unique)
    const name = '%key:["org","owner%2Ename"]'
    expect(stored).toEqual({ _id: '1', org: 'a', owner: { name: 'ada' }, email: null, [name]: '["a","ada"]' })
    expect(fieldsOfUniqueKey(name)).toEqual(['org', 'owner.name'])
    expect(fieldsOfUniqueKey('org')).toBeUndefined()
  })

  it('name the key of a unique index after its fields, and find them again', () => {
    fc.assert(fc.property(fields, (given) => expect(fieldsOfUniqueKey(uniqueKey(given))).toEqual(given)))
  })
})
