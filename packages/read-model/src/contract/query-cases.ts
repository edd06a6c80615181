import { describe, expect, it } from 'vitest'
import type { Document, Filter } from '../read-model.port.ts'
import { fill, idsFor, type Suite } from './suite.ts'

const people: Document[] = [
  { _id: '1', name: 'Ada', age: 36, admin: true, home: { city: 'London', floor: 3 } },
  { _id: '2', name: 'bob', age: 17, admin: false, home: { city: 'Huế' } },
  { _id: '3', name: 'Bobby 100%', age: 17.5, home: null },
  { _id: '4', name: "O'Neil_x", age: null, admin: null },
  { _id: '5', name: 'say "hi" \\', age: '36', home: 'none' },
  { _id: '6', age: 0, name: '', admin: 0, home: { city: null } },
  { _id: '7', name: 'ÉCOLE', age: -5, admin: 'true', home: ['London'] },
  { _id: '8', name: { city: 'x' }, age: true, admin: 1, home: [{ city: 'London' }] },
]

const filters: [string, Filter, string[]][] = [
  ['everything', {}, ['1', '2', '3', '4', '5', '6', '7', '8']],
  ['an undefined condition', { name: undefined, age: 36 }, ['1']],
  ['the id', { _id: '3' }, ['3']],
  ['ids from one on', { _id: { $gte: '3', $lt: '5' } }, ['3', '4']],
  ['an id that is a boolean', { _id: true }, []],
  ['a text', { name: 'bob' }, ['2']],
  ['an empty text', { name: '' }, ['6']],
  ['a text with quotes and backslash', { name: 'say "hi" \\' }, ['5']],
  ['a text that looks like an object', { name: '{"city":"x"}' }, []],
  ['a text that looks like a list', { home: '["London"]' }, []],
  ['a number, not a text of digits', { age: 36 }, ['1']],
  ['a text of digits, not a number', { age: '36' }, ['5']],
  ['true, not 1 and not a text', { admin: true }, ['1']],
  ['false, not 0 and not null', { admin: false }, ['2']],
  ['1, not true', { admin: 1 }, ['8']],
  ['null or missing', { admin: null }, ['3', '4', '5']],
  ['a field that nobody has', { nobody: null }, ['1', '2', '3', '4', '5', '6', '7', '8']],
  ['a dotted field', { 'home.city': 'London' }, ['1']],
  [
    'a dotted field that is null or missing, also where there is no object',
    { 'home.city': null },
    ['3', '4', '5', '6', '7', '8'],
  ],
  ['a place in a list: dots do not reach into lists', { 'home.0': 'London' }, []],
  ['several conditions', { age: 17, admin: false }, ['2']],
  ['one of several', { name: { $in: ['Ada', 'bob', 'nobody'] } }, ['1', '2']],
  ['one of several types', { age: { $in: [17, '36', null, true] } }, ['2', '4', '5', '8']],
  ['one of none', { age: { $in: [] } }, []],
  ['one of very many', { age: { $in: Array.from({ length: 5_000 }, (_, n) => n) } }, ['1', '2', '6']],
  ['another text, null and missing among them', { name: { $ne: 'bob' } }, ['1', '3', '4', '5', '6', '7', '8']],
  ['anything but null', { admin: { $ne: null } }, ['1', '2', '6', '7', '8']],
  ['anything but true', { admin: { $ne: true } }, ['2', '3', '4', '5', '6', '7', '8']],
  ['anything but a number', { age: { $ne: 17 } }, ['1', '3', '4', '5', '6', '7', '8']],
  ['more than a number', { age: { $gt: 17 } }, ['1', '3']],
  ['at least a number', { age: { $gte: 17 } }, ['1', '2', '3']],
  ['less than a number', { age: { $lt: 17 } }, ['6', '7']],
  ['at most a number', { age: { $lte: 0 } }, ['6', '7']],
  ['between two numbers', { age: { $gte: 0, $lt: 36 } }, ['2', '3', '6']],
  ['after a text, by code point', { name: { $gt: 'a' } }, ['2', '5', '7']],
  ['up to a text', { name: { $lte: 'Bobby 100%' } }, ['1', '3', '6']],
  ['part of a text, folding ASCII', { name: { $contains: 'BOB' } }, ['2', '3']],
  ['part of a text: percent sign', { name: { $contains: '%' } }, ['3']],
  ['part of a text: underscore', { name: { $contains: '_' } }, ['4']],
  ['part of a text: single quote', { name: { $contains: "'" } }, ['4']],
  ['part of a text: double quote', { name: { $contains: '"' } }, ['5']],
  ['part of a text: backslash', { name: { $contains: '\\' } }, ['5']],
  ['part of a text: other letters are not folded', { name: { $contains: 'école' } }, []],
  ['part of a text: other letters as they are', { name: { $contains: 'Éco' } }, ['7']],
  ['the empty part, of texts only', { name: { $contains: '' } }, ['1', '2', '3', '4', '5', '6', '7']],
  ['part of a number: never', { age: { $contains: '3' } }, ['5']],
  ['either of two', { $or: [{ age: 17 }, { 'home.city': 'London' }] }, ['1', '2']],
  ['either, and another condition', { $or: [{ age: 17 }, { age: 36 }], admin: true }, ['1']],
  ['either of none', { $or: [] }, []],
  ['either of one that is always true', { $or: [{}] }, ['1', '2', '3', '4', '5', '6', '7', '8']],
  ['either within either', { $or: [{ $or: [{ name: 'Ada' }, { name: 'bob' }] }, { _id: '8' }] }, ['1', '2', '8']],
  ['either of very many', { $or: Array.from({ length: 2_000 }, (_, n) => ({ age: n })) }, ['1', '2', '6']],
]

