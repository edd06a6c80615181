import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ANY, EventStoreDBClient, NO_STREAM, streamNameFilter, UnavailableError } from '@eventstore/db-client'
import { describe, expect, it } from 'vitest'
import type { Faults } from './faults.ts'
import { startStandIn } from './server.ts'
import { collect, dataFiles, newEvents, startWithClient } from './stand-in.fixtures.ts'

const newFile = dataFiles()

describe('the stand-in', () => {
  it('refuse: calls are unavailable until it is over', async () => {
    await using server = await startWithClient()
    server.faults.refuse = true
    await expect(server.append('thing-1', newEvents(1), ANY)).rejects.toBeInstanceOf(UnavailableError)
    await expect(collect(server.client.readAll())).rejects.toBeInstanceOf(UnavailableError)
    server.faults.refuse = false
    await server.append('thing-1', newEvents(1), NO_STREAM)
  })

  it('hang: nothing is answered or stored', async () => {
    await using server = await startWithClient()
    server.faults.hang = true
    const options = { credentials: { username: '', password: '' }, deadline: 200 }
    await expect(server.client.appendToStream('thing-1', newEvents(1), options)).rejects.toMatchObject({ code: 4 })
    server.faults.hang = false
    expect(await collect(server.client.readAll())).toEqual([])
  })

  it('latencyMs: an answer comes later than a deadline, and the event is stored', async () => {
    await using server = await startWithClient()
    server.faults.latencyMs = 300
    const options = { credentials: { username: '', password: '' }, deadline: 100 }
    await expect(server.client.appendToStream('thing-1', newEvents(1), options)).rejects.toMatchObject({ code: 4 })
    expect(await collect(server.client.readAll())).toHaveLength(1)
  })

  it.each([
    ['dropBeforeStore', 14, 0],
    ['dropAfterStore', 14, 1],
    ['resetAfterStore', 13, 1],
  ] as const)('%s: an append fails once', async (fault, code, count) => {
    await using server = await startWithClient()
    server.faults[fault] = 1
    await expect(server.append('thing-1', newEvents(1), ANY)).rejects.toMatchObject({ code })
    expect(await collect(server.client.readAll())).toHaveLength(count)
    await server.append('thing-1', newEvents(1), ANY)
  })

  it('tooSlow: a live subscription is dropped once, at its next event', async () => {
    await using server = await startWithClient()
    await server.append('thing-1', newEvents(1), NO_STREAM)
    const subscription = server.client.subscribeToAll()
    await once(subscription, 'caughtUp')
    server.faults.tooSlow = 1
    subscription.resume()
    const failed = once(subscription, 'error')
    await server.append('thing-1', newEvents(1), 0n)
    const [error] = await failed
    expect(error).toMatchObject({ type: 'timeout', code: 10, message: expect.stringContaining('Consumer too slow') })
    expect(server.faults.tooSlow).toBe(0)
  })

  it('oddFeatures: a client keeps the failure for ever', async () => {
    await using server = await startWithClient()
    server.faults.oddFeatures = 1
    for (let count = 0; count < 2; count += 1)
      await expect(server.append('thing-1', newEvents(1), ANY, 'BatchAppend')).rejects.toMatchObject({ code: 13 })
  })

  it('noCaughtUp: a subscription is confirmed, delivers, and says no more', async () => {
    await using server = await startWithClient()
    await server.append('thing-1', newEvents(1), NO_STREAM)
    server.faults.noCaughtUp = true
    const heard: string[] = []
    const filter = streamNameFilter({ prefixes: ['thing-'] })
    const subscription = server.client.subscribeToAll({ filter })
    subscription.on('caughtUp', () => heard.push('caughtUp')).on('data', () => heard.push('event'))
    await server.append('thing-1', newEvents(1), 0n)
    await expect.poll(() => heard).toEqual(['event', 'event'])
    await subscription.unsubscribe()
  })

  it('lagAfter: what begins now sees nothing beyond, what was there before does', async () => {
    await using server = await startWithClient()
    await server.append('thing-1', newEvents(2), NO_STREAM)
    server.faults.lagAfter = 0
    expect(await collect(server.client.readAll())).toHaveLength(1)
    expect(await collect(server.client.readStream('thing-1'))).toHaveLength(1)
    server.faults.lagAfter = Number.MAX_SAFE_INTEGER
    expect(await collect(server.client.readAll())).toHaveLength(2)
  })

  it('follows: whoever wants the leader is told where it is, and finds it', async () => {
    await using server = await startWithClient()
    await using leader = await startStandIn({ file: ':memory:' })
    server.faults.follows = `127.0.0.1:${leader.port}`
    await server.append('thing-1', newEvents(2), NO_STREAM)
    expect(await collect(server.client.readAll())).toHaveLength(2)
    const read = async () => await collect(server.client.readAll({ requiresLeader: true }))
    await expect(read()).rejects.toMatchObject({ type: 'not-leader', leader: { port: leader.port } })
    expect(await read()).toEqual([])
  })

  it('has room for a hundred calls on one connection, and the next one waits', async () => {
    await using server = await startWithClient()
    await server.append('thing-1', newEvents(1), NO_STREAM)
    const subscriptions = Array.from({ length: 100 }, () => server.client.subscribeToAll())
    await Promise.all(subscriptions.map(async (subscription) => await once(subscription, 'confirmation')))
    const state = { done: false }
    const waiting = server.client.readAll()
    waiting
      .on('error', () => undefined)
      .on('data', () => {
        state.done = true
      })
    // Clients with the same settings share a connection.
    const other = EventStoreDBClient.connectionString(`${server.url}&keepAliveInterval=20000`)
    for (let count = 0; count < 3; count += 1) expect(await collect(other.readAll())).toHaveLength(1)
    expect(state.done).toBe(false)
    await waiting.cancel()
    for (const subscription of subscriptions) await subscription.resume().unsubscribe()
    await other.dispose()
  })

  it('is found by a cluster address', async () => {
    await using server = await startWithClient()
    const { port } = new URL(server.url)
    const client = EventStoreDBClient.connectionString(`esdb+discover://127.0.0.1:${port}?tls=false`)
    await client.appendToStream('thing-1', newEvents(1))
    expect(await collect(server.client.readAll())).toHaveLength(1)
    await client.dispose()
  })
})

