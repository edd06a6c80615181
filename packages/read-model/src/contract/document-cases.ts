import { describe, expect, it } from 'vitest'
import { type Document, DuplicateKeyError, ReadModelsUnavailableError } from '../read-model.port.ts'
import { collect, fill, idsFor, type Suite } from './suite.ts'

const odd: Document[] = [
  { _id: 'order', z: 1, a: { y: 1, b: 2 }, list: [3, 1, 2], _position: 7 },
  { _id: 'text', text: 'Tiếng Việt 😀 \u0000 \u2028 "quotes" \\ \'single\' %_' },
  { _id: 'numbers', zero: 0, half: 0.5, tiny: 5e-324, big: Number.MAX_SAFE_INTEGER, huge: 1e21, less: -1 },
  { _id: 'empty', object: {}, list: [], text: '', nothing: null },
  { _id: 'deep', a: { b: { c: { d: [{ e: [[null]] }] } } } },
  { _id: 'id with \' " % _ . $ 😀 and spaces', ok: true },
  { _id: 'keys', '': 1, 'with.dot': 2, $dollar: 3, "quote'": 4, 'double"': 5 },
]

const roundTrips = ({ open }: Suite) => {
  it.each(odd.map((doc) => [doc._id, doc] as const))('gives back «%s» byte for byte', async (id, doc) => {
    await using models = await open()
    const things = await models.collection('things')
    await things.write({ kind: 'put', doc })
    expect(JSON.stringify(await things.get(id))).toBe(JSON.stringify(doc))
    expect((await things.find({ _id: id })).map((each) => JSON.stringify(each))).toEqual([JSON.stringify(doc)])
  })

  it('replaces the whole document', async () => {
    await using models = await open()
    const things = await models.collection('things')
    await fill(things, [
      { _id: '1', a: 1, b: 1 },
      { _id: '1', b: 2 },
    ])
    expect(await things.get('1')).toEqual({ _id: '1', b: 2 })
    expect(await things.count({})).toBe(1)
  })

  it('gives out copies: changing one changes nothing that is stored', async () => {
    await using models = await open()
    const things = await models.collection<{ _id: string; list: string[] }>('things')
    const doc = { _id: '1', list: ['a'] }
    await things.write({ kind: 'put', doc })
    doc.list.push('b')
    const got = await things.get('1')
    got?.list.push('c')
    expect(await things.get('1')).toEqual({ _id: '1', list: ['a'] })
  })

  it('gets what is there, many at once in the order asked for, and nothing for what is not', async () => {
    await using models = await open()
    const things = await models.collection('things')
    await fill(things, [{ _id: '1' }, { _id: '2' }, { _id: '3' }])
    expect(await things.get('4')).toBeUndefined()
    expect((await things.getMany(['3', '4', '1'])).map(({ _id }) => _id)).toEqual(['3', '1'])
    expect(await things.getMany([])).toEqual([])
  })

  it('deletes, and deleting what is absent is fine', async () => {
    await using models = await open()
    const things = await models.collection('things')
    await fill(things, [{ _id: '1' }])
    expect(await things.write({ kind: 'delete', id: '1' })).toBe(true)
    expect(await things.write({ kind: 'delete', id: '1' })).toBe(true)
    expect(await things.get('1')).toBeUndefined()
  })

  it('keeps collections apart', async () => {
    await using models = await open()
    const names = ['things', 'Things2', 'with-dash', '_own']
    for (const name of names) await fill(await models.collection(name), [{ _id: '1', name }])
    for (const name of names) expect(await (await models.collection(name)).find({})).toEqual([{ _id: '1', name }])
  })
}

