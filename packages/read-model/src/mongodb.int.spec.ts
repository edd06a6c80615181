import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { fill } from './contract/suite.ts'
import { type MongoOptions, type MongoReadModels, openMongoReadModels } from './mongodb.ts'
import { readModelContract } from './read-model.contract.ts'
import {
  type Document,
  DuplicateKeyError,
  type ReadModels,
  ReadModelsRefusedError,
  ReadModelsUnavailableError,
} from './read-model.port.ts'

const url = process.env['MONGODB_URL']
const missing = url === undefined

const openings = new WeakMap<ReadModels, MongoOptions>()
const databases = new Set<string>()
const open = (database = `test_${randomUUID().slice(0, 8)}`): MongoReadModels => {
  const options = { url: url ?? '', database }
  const models = openMongoReadModels(options)
  openings.set(models, options)
  databases.add(database)
  return models
}
const reopen = async (models: ReadModels): Promise<ReadModels> => {
  await models[Symbol.asyncDispose]()
  return open(openings.get(models)?.database)
}

afterAll(async () => {
  for (const database of databases) {
    await using models = openMongoReadModels({ url: url ?? '', database })
    await models.drop()
  }
})

readModelContract('mongodb', async () => open(), { reopen, textOrder: 'database', missing })

describe.skipIf(missing)('mongodb read models', () => {
  it('keep the databases of two services apart', async () => {
    await using one = open()
    await using two = open()
    await fill(await one.collection('things'), [{ _id: '1' }])
    expect(await (await two.collection('things')).count({})).toBe(0)
  })

  it('let no older state overwrite a newer one, whoever writes last', async () => {
    const database = `test_${randomUUID().slice(0, 8)}`
    await using one = open(database)
    await using two = open(database)
    const ids = Array.from({ length: 50 }, (_, n) => String(n))
    const put = async (models: ReadModels, position: number) => {
      const things = await models.collection<Document>('things')
      await things.bulk(
        ids.map((_id) => ({
          kind: 'put',
          doc: { _id, _position: position },
          when: { $or: [{ _position: null }, { _position: { $lt: position } }] },
        })),
      )
    }
    await Promise.all([put(one, 1), put(two, 3), put(one, 2)])
    const positions = (await (await one.collection('things')).find({})).map(({ _position }) => _position)
    expect(positions).toEqual(ids.map(() => 3))
  })

  it('have their indexes again once they are emptied, also when somebody was interrupted in the middle of it', async () => {
    await using one = open()
    await using two = open(openings.get(one)?.database)
    const things = await one.collection('things', { indexes: [{ fields: ['name'], unique: true }] })
    await two.drop()
    await things.clear()
    await fill(things, [{ _id: '1', name: 'a' }])
    await expect(fill(things, [{ _id: '2', name: 'a' }])).rejects.toBeInstanceOf(DuplicateKeyError)
  })

  it('say in one sentence that nobody is there', async () => {
    await using models = openMongoReadModels({
      url: 'mongodb://user:secret@127.0.0.1:1/',
      database: 'test',
      timeoutMs: 300,
    })
    const away = models.check()
    await expect(away).rejects.toBeInstanceOf(ReadModelsUnavailableError)
    await expect(away).rejects.toThrow(/^MongoDB at 127\.0\.0\.1:1 cannot be reached: (?!.*secret)/)
    await expect(models.collection('things', { indexes: [] })).rejects.toBeInstanceOf(ReadModelsUnavailableError)
    expect(models.problem()).toContain('127.0.0.1:1')
  })
})

describe('an address of MongoDB', () => {
  it.each([
    'mongo://hub:s3cret@db/hub',
    'mongodb://hub:s3c@ret@127.0.0.1:1/',
    'mongodb://hub:s3cret@127.0.0.1:1/?nonsense=s3cret',
    's3cret',
  ])('that the driver does not take is refused, and not shown: %s', (address) => {
    const opening = () => openMongoReadModels({ url: address, database: 'test' })
    expect(opening).toThrow(ReadModelsRefusedError)
    expect(opening).toThrow(/^The address of MongoDB (?!.*s3c)/)
  })
})