const conditions = ({ open }: Suite) => {
  it.each(filters)('finds and counts: %s', async (_, filter, ids) => {
    await using models = await open()
    const collection = await models.collection('people')
    await fill(collection, people)
    expect(await idsFor(collection, filter)).toEqual(ids)
    expect(await collection.count(filter)).toBe(ids.length)
  })

  it.each(filters)('writes on the same condition: %s', async (_, filter, ids) => {
    await using models = await open()
    const collection = await models.collection('people')
    await fill(collection, people)
    const written = await Promise.all(
      people.map(async (doc) => await collection.write({ kind: 'put', doc, when: filter })),
    )
    expect(people.filter((__, index) => written[index]).map(({ _id }) => _id)).toEqual(ids)
  })

  it('reaches fields whose names have quotes, dollars, spaces and other letters', async () => {
    await using models = await open()
    const things = await models.collection('things', { indexes: [{ fields: ["it's"] }, { fields: ['$x.tên gọi'] }] })
    await fill(things, [{ _id: '1', "it's": 1, 'say "hi"': 2, $x: { 'tên gọi': 3 }, 'back\\slash': 4 }, { _id: '2' }])
    for (const filter of [{ "it's": 1 }, { 'say "hi"': 2 }, { '$x.tên gọi': 3 }])
      expect(await idsFor(things, filter)).toEqual(['1'])
    expect(await idsFor(things, { "x' OR 1=1 --": 1 })).toEqual([])
  })

  it('refuses an operator that it does not know', async () => {
    await using models = await open()
    const things = await models.collection('people')
    await fill(things, people)
    const unknown: Filter = JSON.parse('{"name":{"$where":"1"}}')
    await expect(things.find(unknown)).rejects.toBeInstanceOf(TypeError)
  })
}

const order = ({ open, traits }: Suite) => {
  // In UTF-16, U+1F600 begins with a unit below U+FFEE.
  const last = traits.textOrder === 'code-point' ? '😀' : '\ufffd'
  const docs: Document[] = [
    { _id: 'd', n: 2, name: 'b', at: { day: 1 } },
    { _id: 'a', n: 10, name: 'B' },
    { _id: 'c', n: 2, name: 'é', at: { day: 3 } },
    { _id: 'b', name: 'a', at: { day: 2 } },
    { _id: 'e', n: -1.5, name: last },
    { _id: 'f', n: null, name: '\uffee' },
  ]
  it.each([
    [[], 'abcdef'],
    [[['_id', 'desc']], 'fedcba'],
    [[['n', 'asc']], 'bfecda'],
    [[['n', 'desc']], 'acdebf'],
    [[['name', 'asc']], 'abdcfe'],
    [[['at.day', 'asc']], 'aefdbc'],
    [
      [
        ['n', 'asc'],
        ['name', 'desc'],
      ],
      'fbecda',
    ],
    [
      [
        ['n', 'desc'],
        ['_id', 'desc'],
      ],
      'adcefb',
    ],
    [[['nobody', 'asc']], 'abcdef'],
  ] as const)('sorts by %j, null first, ties by id', async (sort, ids) => {
    await using models = await open()
    const things = await models.collection('things')
    await fill(things, docs)
    expect((await things.find({}, { sort })).map(({ _id }) => _id).join('')).toBe(ids)
    const pages = await Promise.all([0, 2, 4, 6].map(async (skip) => await things.find({}, { sort, skip, limit: 2 })))
    expect(
      pages
        .flat()
        .map(({ _id }) => _id)
        .join(''),
    ).toBe(ids)
  })

  it('skips and limits', async () => {
    await using models = await open()
    const things = await models.collection('things')
    await fill(things, docs)
    const found = async (options: { skip?: number; limit?: number }) =>
      (await things.find({}, options)).map(({ _id }) => _id).join('')
    expect(await found({ skip: 4 })).toBe('ef')
    expect(await found({ limit: 2 })).toBe('ab')
    expect(await found({ limit: 0 })).toBe('')
    expect(await found({ skip: 9, limit: 2 })).toBe('')
  })
}

const counting = ({ open }: Suite) => {
  it('counts by the values of a field, missing as null, and tells true from 1', async () => {
    await using models = await open()
    const things = await models.collection('things', { indexes: [{ fields: ['state.name'] }] })
    const values = ['new', 'new', 1, true, true, false, 0, null, undefined, '1']
    await fill(
      things,
      values.map((name, index) => ({ _id: String(index), org: index === 0 ? 'b' : 'a', state: { name } })),
    )
    const counts = await things.countBy({}, 'state.name')
    expect(new Map(counts.map(({ value, count }) => [value, count]))).toEqual(
      new Map<unknown, number>([
        ['new', 2],
        [1, 1],
        [true, 2],
        [false, 1],
        [0, 1],
        [null, 2],
        ['1', 1],
      ]),
    )
    expect(counts).toHaveLength(7)
    expect(await things.countBy({ org: 'b' }, 'state.name')).toEqual([{ value: 'new', count: 1 }])
    expect(await things.countBy({ org: 'c' }, 'state.name')).toEqual([])
  })
}

/** What filters find and in which order. */
export const queryCases = (suite: Suite): void => {
  describe('conditions', () => conditions(suite))
  describe('order', () => order(suite))
  describe('countBy', () => counting(suite))
}
