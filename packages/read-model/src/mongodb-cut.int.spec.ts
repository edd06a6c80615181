import { randomUUID } from 'node:crypto'
import { startTcpProxy } from '@rancher-hub/tcp-proxy'
import { describe, expect, it } from 'vitest'
import { openMongoReadModels } from './mongodb.ts'
import { ReadModelsUnavailableError } from './read-model.port.ts'

const url = process.env['MONGODB_URL']

/** Read models over a line to the server. */
const openBoth = async () => {
  const line = await startTcpProxy([Number(new URL(url ?? '').port)])
  const database = `test_${randomUUID().slice(0, 8)}`
  // The driver may look at the server again at once; otherwise it pauses half a second in between.
  const models = openMongoReadModels({
    url: `mongodb://127.0.0.1:${line.port}/?minHeartbeatFrequencyMS=1`,
    database,
  })
  return {
    line,
    models,
    things: await models.collection('things'),
    [Symbol.asyncDispose]: async () => {
      await models.drop()
      await models[Symbol.asyncDispose]()
      await line[Symbol.asyncDispose]()
    },
  }
}

describe.skipIf(url === undefined)('mongodb read models whose connections are cut', () => {
  /** So often that what the driver may do wrong, depending on which connection is told first, happens. */
  const CUTS = 12

  it('are there again each time, and no question stays without an answer', async () => {
    await using both = await openBoth()
    const { line, things } = both
    const counts = { answered: 0, refused: 0 }
    const stop = new AbortController()
    // Each asks something else: who asks the same is answered together.
    const ask = async (number: number): Promise<void> => {
      while (!stop.signal.aborted) {
        try {
          await things.find({ number }, { limit: 1 })
          counts.answered += 1
        } catch (error) {
          expect(error).toBeInstanceOf(ReadModelsUnavailableError)
          counts.refused += 1
        }
        await new Promise(setImmediate)
      }
    }
    const asking = Array.from({ length: 12 }, async (_, number) => await ask(number))
    for (let cuts = 0; cuts < CUTS; cuts += 1) {
      line.cut()
      const { answered } = counts
      await expect.poll(() => counts.answered, { timeout: 10_000 }).toBeGreaterThan(answered + 100)
    }
    stop.abort()
    await Promise.all(asking)
    expect(counts.refused).toBeGreaterThan(0)
  })

  it('say so also of a bulk that is cut off', async () => {
    await using both = await openBoth()
    const { line, models, things } = both
    const bulk = async () => await things.bulk([{ kind: 'put', doc: { _id: 'a' } }])
    await bulk()
    line.cut()
    await expect(bulk()).rejects.toBeInstanceOf(ReadModelsUnavailableError)
    expect(models.problem()).toBeDefined()
  })
})