const conditional = ({ open }: Suite) => {
  it('writes and deletes only when the stored document matches', async () => {
    await using models = await open()
    const things = await models.collection('things')
    await fill(things, [{ _id: '1', version: 1 }])
    expect(await things.write({ kind: 'put', doc: { _id: '1', version: 9 }, when: { version: 2 } })).toBe(false)
    expect(await things.write({ kind: 'delete', id: '1', when: { version: 2 } })).toBe(false)
    expect(await things.get('1')).toEqual({ _id: '1', version: 1 })
    expect(await things.write({ kind: 'put', doc: { _id: '1', version: 2 }, when: { version: { $lt: 2 } } })).toBe(true)
    expect(await things.write({ kind: 'delete', id: '1', when: { version: 2 } })).toBe(true)
    expect(await things.get('1')).toBeUndefined()
  })

  it('takes every field of an absent document for null', async () => {
    await using models = await open()
    const things = await models.collection('things')
    expect(await things.write({ kind: 'put', doc: { _id: '1' }, when: { holder: 'me' } })).toBe(false)
    expect(await things.write({ kind: 'put', doc: { _id: '1' }, when: { holder: { $ne: 'me' }, until: null } })).toBe(
      true,
    )
    expect(await things.write({ kind: 'put', doc: { _id: '1' }, when: { _id: null } })).toBe(false)
    expect(await things.write({ kind: 'put', doc: { _id: '2' }, when: { _id: null } })).toBe(true)
  })

  it('lets exactly one of 20 concurrent conditional writes win, absent or stored', async () => {
    await using models = await open()
    const leases = await models.collection('leases')
    for (const when of [{ holder: null }, { round: 1 }]) {
      const round = 'round' in when ? 2 : 1
      const tries = Array.from(
        { length: 20 },
        async (_, holder) => await leases.write({ kind: 'put', doc: { _id: 'lease', holder, round }, when }),
      )
      const won = (await Promise.all(tries)).map((each, holder) => (each ? holder : -1)).filter((holder) => holder >= 0)
      expect(won).toHaveLength(1)
      expect(await leases.get('lease')).toEqual({ _id: 'lease', holder: won[0], round })
    }
  })

  it('applies a bulk in order and skips writes whose condition does not hold', async () => {
    await using models = await open()
    const things = await models.collection('things')
    await things.bulk([
      { kind: 'put', doc: { _id: '1', n: 1 } },
      { kind: 'put', doc: { _id: '1', n: 2 }, when: { n: 1 } },
      { kind: 'put', doc: { _id: '1', n: 3 }, when: { n: 1 } },
      { kind: 'put', doc: { _id: '2', n: 1 } },
      { kind: 'delete', id: '2', when: { n: 1 } },
      { kind: 'delete', id: '3' },
    ])
    await things.bulk([])
    expect(await things.find({})).toEqual([{ _id: '1', n: 2 }])
  })
}

const indexes = ({ open }: Suite) => {
  const byName = { fields: ['org', 'name'], unique: true }

  it('refuses a second document with the same values, on writes and in bulks', async () => {
    await using models = await open()
    const people = await models.collection('people', { indexes: [byName] })
    await fill(people, [
      { _id: '1', org: 'a', name: 'ada' },
      { _id: '2', org: 'b', name: 'ada' },
    ])
    const refused = await people
      .write({ kind: 'put', doc: { _id: '3', org: 'a', name: 'ada' } })
      .catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(DuplicateKeyError)
    expect(refused).toMatchObject({ collection: 'people' })
    await expect(people.bulk([{ kind: 'put', doc: { _id: '2', org: 'a', name: 'ada' } }])).rejects.toBeInstanceOf(
      DuplicateKeyError,
    )
    expect(await people.get('2')).toEqual({ _id: '2', org: 'b', name: 'ada' })
    expect(await people.count({})).toBe(2)
  })

  it('lets a document keep its own values, and another one have them when they are free', async () => {
    await using models = await open()
    const people = await models.collection('people', { indexes: [byName] })
    await fill(people, [
      { _id: '1', org: 'a', name: 'ada' },
      { _id: '1', org: 'a', name: 'ada', age: 36 },
    ])
    await people.write({ kind: 'delete', id: '1' })
    await fill(people, [
      { _id: '2', org: 'a', name: 'ada' },
      { _id: '2', org: 'a', name: 'bob' },
      { _id: '3', org: 'a', name: 'ada' },
    ])
    expect(await people.count({})).toBe(2)
  })

  it('does not count documents in which one of the values is null', async () => {
    await using models = await open()
    const people = await models.collection('people', { indexes: [byName, { fields: ['email.address'], unique: true }] })
    await fill(people, [
      { _id: '1', org: 'a' },
      { _id: '2', org: 'a', name: null },
      { _id: '3' },
      { _id: '4', email: {} },
    ])
    expect(await people.count({})).toBe(4)
  })

  it('answers the same with and without indexes', async () => {
    await using models = await open()
    const docs = Array.from({ length: 60 }, (_, n) => ({
      _id: `${n % 10}-${n}`,
      org: `o${n % 3}`,
      at: n % 7,
      tag: n % 2 === 0 ? null : 'odd',
    }))
    const plain = await models.collection('plain')
    const fast = await models.collection('fast', { indexes: [{ fields: ['org', 'at'] }, { fields: ['tag'] }] })
    await fill(plain, docs)
    await fill(fast, docs)
    for (const filter of [
      { org: 'o1' },
      { org: 'o1', at: { $gte: 3 } },
      { tag: null },
      { org: { $in: ['o0', 'o2'] }, at: 2 },
    ]) {
      const options = {
        sort: [
          ['org', 'asc'],
          ['at', 'desc'],
        ] as const,
        limit: 7,
        skip: 2,
      }
      expect(await fast.find(filter, options)).toEqual(await plain.find(filter, options))
    }
  })

  it('makes indexes that are named only later, and drops those that no longer are', async () => {
    await using models = await open()
    await fill(await models.collection('people'), [{ _id: '1', org: 'a', name: 'ada' }])
    const people = await models.collection('people', { indexes: [byName] })
    const twin = { kind: 'put', doc: { _id: '2', org: 'a', name: 'ada' } } as const
    await expect(people.write(twin)).rejects.toBeInstanceOf(DuplicateKeyError)
    await models.collection('people')
    await expect(people.write(twin)).rejects.toBeInstanceOf(DuplicateKeyError)
    await models.collection('people', { indexes: [{ fields: ['org'] }] })
    expect(await people.write(twin)).toBe(true)
  })
}