describe('the stand-in as a process', () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const startProcess = async (file: string) => {
    const child = spawn(process.execPath, [main, '--port', '0', '--control', '0', '--data', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const [url, control] = [(await lines.next()).value, (await lines.next()).value]
    const client = EventStoreDBClient.connectionString(String(url))
    const end = async (signal: NodeJS.Signals): Promise<unknown> => {
      await client.dispose()
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const gone = once(child, 'exit')
      child.kill(signal)
      return (await gone)[0]
    }
    return {
      client,
      end,
      switchFaults: async (changes: unknown) =>
        await fetch(String(control), { method: 'PATCH', body: JSON.stringify(changes) }),
      faults: async () => (await (await fetch(String(control))).json()) as Faults,
      [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
    }
  }

  it('has everything that it acknowledged before it was killed', async () => {
    const file = newFile()
    const acknowledged: string[] = []
    for (let round = 0; round < 3; round += 1) {
      await using server = await startProcess(file)
      const write = async (stream: string): Promise<void> => {
        for (;;) {
          const events = newEvents(3)
          await server.client.appendToStream(stream, events)
          acknowledged.push(...events.map(({ id }) => id))
        }
      }
      const writing = Promise.allSettled(['a', 'b', 'c'].map((name) => write(`${name}-${round}`)))
      await expect.poll(() => acknowledged.length).toBeGreaterThan((round + 1) * 30)
      await server.end('SIGKILL')
      await writing
    }
    await using server = await startProcess(file)
    const events = await collect(server.client.readAll())
    const ids = new Set(events.map(({ id }) => id))
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([])
    // Batches are whole.
    expect(events.length % 3).toBe(0)
  })

  it('takes faults over HTTP, refuses what is none, and ends with 0', async () => {
    await using server = await startProcess(':memory:')
    expect((await server.switchFaults({ dropAfterStore: 1, latencyMs: 5 })).status).toBe(200)
    expect(await server.faults()).toMatchObject({ dropAfterStore: 1, latencyMs: 5, refuse: false })
    const options = { credentials: { username: '', password: '' } }
    await expect(server.client.appendToStream('thing-1', newEvents(1), options)).rejects.toMatchObject({ code: 14 })
    expect(await server.faults()).toMatchObject({ dropAfterStore: 0 })
    expect(await collect(server.client.readAll())).toHaveLength(1)
    for (const wrong of [{ hung: true }, { hang: 1 }, { latencyMs: 7, toString: 1 }, 'hang'])
      expect((await server.switchFaults(wrong)).status).toBe(400)
    expect(await server.faults()).toMatchObject({ latencyMs: 5, hang: false })
    expect(await server.end('SIGTERM')).toBe(0)
  })
})
