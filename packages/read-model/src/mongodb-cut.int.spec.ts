import { randomUUID } from 'node:crypto'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { openMongoReadModels } from './mongodb.ts'
import { ReadModelsUnavailableError } from './read-model.port.ts'

const url = process.env['MONGODB_URL']

/** A line to a server, all of whose connections can be cut at once. */
const startLine = async (target: URL) => {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => from.destroy()).on('close', () => to.destroy() && sockets.delete(from))
      from.pipe(to)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    [Symbol.asyncDispose]: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe.skipIf(url === undefined)('mongodb read models whose connections are cut', () => {
  /** So often that what the driver may do wrong, depending on which connection is told first, happens. */
  const CUTS = 12
  /** Longer than the driver's pause between looks at a server. */
  const BETWEEN_MS = 600

  it('are there again each time, and no question stays without an answer', async () => {
    await using line = await startLine(new URL(url ?? ''))
    const database = `test_${randomUUID().slice(0, 8)}`
    const models = openMongoReadModels({ url: `mongodb://127.0.0.1:${line.port}`, database })
    const things = await models.collection('things')
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
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS))
      line.cut()
      const { answered } = counts
      await expect.poll(() => counts.answered, { timeout: 10_000 }).toBeGreaterThan(answered + 100)
    }
    stop.abort()
    await Promise.all(asking)
    expect(counts.refused).toBeGreaterThan(0)
    await models.drop()
    await models[Symbol.asyncDispose]()
  })

  it('say so also of a bulk that is cut off', async () => {
    await using line = await startLine(new URL(url ?? ''))
    const database = `test_${randomUUID().slice(0, 8)}`
    const models = openMongoReadModels({ url: `mongodb://127.0.0.1:${line.port}`, database })
    const things = await models.collection('things')
    const bulk = async () => await things.bulk([{ kind: 'put', doc: { _id: 'a' } }])
    await bulk()
    line.cut()
    await expect(bulk()).rejects.toBeInstanceOf(ReadModelsUnavailableError)
    expect(models.problem()).toBeDefined()
    await models.drop()
    await models[Symbol.asyncDispose]()
  })
})