const life = ({ open, traits }: Suite) => {
  it('scans every document in the order of ids, also an empty id, and more than fit one page', async () => {
    await using models = await open()
    const things = await models.collection('things')
    const ids = ['', ...Array.from({ length: 1_203 }, (_, n) => String(n).padStart(5, '0')), 'Z', 'a', 'é']
    await things.bulk(ids.toReversed().map((_id) => ({ kind: 'put', doc: { _id } })))
    expect((await collect(things.scan())).map(({ _id }) => _id)).toEqual(ids)
  })

  it('clears every document and keeps the indexes', async () => {
    await using models = await open()
    const things = await models.collection('things', { indexes: [{ fields: ['name'], unique: true }] })
    await fill(things, [
      { _id: '1', name: 'a' },
      { _id: '2', name: 'b' },
    ])
    await things.clear()
    expect(await idsFor(things, {})).toEqual([])
    await fill(things, [{ _id: '3', name: 'a' }])
    await expect(fill(things, [{ _id: '4', name: 'a' }])).rejects.toBeInstanceOf(DuplicateKeyError)
  })

  it('refuses work once it is closed, and closes twice without harm', async () => {
    const models = await open()
    const things = await models.collection('things')
    await fill(things, [{ _id: '1', a: 1 }])
    expect([await things.get('1'), await things.find({})]).toEqual([{ _id: '1', a: 1 }, [{ _id: '1', a: 1 }]])
    await models[Symbol.asyncDispose]()
    await models[Symbol.asyncDispose]()
    const work = [
      models.collection('things'),
      things.get('1'),
      things.getMany(['1']),
      things.find({}),
      things.count({}),
      things.countBy({}, 'a'),
      things.write({ kind: 'delete', id: '1' }),
      things.bulk([{ kind: 'delete', id: '1' }]),
      collect(things.scan()),
      things.clear(),
    ]
    for (const result of await Promise.allSettled(work))
      expect(result).toMatchObject({ reason: expect.any(ReadModelsUnavailableError) })
  })

  it(
    traits.reopen === 'forgets'
      ? 'starts empty each time'
      : 'has documents and indexes again after it was closed and opened',
    async () => {
      const before = await open()
      const indexes = [{ fields: ['name'], unique: true }]
      await fill(await before.collection('things', { indexes }), [{ _id: '1', name: 'a' }])
      await using after = await (traits.reopen === 'forgets' ? open() : traits.reopen(before))
      const things = await after.collection('things')
      expect(await things.find({})).toEqual(traits.reopen === 'forgets' ? [] : [{ _id: '1', name: 'a' }])
      const twin = things.write({ kind: 'put', doc: { _id: '2', name: 'a' } })
      if (traits.reopen === 'forgets') expect(await twin).toBe(true)
      else await expect(twin).rejects.toBeInstanceOf(DuplicateKeyError)
    },
  )
}

/** What is stored, when, and for how long. */
export const documentCases = (suite: Suite): void => {
  describe('documents', () => roundTrips(suite))
  describe('conditional writes and bulks', () => conditional(suite))
  describe('indexes', () => indexes(suite))
  describe('scan, clear, close', () => life(suite))
}
