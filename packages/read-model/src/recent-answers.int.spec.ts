import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Document } from './read-model.port.ts'
import { openSqliteReadModels } from './sqlite.ts'

interface Thing extends Document {
  readonly org: string
  readonly tags: string[]
}

const open = () => openSqliteReadModels({ file: join(mkdtempSync(join(tmpdir(), 'models-')), 'models.db') })

describe('what is remembered of a table', () => {
  it('is forgotten with every write, whoever holds the collection', async () => {
    await using models = open()
    const writer = await models.collection<Thing>('things')
    const reader = await models.collection<Thing>('things', { indexes: [{ fields: ['org'] }] })
    const list = async () => (await reader.find({ org: 'o' })).map(({ _id }) => _id)
    expect([await list(), await reader.get('a')]).toEqual([[], undefined])
    await writer.write({ kind: 'put', doc: { _id: 'a', org: 'o', tags: [] } })
    expect([await list(), (await reader.get('a'))?._id]).toEqual([['a'], 'a'])
    await writer.bulk([{ kind: 'put', doc: { _id: 'b', org: 'o', tags: [] } }])
    expect(await list()).toEqual(['a', 'b'])
    await writer.clear()
    expect([await list(), await reader.get('a')]).toEqual([[], undefined])
  })

  it('is nobody’s to change', async () => {
    await using models = open()
    const things = await models.collection<Thing>('things')
    await things.write({ kind: 'put', doc: { _id: 'a', org: 'o', tags: ['one'] } })
    for (const doc of await things.find({})) doc.tags.push('two')
    expect((await things.find({}))[0]?.tags).toEqual(['one'])
  })

  it('is apart for every question', async () => {
    await using models = open()
    const things = await models.collection<Thing>('things')
    for (const id of ['a', 'b', 'c']) await things.write({ kind: 'put', doc: { _id: id, org: 'o', tags: [] } })
    const ids = async (...question: Parameters<typeof things.find>) =>
      (await things.find(...question)).map(({ _id }) => _id)
    for (let round = 0; round < 2; round += 1) {
      expect(await ids({}, { limit: 1 })).toEqual(['a'])
      expect(await ids({}, { skip: 1 })).toEqual(['b', 'c'])
      expect(await ids({}, { sort: [['_id', 'desc']] })).toEqual(['c', 'b', 'a'])
      expect(await ids({ _id: 'b' })).toEqual(['b'])
    }
  })
})
